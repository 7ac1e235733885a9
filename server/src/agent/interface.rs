//! What the http room is written against; replaced by the driver.
#![allow(missing_docs)]

use crate::store::*;
use sigmic_shared::*;
use std::sync::Arc;
use std::time::Duration;
#[derive(Clone)]
pub struct Agent;
pub struct Watch;
impl Watch {
    pub async fn next(&mut self) -> Option<bytes::Bytes> {
        None
    }
}
pub struct Question {
    pub project: Arc<ProjectRecord>,
    pub message: String,
    pub context_jti: Option<String>,
    pub idempotency: Option<IdempotencyKey>,
}
pub struct Accepted {
    pub task_id: TaskId,
    pub run_no: u64,
    pub user_message_id: Option<MessageId>,
    pub watch: Option<Watch>,
    pub repeated: bool,
}
pub enum AgentError {
    Stopping,
    NotFound,
    Running,
    KeyReused,
    Misconfigured(String),
    Store(StoreError),
}
pub enum Watching {
    Resumed(Watch),
    Fresh { watch: Watch, answer_id: MessageId },
}
impl Agent {
    pub async fn new(
        _: Store,
        _: crate::clock::Clock,
        _: String,
        _: crate::llm::registry::Registry,
        _: Arc<crate::secrets::Keyring>,
    ) -> Result<Self, StoreError> {
        Ok(Self)
    }
    pub async fn create_task(&self, _: NewTask, _: Question) -> Result<Accepted, AgentError> {
        Err(AgentError::Stopping)
    }
    pub async fn follow_up(&self, _: &TaskScope, _: &TaskId, _: Question) -> Result<Accepted, AgentError> {
        Err(AgentError::Stopping)
    }
    pub fn watch(&self, _: &TaskId, _: Option<u64>) -> Option<Watching> {
        None
    }
    pub async fn cancel(&self, _: &TaskId) {}
    pub async fn settle(&self, r: TaskRecord) -> Result<TaskRecord, StoreError> {
        Ok(r)
    }
    pub fn is_stopping(&self) -> bool {
        false
    }
    pub fn live_runs(&self) -> usize {
        0
    }
    pub async fn shutdown(&self, _: Duration) {}
}
