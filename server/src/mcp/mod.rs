//! The tools of others: servers that speak the Model Context Protocol, each reached as the visitor who asks.
//!
//! [`McpPool::open`] connects to a project's servers; the [`Toolset`] it gives holds their tools for one run.

mod address;
mod catalogue;
pub mod config;
mod connection;
mod ending;
mod endpoint;
mod failure;
mod handler;
mod http_client;
mod key;
mod pool;
mod process;
mod resolve;
mod result;
mod session;
mod sse;
mod stdio;
mod streamable;
pub mod template;
mod toolset;

pub use config::McpServer;
pub use pool::{LocalServers, McpPool, OpenRequest, PoolLimits, Principal};
pub use toolset::{McpTool, Toolset, Unavailable};

#[cfg(test)]
mod tests;
