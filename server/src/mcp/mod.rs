//! The tools of others: servers that speak the Model Context Protocol, each reached as the visitor who asks.
//!
//! [`McpPool::open`] connects to a project's servers; the [`Toolset`] it gives holds their tools for one run.

pub mod config;
mod pool;
pub mod template;
mod toolset;

pub use config::McpServer;
pub use pool::{LocalServers, McpPool, OpenRequest, PoolLimits, Principal};
pub use toolset::{McpTool, Toolset, Unavailable};
