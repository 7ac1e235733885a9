//! The tools of others: servers that speak the Model Context Protocol.

pub mod template;
