//! Tasks: conversations, and who may see them.

use super::Json;
use super::{
    Store, StoreError, audit,
    db::{read, write},
};
use sigmic_shared::{AppId, EndUserId, TaskId, TaskStatus};
use sqlx::FromRow;
use std::collections::BTreeMap;

/// Which tasks a caller may see. Every query on tasks takes one, so that none can forget it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskScope {
    /// Exactly the tasks of one end user of one app.
    EndUser {
        /// The app.
        app_id: AppId,
        /// Its end user.
        end_user_id: EndUserId,
    },
    /// All tasks of a project.
    Project {
        /// The project.
        project_id: String,
    },
}

/// A task.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct TaskRecord {
    /// Its id.
    #[sqlx(try_from = "String")]
    pub id: TaskId,
    /// The project whose agent answers.
    pub project_id: String,
    /// The app it belongs to, unless an API key created it.
    pub app_id: Option<String>,
    /// The end user it belongs to, unless an API key created it.
    pub end_user_id: Option<String>,
    /// The API key that created it.
    pub api_key_id: Option<String>,
    /// The API key's name, or the end user's id.
    pub username: String,
    /// What lists show.
    pub title: String,
    /// The first message.
    pub message: String,
    /// Prepended to the project's system prompt.
    pub system_prompt: Option<String>,
    /// Whether an end user's list shows it.
    pub show_in_history: bool,
    /// Whether tools run without asking, as far as the project allows.
    pub auto_execute: bool,
    /// What an API key sent as `env`.
    pub env: Option<Json<BTreeMap<String, String>>>,
    /// How far it is.
    #[sqlx(try_from = "String")]
    pub status: TaskStatus,
    /// Why the last run failed: a code, then a sentence.
    pub error: Option<String>,
    /// Runs so far.
    pub run_no: i64,
    /// The node that runs it.
    pub node_id: Option<String>,
    /// Until when that node's word counts, in milliseconds since 1970.
    pub lease_until: Option<i64>,
    /// Messages so far.
    pub message_count: i64,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// When the last run started.
    pub started_at: Option<i64>,
    /// When the last run ended.
    pub completed_at: Option<i64>,
    /// The latest of the three.
    pub last_activity_at: i64,
}

/// A task to create, before its first run.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTask {
    /// Its id.
    pub id: TaskId,
    /// The project whose agent answers.
    pub project_id: String,
    /// Who it belongs to, when an end user creates it.
    pub owner: Option<(AppId, EndUserId)>,
    /// The API key that creates it.
    pub api_key_id: Option<String>,
    /// The API key's name, or the end user's id.
    pub username: String,
    /// What lists show.
    pub title: String,
    /// Prepended to the project's system prompt.
    pub system_prompt: Option<String>,
    /// Whether an end user's list shows it.
    pub show_in_history: bool,
    /// Whether tools run without asking, as far as the project allows.
    pub auto_execute: bool,
    /// What an API key sent as `env`.
    pub env: Option<BTreeMap<String, String>>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, project_id, app_id, end_user_id, api_key_id, username, title, message, system_prompt, \
             show_in_history, auto_execute, env, status, error, run_no, node_id, lease_until, message_count, \
             created_at, started_at, completed_at, last_activity_at FROM tasks ",
            $rest
        )
    };
}

impl TaskScope {
    /// What the scope is bound as in SQL: app, end user, project. What does not apply is NULL, which
    /// equals nothing.
    pub(super) fn binds(&self) -> (Option<String>, Option<String>, Option<String>) {
        match self {
            Self::EndUser { app_id, end_user_id } => (Some(app_id.0.clone()), Some(end_user_id.0.clone()), None),
            Self::Project { project_id } => (None, None, Some(project_id.clone())),
        }
    }
}

impl Store {
    /// How many tasks the app has, counted up to `most`.
    pub async fn count_tasks_of_app(&self, app_id: &AppId, most: i64) -> Result<usize, StoreError> {
        read!(self, |conn| {
            let ids: Vec<String> = sqlx::query_scalar("SELECT id FROM tasks WHERE app_id = $1 LIMIT $2")
                .bind(app_id.as_str())
                .bind(most)
                .fetch_all(conn)
                .await?;
            Ok(ids.len())
        })
    }

    /// The task, if it exists and the scope holds it.
    pub async fn find_task(&self, scope: &TaskScope, id: &TaskId) -> Result<Option<TaskRecord>, StoreError> {
        let (app_id, end_user_id, project_id) = scope.binds();
        read!(self, |conn| Ok(sqlx::query_as(select!(
            "WHERE id = $1 AND ((app_id = $2 AND end_user_id = $3) OR project_id = $4)"
        ))
        .bind(id.as_str())
        .bind(app_id)
        .bind(end_user_id)
        .bind(project_id)
        .fetch_optional(conn)
        .await?))
    }

