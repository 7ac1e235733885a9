//! Projects as operators declare them: read, checked, and brought together with what is kept.
//!
//! Reading and checking is pure; only [`apply`] touches the store.

pub mod apply;
mod document;
pub mod edit;
mod fields;
pub mod mcp_server;
mod spec;

pub use apply::{Applied, ApplyError};
pub use document::{Document, Format};
pub use edit::{EditError, edit};
pub use fields::Problem;
pub use mcp_server::McpServer;
pub use spec::ProjectSpec;
