//! What became of runs: one narrow row for each that has ended, written in the transaction that ends it.

use super::{Store, StoreError, db::read};
use sigmic_shared::{TaskId, TaskStatus, stream::Usage};
use sqlx::FromRow;

pub(super) const INSERT: &str = "INSERT INTO runs (task_id, run_no, app_id, end_user_id, started_at, ended_at, status, \
     error_code, error, first_sign_ms, input_tokens, output_tokens, tool_calls, tool_failures) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING";

/// The columns of a task that its run's note is made of, see [`Whose`].
macro_rules! returning {
    ($($update:expr),+) => {
        concat!($($update),+, " RETURNING id, run_no, app_id, end_user_id, COALESCE(started_at, created_at), status")
    };
}

/// Notes the end of a run, in the transaction that ends it. `$whose` is what its task says, see `returning`.
macro_rules! note_end {
    ($conn:expr, $whose:expr, $end:expr) => {{
        let whose: $crate::store::ended_runs::Whose = $whose;
        let end: $crate::store::ended_runs::EndNote = $end;
        sqlx::query($crate::store::ended_runs::INSERT)
            .bind(whose.0)
            .bind(whose.1)
            .bind(whose.2)
            .bind(whose.3)
            .bind(whose.4)
            .bind(end.ended_at)
            .bind(whose.5)
            .bind(end.error.as_deref().map(|error| $crate::store::ended_runs::code_of(error).to_owned()))
            .bind(end.error)
            .bind(end.first_sign_at.map(|at| at - whose.4))
            .bind(end.usage.input_tokens as i64)
            .bind(end.usage.output_tokens as i64)
            .bind(end.tool_calls)
            .bind(end.tool_failures)
            .execute($conn)
            .await?;
    }};
}

pub(super) use {note_end, returning};

/// A task's id, the run's number, app, end user, start and status.
pub(super) type Whose = (String, i64, Option<String>, Option<String>, i64, String);

/// What a note says besides.
#[derive(Default)]
pub(super) struct EndNote {
    pub(super) ended_at: i64,
    pub(super) error: Option<String>,
    pub(super) first_sign_at: Option<i64>,
    pub(super) usage: Usage,
    pub(super) tool_calls: i64,
    pub(super) tool_failures: i64,
}

/// A run of a conversation, under way or ended.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct RunRecord {
    /// Its number within the task, from 1.
    pub run_no: i64,
    /// The request that asked for it, as the log names it.
    pub request_id: Option<String>,
    /// How it ended; none: it is under way, or waits.
    pub status: Option<String>,
    /// Why it failed: a code, then a sentence.
    pub error: Option<String>,
    /// Milliseconds since 1970.
    pub started_at: Option<i64>,
    /// Milliseconds since 1970.
    pub ended_at: Option<i64>,
    /// Milliseconds from the message to the first sign of an answer.
    pub first_sign_ms: Option<i64>,
    /// What the model counted.
    pub input_tokens: Option<i64>,
    /// What the model counted.
    pub output_tokens: Option<i64>,
}

impl RunRecord {
    /// How it ended, if it did.
    pub fn end(&self) -> Option<TaskStatus> {
        self.status.clone().and_then(|status| TaskStatus::try_from(status).ok())
    }
}

/// The code at the beginning of an error.
pub(super) fn code_of(error: &str) -> &str {
    error.split_once(':').map_or(error, |(code, _)| code)
}

impl Store {
    /// The runs of a task, oldest first. The caller has checked that it may see the task.
    pub async fn list_runs(&self, task_id: &TaskId) -> Result<Vec<RunRecord>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_as(
            "SELECT messages.seq / 2 AS run_no, request_id, status, error, started_at, ended_at, first_sign_ms, \
             runs.input_tokens, runs.output_tokens \
             FROM messages LEFT JOIN runs ON runs.task_id = messages.task_id AND runs.run_no = messages.seq / 2 \
             WHERE messages.task_id = $1 AND role = 'assistant' ORDER BY seq",
        )
        .bind(task_id.as_str())
        .fetch_all(conn)
        .await?))
    }
}
