//! Messages of conversations.

use super::Json;
use super::{Store, StoreError, db::read};
use serde::{Deserialize, Serialize};
use sigmic_shared::{AttachedFile, MessageId, Role, TaskId, Thought, ToolCall};
use sqlx::FromRow;

/// A message.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct MessageRecord {
    /// Its id.
    #[sqlx(try_from = "String")]
    pub id: MessageId,
    /// Place in the conversation, from 1.
    pub seq: i64,
    /// Who wrote it.
    #[sqlx(try_from = "String")]
    pub role: Role,
    /// Its text; partial while its run is under way.
    pub content: String,
    /// Files that came with it.
    pub attached_files: Json<Vec<AttachedFile>>,
    /// The model's reasoning.
    pub thoughts: Json<Vec<Thought>>,
    /// Tools it used.
    pub tool_calls: Json<Vec<ToolCallRecord>>,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// Milliseconds since 1970.
    pub updated_at: i64,
}

/// A tool call, and where in the answer it was made, so that the conversation can be told to a
/// model again as it happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolCallRecord {
    /// The call.
    #[serde(flatten)]
    pub call: ToolCall,
    /// The model call of the run that asked for it, from 1.
    pub step: u32,
    /// Bytes of the answer's text that came before it.
    pub text_offset: usize,
    /// Whether it was approved together with all later calls of the same tool in this task.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allows_always: bool,
}

impl Store {
    /// All messages of a task, oldest first. The caller has checked that it may see the task.
    pub async fn list_messages(&self, task_id: &TaskId) -> Result<Vec<MessageRecord>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_as(
            "SELECT id, seq, role, content, attached_files, thoughts, tool_calls, created_at, updated_at \
             FROM messages WHERE task_id = $1 ORDER BY seq"
        )
        .bind(task_id.as_str())
        .fetch_all(conn)
        .await?))
    }

    /// The last `limit` messages of a task before the place `before`, or at its end, oldest first. The caller has checked
    /// that it may see the task.
    pub async fn list_messages_before(
        &self,
        task_id: &TaskId,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<MessageRecord>, StoreError> {
        let mut messages: Vec<MessageRecord> = read!(self, |conn| sqlx::query_as(
            "SELECT id, seq, role, content, attached_files, thoughts, tool_calls, created_at, updated_at \
             FROM messages WHERE task_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3"
        )
        .bind(task_id.as_str())
        .bind(before.unwrap_or(i64::MAX))
        .bind(limit)
        .fetch_all(conn)
        .await?);
        messages.reverse();
        Ok(messages)
    }

    /// The task's newest answer, partial while its run is under way.
    pub async fn find_last_answer(&self, task_id: &TaskId) -> Result<Option<MessageRecord>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_as(
            "SELECT id, seq, role, content, attached_files, thoughts, tool_calls, created_at, updated_at \
             FROM messages WHERE task_id = $1 AND role = 'assistant' ORDER BY seq DESC LIMIT 1"
        )
        .bind(task_id.as_str())
        .fetch_optional(conn)
        .await?))
    }
}
