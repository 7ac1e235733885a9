//! One story, told to both databases.

mod accounts;
mod configuration;
mod contexts;
mod overview;
mod runs;
mod writing;

use sigmic::store::Json;
use sigmic::store::{AppRecord, NewRun, NewTask, ProjectRecord, Store, TaskScope};
use sigmic_shared::{AppId, EndUserId, TaskId};
use sigmic_tests::postgres::Database;

/// Milliseconds since 1970 at which the story begins.
const NOW: i64 = 1_700_000_000_000;

/// A store with nothing in it, and what it lives on.
struct Fresh {
    store: Store,
    _folder: tempfile::TempDir,
    _database: Option<Database>,
}

/// Runs a chapter on SQLite and on Postgres.
macro_rules! chapters {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {
        $(mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                let fresh = crate::store::Fresh::sqlite().await;
                super::$name(fresh.store.clone()).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                let fresh = crate::store::Fresh::postgres().await;
                super::$name(fresh.store.clone()).await;
                fresh.store.close().await;
            }
        })+
    };
}

use chapters;

impl Fresh {
    async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(None, folder.path()).await.unwrap();
        Self { store, _folder: folder, _database: None }
    }

    async fn postgres() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::create().await;
        let store = Store::open(Some(database.url()), folder.path()).await.unwrap();
        Self { store, _folder: folder, _database: Some(database) }
    }
}

fn project(id: &str, name: &str) -> ProjectRecord {
    ProjectRecord::new(name, "demo", "demo", id.into(), NOW)
}

fn app(id: &str, project_id: &str) -> AppRecord {
    AppRecord {
        app_id: id.into(),
        project_id: project_id.into(),
        name: format!("App {id}"),
        allowed_origins: Json(vec!["https://a.example".into()]),
        secret_hash: vec![1; 32],
        old_secret_hash: None,
        old_secret_until: None,
        disabled: false,
        created_at: NOW,
    }
}

fn user_scope(app_id: &str, user: &str) -> TaskScope {
    TaskScope::EndUser { app_id: AppId::from(app_id), end_user_id: EndUserId::from(user) }
}

fn task_of(scope: &TaskScope, id: &str) -> NewTask {
    let owner = match scope {
        TaskScope::EndUser { app_id, end_user_id } => Some((app_id.clone(), end_user_id.clone())),
        TaskScope::Project { .. } => None,
    };
    NewTask {
        id: TaskId::from(id),
        project_id: "p".into(),
        owner,
        api_key_id: None,
        username: "somebody".into(),
        title: "A title".into(),
        system_prompt: None,
        show_in_history: true,
        auto_execute: true,
        env: None,
    }
}

/// A run whose messages' ids are made from `name`.
fn run(name: &str, now_ms: i64) -> NewRun {
    NewRun {
        message: format!("question {name}"),
        attached_files: Vec::new(),
        user_message_id: format!("{name}-question").into(),
        answer_id: format!("{name}-answer").into(),
        context_jti: None,
        node_id: "node".into(),
        lease_until: now_ms + 15_000,
        idempotency: None,
        request_id: None,
        now_ms,
    }
}
