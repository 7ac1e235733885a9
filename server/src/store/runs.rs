//! Runs: a message that was accepted, and the answer that grows beneath it.
//!
//! Run `n` of a task owns messages `2n - 1` (the user's) and `2n` (the answer).

use super::Json;
use super::{
    Store, StoreError, ToolCallRecord,
    db::write,
    ended_runs::{EndNote, Whose, note_end, returning},
    idempotency::{self, IdempotencyKey},
    tasks::{NewTask, TaskScope},
};
use sigmic_shared::{AttachedFile, MessageId, TaskId, TaskStatus, Thought, ToolCallStatus, stream::Usage};

/// A message to accept and answer.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRun {
    /// What the user wrote.
    pub message: String,
    /// Files that came with it.
    pub attached_files: Vec<AttachedFile>,
    /// Id of the user's message.
    pub user_message_id: MessageId,
    /// Id of the answer.
    pub answer_id: MessageId,
    /// The `jti` of the token whose env and secrets the run works with.
    pub context_jti: Option<String>,
    /// The node that runs it.
    pub node_id: String,
    /// Until when that node's word counts, in milliseconds since 1970.
    pub lease_until: i64,
    /// The request's idempotency key.
    pub idempotency: Option<IdempotencyKey>,
    /// The request that asked for it, as the log names it.
    pub request_id: Option<String>,
    /// Milliseconds since 1970.
    pub now_ms: i64,
}

/// What became of a [`NewRun`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunStart {
    /// It is recorded; it has to be driven now.
    Started {
        /// Its number within the task, from 1.
        run_no: u64,
    },
    /// The same idempotency key has started a run before: nothing was recorded.
    Repeated {
        /// The task it was started in.
        task_id: TaskId,
        /// That run's number.
        run_no: u64,
        /// Whether the request was the same, too.
        same_request: bool,
    },
    /// The task's last run is still under way.
    Running,
    /// The scope holds no such task.
    NotFound,
}

