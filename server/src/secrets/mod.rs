//! Keys, encryption at rest, and values that cannot be printed.

mod context;
pub mod credential;
pub mod keyring;
pub mod redact;
pub mod seal;

pub use context::Context;
pub use keyring::{KeyListError, Keyring, Keys};
pub use redact::Redactor;
pub use seal::{Binding, ContextField, SealError};
