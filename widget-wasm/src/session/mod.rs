//! The widget's token and when to ask the page for another one.
//!
//! Pure: [`Session`] takes [`Input`]s with the time and gives [`Effect`]s. `transport::Tokens` carries them out in
//! the browser; nothing else needs to drive a [`Session`].

mod claims;
mod machine;

pub use claims::{Claims, Identity};
pub use machine::{Effect, Input, Session, TokenFailure};