/// How far an answer is.
#[derive(Clone, Debug, PartialEq)]
pub struct RunCheckpoint {
    /// The task.
    pub task_id: TaskId,
    /// The answer's message.
    pub answer_id: MessageId,
    /// The text so far.
    pub text: String,
    /// Reasoning so far.
    pub thoughts: Vec<Thought>,
    /// Tool calls so far.
    pub tool_calls: Vec<ToolCallRecord>,
    /// The run it belongs to.
    pub run_no: u64,
    /// The node that writes. Nothing is written for a node that no longer has the run.
    pub node_id: String,
    /// Milliseconds since 1970.
    pub now_ms: i64,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct RunEnd {
    /// The answer as it stays.
    pub answer: RunCheckpoint,
    /// `completed`, `failed` or `cancelled`.
    pub status: TaskStatus,
    /// Why it failed: a code, then a sentence.
    pub error: Option<String>,
    /// What the model counted.
    pub usage: Usage,
    /// When the first sign of an answer was sent, in milliseconds since 1970; none: there was none, or nobody waited
    /// for it.
    pub first_sign_at: Option<i64>,
}

/// Takes an idempotency key for a run, or answers with what it was taken for before.
macro_rules! take_key {
    ($conn:ident, $key:ident, $task_id:expr, $run_no:expr, $now_ms:expr) => {
        let taken = sqlx::query(idempotency::TAKE)
            .bind($key.caller.clone())
            .bind($key.key.clone())
            .bind($key.request_hash.clone())
            .bind($task_id)
            .bind($run_no)
            .bind($now_ms)
            .execute(&mut *$conn)
            .await?;
        if taken.rows_affected() == 0 {
            let (request_hash, task_id, run_no): (Vec<u8>, String, i64) = sqlx::query_as(idempotency::FIND)
                .bind($key.caller.clone())
                .bind($key.key.clone())
                .fetch_one($conn)
                .await?;
            return Ok(RunStart::Repeated {
                task_id: TaskId(task_id),
                run_no: run_no.unsigned_abs(),
                same_request: request_hash == $key.request_hash,
            });
        }
    };
}

/// Inserts the run's two messages.
macro_rules! insert_messages {
    ($conn:ident, $run:ident, $task_id:expr, $run_no:expr) => {
        sqlx::query(INSERT_MESSAGES)
            .bind($run.user_message_id.0)
            .bind($run.answer_id.0)
            .bind($task_id)
            .bind(2 * $run_no - 1)
            .bind(2 * $run_no)
            .bind($run.message)
            .bind(Json($run.attached_files))
            .bind(Json(NOTHING))
            .bind($run.now_ms)
            .bind($run.request_id)
            .execute($conn)
            .await?;
    };
}

/// A query that writes an answer as it is now.
macro_rules! write_answer {
    ($sql:expr, $answer:expr, $usage:expr) => {
        sqlx::query($sql)
            .bind($answer.answer_id.0)
            .bind($answer.text)
            .bind(Json($answer.thoughts))
            .bind(Json($answer.tool_calls))
            .bind($usage.input_tokens as i64)
            .bind($usage.output_tokens as i64)
            .bind($answer.now_ms)
    };
}

/// An empty list, for a column that holds one.
const NOTHING: [(); 0] = [];

const INSERT_TASK: &str = "INSERT INTO tasks (id, project_id, app_id, end_user_id, api_key_id, username, title, message, \
     system_prompt, show_in_history, auto_execute, env, status, run_no, context_jti, node_id, lease_until, \
     message_count, created_at, started_at, last_activity_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'running', 1, $13, $14, $15, 2, $16, $16, $16)";

const START_FOLLOW_UP: &str = "UPDATE tasks SET status = 'running', error = NULL, run_no = run_no + 1, context_jti = $5, \
     node_id = $6, lease_until = $7, message_count = message_count + 2, started_at = $8, completed_at = NULL, \
     last_activity_at = $8 \
     WHERE id = $1 AND ((app_id = $2 AND end_user_id = $3) OR project_id = $4) \
     AND status IN ('completed', 'failed', 'cancelled') RETURNING run_no";

const INSERT_MESSAGES: &str = "INSERT INTO messages (id, task_id, seq, role, content, attached_files, thoughts, tool_calls, \
     input_tokens, output_tokens, created_at, updated_at, request_id) \
     VALUES ($1, $3, $4, 'user', $6, $7, $8, $8, 0, 0, $9, $9, NULL), \
     ($2, $3, $5, 'assistant', '', $8, $8, $8, 0, 0, $9, $9, $10)";

const WRITE_ANSWER: &str = "UPDATE messages SET content = $2, thoughts = $3, tool_calls = $4, input_tokens = $5, \
     output_tokens = $6, updated_at = $7 WHERE id = $1";

const WRITE_OWN_ANSWER: &str = "UPDATE messages SET content = $2, thoughts = $3, tool_calls = $4, input_tokens = $5, \
     output_tokens = $6, updated_at = $7 WHERE id = $1 AND EXISTS (SELECT 1 FROM tasks \
     WHERE tasks.id = $8 AND run_no = $9 AND node_id = $10 AND lease_until IS NOT NULL)";

impl Store {
    /// Records a task and its first run.
    pub async fn create_task(&self, task: NewTask, run: NewRun) -> Result<RunStart, StoreError> {
        write!(self, |conn| {
            if let Some(key) = &run.idempotency {
                take_key!(conn, key, task.id.0.clone(), 1_i64, run.now_ms);
            }
            let (app_id, end_user_id) = task.owner.map(|(app_id, user)| (app_id.0, user.0)).unzip();
            sqlx::query(INSERT_TASK)
                .bind(task.id.0.clone())
                .bind(task.project_id)
                .bind(app_id)
                .bind(end_user_id)
                .bind(task.api_key_id)
                .bind(task.username)
                .bind(task.title)
                .bind(run.message.clone())
                .bind(task.system_prompt)
                .bind(task.show_in_history)
                .bind(task.auto_execute)
                .bind(task.env.map(Json))
                .bind(run.context_jti)
                .bind(run.node_id)
                .bind(run.lease_until)
                .bind(run.now_ms)
                .execute(&mut *conn)
                .await?;
            insert_messages!(conn, run, task.id.0, 1_i64);
            Ok(RunStart::Started { run_no: 1 })
        })
    }

