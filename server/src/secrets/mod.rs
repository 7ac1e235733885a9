//! Keys, encryption at rest, and values that cannot be printed.
