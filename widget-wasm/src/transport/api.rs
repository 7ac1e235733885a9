//! The calls of the API that the widget makes.

use super::{Delivery, Failure, StreamHandle, TaskSummary, Tokens};
use sigmic_shared::{
    CallId, TaskId, envelope::Page, task::HistoryResponse, tool_call::ApprovalOutcome, widget::WidgetConfig,
};

/// The server's API. Clones are cheap.
#[derive(Clone, Debug)]
pub struct Api {
    host: String,
    tokens: Tokens,
}

impl Api {
    /// Talks to `host`, for example `https://api.example.com`, with `tokens`.
    pub fn new(host: &str, tokens: Tokens) -> Self {
        Self { host: host.trim_end_matches('/').to_owned(), tokens }
    }

    /// The server, without a slash at the end.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The token it uses.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Creates a task and follows its first run. The first event is `task`.
    /// The same `idempotency_key` with the same message never runs twice.
    pub fn create_task_stream(
        &self,
        message: &str,
        idempotency_key: &str,
        deliver: impl FnMut(Delivery) + 'static,
    ) -> StreamHandle {
        let _ = (message, idempotency_key, deliver);
        StreamHandle {}
    }

    /// Sends a follow-up and follows the run. The first event is `task`.
    pub fn follow_up_stream(
        &self,
        task_id: &TaskId,
        message: &str,
        idempotency_key: &str,
        deliver: impl FnMut(Delivery) + 'static,
    ) -> StreamHandle {
        let _ = (task_id, message, idempotency_key, deliver);
        StreamHandle {}
    }

    /// Follows a task: its history first, then the run if one is under way. With a `last_event_id` only what came after.
    pub fn watch(
        &self,
        task_id: &TaskId,
        last_event_id: Option<String>,
        deliver: impl FnMut(Delivery) + 'static,
    ) -> StreamHandle {
        let _ = (task_id, last_event_id, deliver);
        StreamHandle {}
    }

    /// The messages of a task.
    pub async fn history(&self, task_id: &TaskId) -> Result<HistoryResponse, Failure> {
        let _ = task_id;
        Err(Failure::Aborted)
    }

    /// The user's tasks, latest activity first. `limit` is at most 100.
    pub async fn list(&self, limit: u64, offset: u64) -> Result<Page<TaskSummary>, Failure> {
        let _ = (limit, offset);
        Err(Failure::Aborted)
    }

    /// Cancels a task's run. The stream then ends with `done`, status `cancelled`.
    pub async fn cancel(&self, task_id: &TaskId) -> Result<(), Failure> {
        let _ = task_id;
        Err(Failure::Aborted)
    }

    /// Gives a task another title, 1 to 200 characters.
    pub async fn rename(&self, task_id: &TaskId, title: &str) -> Result<(), Failure> {
        let _ = (task_id, title);
        Err(Failure::Aborted)
    }

    /// Erases a task for good.
    pub async fn erase(&self, task_id: &TaskId) -> Result<(), Failure> {
        let _ = task_id;
        Err(Failure::Aborted)
    }

    /// Decides about a tool call that waits.
    pub async fn approve(&self, task_id: &TaskId, call_id: &CallId, outcome: ApprovalOutcome) -> Result<(), Failure> {
        let _ = (task_id, call_id, outcome);
        Err(Failure::Aborted)
    }

    /// Branding and features of the token's app.
    pub async fn widget_config(&self) -> Result<WidgetConfig, Failure> {
        Err(Failure::Aborted)
    }
}
