//! Black-box tests: the real server as a process, or one of its rooms over a real database.

mod api;
mod console;
mod mcp;
mod scene;
mod serving;
mod store;
