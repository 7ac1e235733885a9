//! Tasks. A task is one conversation.

use crate::{
    MessageId, TaskId, Timestamp, ids::UnknownName, message::Message, message::Thought, tool_call::PendingApproval,
    tool_call::ToolCall,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// Created, not started.
    Pending,
    /// The agent works.
    Running,
    /// A tool call waits for approval.
    AwaitingApproval,
    /// The last run finished.
    Completed,
    /// The last run failed; `error` says why.
    Failed,
    /// The last run was cancelled.
    Cancelled,
}

impl TaskStatus {
    /// Every status there is.
    pub const ALL: &'static [Self] =
        &[Self::Pending, Self::Running, Self::AwaitingApproval, Self::Completed, Self::Failed, Self::Cancelled];

    /// As it stands on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::AwaitingApproval => "awaiting_approval",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status named by `text`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.as_str() == text)
    }

    /// Whether a run is under way, so that events follow and a follow-up has to wait.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Pending | Self::Running | Self::AwaitingApproval)
    }
}

impl TryFrom<String> for TaskStatus {
    type Error = UnknownName;

    fn try_from(text: String) -> Result<Self, UnknownName> {
        Self::parse(&text).ok_or(UnknownName(text))
    }
}

/// The body of `POST /tasks`. With a JWT, `systemPrompt`, `env` and `secrets` are refused.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreateTaskRequest {
    /// 1 to 100,000 characters.
    pub message: String,
    /// Prepended to the project's system prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
    /// Whether lists made with a JWT show it; true when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub show_in_history: Option<bool>,
    /// Whether tools run without asking, as far as the project allows; true when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_execute: Option<bool>,
    /// Values for `{{mcp.KEY}}`, stored with the task and returned with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<BTreeMap<String, String>>,
    /// Values for `{{mcp.KEY}}`, never stored and never returned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrets: Option<BTreeMap<String, String>>,
}

/// The answer to `POST /tasks`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateTaskResponse {
    /// The new task.
    pub id: TaskId,
    /// `pending`
    pub status: TaskStatus,
}

/// The body of `POST /tasks/{id}/messages`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FollowUpRequest {
    /// 1 to 100,000 characters.
    pub message: String,
    /// As on creation, API keys only; left out, the task's own are used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<BTreeMap<String, String>>,
    /// As on creation, API keys only; left out, there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrets: Option<BTreeMap<String, String>>,
}

/// The answer to a follow-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FollowUpResponse {
    /// `running`
    pub status: TaskStatus,
}

/// The body of `PATCH /tasks/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RenameTaskRequest {
    /// 1 to 200 characters.
    pub title: String,
}

/// An answer that only tells people what happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageResponse {
    /// One sentence.
    pub message: String,
}

/// The fields a task has everywhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// The API key that created it; null for a widget's task.
    pub api_key_id: Option<String>,
    /// The API key's name, or the end user's id.
    pub username: String,
    /// Equals `id`.
    pub session_id: TaskId,
    /// Equals `id`.
    pub conversation_id: TaskId,
    /// How far it is.
    pub status: TaskStatus,
    /// Made from the first message; can be renamed.
    pub title: String,
    /// The first message.
    pub message: String,
    /// What was prepended to the project's system prompt.
    pub system_prompt: Option<String>,
    /// Whether lists made with a JWT show it.
    pub show_in_history: bool,
    /// Whether tools run without asking.
    pub auto_execute: bool,
    /// What an API key sent as `env`; null for a widget's task.
    pub env: Option<BTreeMap<String, String>>,
    /// Why the last run failed: a code, then a sentence.
    pub error: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its last run started.
    pub started_at: Option<Timestamp>,
    /// When its last run ended.
    pub completed_at: Option<Timestamp>,
}

/// A task in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TaskListItem {
    /// The task.
    #[serde(flatten)]
    pub task: Task,
    /// The latest of its moments.
    pub last_activity_at: Timestamp,
    /// Messages so far.
    pub message_count: u64,
}

/// A task asked for by its id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TaskDetail {
    /// The task.
    #[serde(flatten)]
    pub task: Task,
    /// The last answer, partial while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<TaskOutput>,
    /// Tool calls that wait for approval; absent when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending_approvals: Vec<PendingApproval>,
}

/// The last answer of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TaskOutput {
    /// The text so far.
    pub content: String,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// What the model said of its reasoning.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thoughts: Vec<Thought>,
    /// Tools the answer used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
}

/// The answer to `GET /tasks/{id}/history`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HistoryResponse {
    /// The task.
    pub task_id: TaskId,
    /// Equals `taskId`.
    pub conversation_id: TaskId,
    /// How far it is.
    pub status: TaskStatus,
    /// In the order they were written.
    pub messages: Vec<Message>,
}

/// The first event of a stream that a `POST` answers with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TaskStarted {
    /// The task.
    pub id: TaskId,
    /// `pending` or `running`.
    pub status: TaskStatus,
    /// The id the user's message got, so that a client can match it with history later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_spelled_alike_on_the_wire_and_in_the_database() {
        for &status in TaskStatus::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
            assert_eq!(TaskStatus::parse(status.as_str()), Some(status));
        }
        assert_eq!(TaskStatus::parse("paused"), None);
    }
}
