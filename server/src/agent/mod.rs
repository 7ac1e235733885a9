//! The agent: what a run does, step by step, and who watches it.
//!
//! [`turn`] decides, the driver carries out, [`hub`] tells whoever watches, and [`Agent`] is what the rest of the server
//! talks to.

pub mod conversation;
mod driver;
mod erasing;
pub mod hub;
mod launch;
mod leases;
mod model_check;
pub mod models;
mod outages;
mod parked;
pub mod policy;
mod run_context;
mod service;
mod tool_check;
pub mod tools;
pub mod turn;

#[cfg(test)]
mod tests;

pub use hub::{Watch, Watching};
pub use launch::{Accepted, AgentError, Question};
pub use model_check::{ModelAnswer, ModelFault};
pub use outages::Outage;
pub use parked::ApprovalRequest;
pub use run_context::{ContextOwner, OpenContext, RunContext};
pub use service::Agent;
pub use tool_check::ToolCheck;
