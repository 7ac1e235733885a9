//! MCP servers of the tests' own: real ones, on every transport, that do what the test says and tell it what they
//! were reached with; and the official reference server.

mod behavior;
mod everything;
mod handler;
mod huge;
mod journal;
mod legacy_sse;
mod local;
pub mod process;
mod remote;
mod tools;

pub use behavior::{Behavior, Fault, ToolSet};
pub use everything::Everything;
pub use huge::HUGE_BYTES;
pub use journal::{Journal, Reached, Received};
pub use local::{LocalServer, Process};
pub use remote::{Protocol, RemoteServer};
