//! Everything that is kept: SQLite by default, Postgres when one machine is not enough.
