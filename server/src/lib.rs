//! Sigmic: a self-hosted AI chat widget. This library is the server; `main.rs` is its command line.

pub mod agent;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod llm;
pub mod mcp;
pub mod project;
pub mod node;
pub mod secrets;
pub mod store;
pub mod telemetry;
