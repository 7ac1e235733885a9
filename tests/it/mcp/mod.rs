//! The agent's tools: MCP servers, reached as the visitor who asks.

mod approvals;
mod demo;
mod errand;
mod everything;
mod failures;
mod hygiene;
mod isolation;
mod results;
mod reuse;
mod secrecy;
mod servers;
mod templates;
