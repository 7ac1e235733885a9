//! Sigmic: a self-hosted AI chat widget. This library is the server; `main.rs` is its command line.

pub mod agent;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod http;
pub mod llm;
mod maintenance;
pub mod mcp;
pub mod node;
pub mod project;
mod project_tools;
pub mod secrets;
mod serve;
pub mod store;
pub mod telemetry;

pub use serve::serve;
