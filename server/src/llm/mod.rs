//! Models: one trait, and whatever it takes to speak to each provider.

pub mod context;
pub mod demo;
pub mod openai;
pub mod provider;
pub mod registry;
pub mod rig;
#[cfg(test)]
mod scripted_upstream;
pub mod upstream;
