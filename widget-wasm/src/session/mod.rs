//! The widget's token and when to ask the page for another one.
//!
//! Pure: [`Session`] takes [`Input`]s with the time and gives [`Effect`]s. `transport::Tokens` carries them out in
//! the browser; nothing else needs to drive a [`Session`].

mod claims;
mod machine;
#[cfg(test)]
mod machine_tests;
mod step;

pub use claims::{Claims, Identity};
pub use machine::Session;
pub use step::{Effect, Input, TokenFailure};
