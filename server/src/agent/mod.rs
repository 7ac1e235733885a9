//! The agent: what a run does, step by step, and who watches it.

pub mod conversation;
pub mod hub;
mod interface;
pub mod turn;

pub use interface::*;