    /// A page of the scope's tasks, newest activity first, and how many there are. An end user's
    /// list leaves out tasks that are not to be shown.
    pub async fn list_tasks(
        &self,
        scope: &TaskScope,
        limit: u64,
        offset: u64,
    ) -> Result<(Vec<TaskRecord>, u64), StoreError> {
        let (limit, offset) = (limit as i64, i64::try_from(offset).unwrap_or(i64::MAX));
        let (tasks, total): (Vec<TaskRecord>, i64) = match scope {
            TaskScope::EndUser { app_id, end_user_id } => read!(self, |conn| (
                sqlx::query_as(select!(
                    "WHERE app_id = $1 AND end_user_id = $2 AND show_in_history \
                     ORDER BY last_activity_at DESC, id DESC LIMIT $3 OFFSET $4"
                ))
                .bind(app_id.as_str())
                .bind(end_user_id.as_str())
                .bind(limit)
                .bind(offset)
                .fetch_all(&mut *conn)
                .await?,
                sqlx::query_scalar(
                    "SELECT COUNT(*) FROM tasks WHERE app_id = $1 AND end_user_id = $2 AND show_in_history"
                )
                .bind(app_id.as_str())
                .bind(end_user_id.as_str())
                .fetch_one(conn)
                .await?
            )),
            TaskScope::Project { project_id } => read!(self, |conn| (
                sqlx::query_as(select!(
                    "WHERE project_id = $1 ORDER BY last_activity_at DESC, id DESC LIMIT $2 OFFSET $3"
                ))
                .bind(project_id)
                .bind(limit)
                .bind(offset)
                .fetch_all(&mut *conn)
                .await?,
                sqlx::query_scalar("SELECT COUNT(*) FROM tasks WHERE project_id = $1")
                    .bind(project_id)
                    .fetch_one(conn)
                    .await?
            )),
        };
        Ok((tasks, total.unsigned_abs()))
    }

    /// Renames the task. Whether the scope holds it.
    pub async fn rename_task(&self, scope: &TaskScope, id: &TaskId, title: String) -> Result<bool, StoreError> {
        let (app_id, end_user_id, project_id) = scope.binds();
        let id = id.0.clone();
        write!(self, |conn| {
            let renamed = sqlx::query(
                "UPDATE tasks SET title = $5 WHERE id = $1 AND ((app_id = $2 AND end_user_id = $3) OR project_id = $4)",
            )
            .bind(id)
            .bind(app_id)
            .bind(end_user_id)
            .bind(project_id)
            .bind(title)
            .execute(conn)
            .await?;
            Ok(renamed.rows_affected() > 0)
        })
    }

    /// Erases the task and its messages for good. Whether the scope held it.
    pub async fn erase_task(&self, scope: &TaskScope, id: &TaskId) -> Result<bool, StoreError> {
        let (app_id, end_user_id, project_id) = scope.binds();
        let id = id.0.clone();
        let note = self.note();
        write!(self, |conn| {
            let erased = sqlx::query(
                "DELETE FROM tasks WHERE id = $1 AND ((app_id = $2 AND end_user_id = $3) OR project_id = $4)",
            )
            .bind(id.clone())
            .bind(app_id)
            .bind(end_user_id)
            .bind(project_id)
            .execute(&mut *conn)
            .await?
            .rows_affected()
                > 0;
            if erased {
                sqlx::query("DELETE FROM idempotency_keys WHERE task_id = $1").bind(id).execute(&mut *conn).await?;
            }
            audit::settle!(conn, note, erased)
        })
    }

    /// The tasks of a project that belong to one end user, whatever app they came through.
    pub async fn list_end_user_tasks(
        &self,
        project_id: &str,
        end_user_id: &EndUserId,
    ) -> Result<Vec<TaskId>, StoreError> {
        let ids: Vec<String> = read!(self, |conn| {
            sqlx::query_scalar("SELECT id FROM tasks WHERE project_id = $1 AND end_user_id = $2 ORDER BY id")
                .bind(project_id)
                .bind(end_user_id.as_str())
                .fetch_all(conn)
                .await?
        });
        Ok(ids.into_iter().map(TaskId).collect())
    }

    /// Erases the contexts of an end user in all apps of a project.
    pub async fn erase_end_user_contexts(&self, project_id: String, end_user_id: EndUserId) -> Result<(), StoreError> {
        let note = self.note();
        write!(self, |conn| {
            sqlx::query(
                "DELETE FROM contexts WHERE end_user_id = $2 AND app_id IN (SELECT app_id FROM apps WHERE project_id = $1)",
            )
            .bind(project_id)
            .bind(end_user_id.0)
            .execute(&mut *conn)
            .await?;
            audit::settle!(conn, note, true).map(drop)
        })
    }
}
