//! Everything that is kept: SQLite by default, Postgres when one machine is not enough.
//!
//! One file per aggregate, each with its SQL written once for both databases. [`Store`] is a cheap
//! handle; clone it freely. A write is durable when its call returns.

mod accounts;
mod api_keys;
mod apps;
mod audit;
mod contexts;
mod conversations;
mod db;
mod dialect;
mod ended_runs;
mod error;
mod health;
mod idempotency;
mod json;
mod leases;
mod messages;
mod overview;
mod parked_runs;
mod projects;
mod runs;
mod sessions;
mod tasks;
mod version;
mod writer;

pub use accounts::AccountRecord;
pub use api_keys::ApiKeyRecord;
pub use apps::AppRecord;
pub use audit::{AuditFilter, AuditRecord};
pub use contexts::ContextRecord;
pub use conversations::{ConversationFilter, ConversationPage, ConversationRecord, Place};
pub use db::{Store, create_private_folder};
pub use ended_runs::RunRecord;
pub use error::StoreError;
pub use health::{DatabaseRecord, WorkingNodeRecord};
pub use idempotency::IdempotencyKey;
pub use json::Json;
pub use messages::{MessageRecord, ToolCallRecord};
pub use overview::{FailureRecord, UsageFilter, UsageRecord, WaitRecord};
pub use parked_runs::ParkedRun;
pub use projects::ProjectRecord;
pub use runs::{NewRun, RunCheckpoint, RunEnd, RunStart};
pub use sessions::SessionRecord;
pub use tasks::{NewTask, TaskRecord, TaskScope};
