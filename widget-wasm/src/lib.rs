//! The chat widget.

pub mod chat;
pub mod markdown;
pub mod session;
pub mod transport;
