//! Models: one trait, and whatever it takes to speak to each provider.

pub mod provider;