    /// Records a follow-up in a task whose last run has ended.
    pub async fn begin_run(&self, scope: &TaskScope, task_id: &TaskId, run: NewRun) -> Result<RunStart, StoreError> {
        let (app_id, end_user_id, project_id) = scope.binds();
        let task_id = task_id.0.clone();
        write!(self, |conn| {
            let standing: Option<(i64, String)> = sqlx::query_as(
                "SELECT run_no, status FROM tasks \
                 WHERE id = $1 AND ((app_id = $2 AND end_user_id = $3) OR project_id = $4)",
            )
            .bind(task_id.clone())
            .bind(app_id.clone())
            .bind(end_user_id.clone())
            .bind(project_id.clone())
            .fetch_optional(&mut *conn)
            .await?;
            let Some((last_run, _)) = standing else { return Ok(RunStart::NotFound) };
            if let Some(key) = &run.idempotency {
                take_key!(conn, key, task_id.clone(), last_run + 1, run.now_ms);
            }
            let run_no: Option<i64> = sqlx::query_scalar(START_FOLLOW_UP)
                .bind(task_id.clone())
                .bind(app_id)
                .bind(end_user_id)
                .bind(project_id)
                .bind(run.context_jti.clone())
                .bind(run.node_id.clone())
                .bind(run.lease_until)
                .bind(run.now_ms)
                .fetch_optional(&mut *conn)
                .await?;
            let Some(run_no) = run_no else {
                // The key is free again: the same request may succeed once the run has ended.
                if let Some(key) = run.idempotency {
                    sqlx::query("DELETE FROM idempotency_keys WHERE caller = $1 AND key = $2")
                        .bind(key.caller)
                        .bind(key.key)
                        .execute(conn)
                        .await?;
                }
                return Ok(RunStart::Running);
            };
            insert_messages!(conn, run, task_id, run_no);
            Ok(RunStart::Started { run_no: run_no.unsigned_abs() })
        })
    }

    /// Keeps how far an answer is, so that little is lost when the node dies. Whether the run is still this node's.
    pub async fn checkpoint_run(&self, checkpoint: RunCheckpoint) -> Result<bool, StoreError> {
        write!(self, |conn| {
            let (task_id, node_id) = (checkpoint.task_id.0.clone(), checkpoint.node_id.clone());
            let run_no = checkpoint.run_no as i64;
            let written = write_answer!(WRITE_OWN_ANSWER, checkpoint, Usage::default())
                .bind(task_id)
                .bind(run_no)
                .bind(node_id)
                .execute(conn)
                .await?;
            Ok(written.rows_affected() > 0)
        })
    }

    /// The same, at a moment that counts: the task is `running` from now on, or `awaiting_approval`.
    pub async fn turn_run(&self, checkpoint: RunCheckpoint, status: TaskStatus) -> Result<bool, StoreError> {
        write!(self, |conn| {
            let is_own = sqlx::query(
                "UPDATE tasks SET status = $4 \
                 WHERE id = $1 AND run_no = $2 AND node_id = $3 AND lease_until IS NOT NULL",
            )
            .bind(checkpoint.task_id.0.clone())
            .bind(checkpoint.run_no as i64)
            .bind(checkpoint.node_id.clone())
            .bind(status.as_str())
            .execute(&mut *conn)
            .await?
            .rows_affected()
                > 0;
            if is_own {
                write_answer!(WRITE_ANSWER, checkpoint, Usage::default()).execute(conn).await?;
            }
            Ok(is_own)
        })
    }

    /// Ends a run. Whether it was still this node's to end: an orphan that another node has ended
    /// stays as that node left it.
    pub async fn finish_run(&self, end: RunEnd) -> Result<bool, StoreError> {
        write!(self, |conn| {
            let ended: Option<Whose> = sqlx::query_as(returning!(
                "UPDATE tasks SET status = $4, error = $5, node_id = NULL, lease_until = NULL, context_jti = NULL, \
                 completed_at = $6, last_activity_at = $6 \
                 WHERE id = $1 AND run_no = $2 AND node_id = $3 AND lease_until IS NOT NULL"
            ))
            .bind(end.answer.task_id.0.clone())
            .bind(end.answer.run_no as i64)
            .bind(end.answer.node_id.clone())
            .bind(end.status.as_str())
            .bind(end.error.clone())
            .bind(end.answer.now_ms)
            .fetch_optional(&mut *conn)
            .await?;
            let Some(whose) = ended else { return Ok(false) };
            let calls = &end.answer.tool_calls;
            let failures = calls.iter().filter(|record| record.call.status == ToolCallStatus::Error).count();
            let note = EndNote {
                ended_at: end.answer.now_ms,
                error: end.error,
                first_sign_at: end.first_sign_at,
                usage: end.usage,
                tool_calls: calls.len() as i64,
                tool_failures: failures as i64,
            };
            note_end!(&mut *conn, whose, note);
            write_answer!(WRITE_ANSWER, end.answer, end.usage).execute(conn).await?;
            Ok(true)
        })
    }
}
