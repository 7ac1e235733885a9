//! The agent's tools: MCP servers, reached as the visitor who asks.

mod servers;
