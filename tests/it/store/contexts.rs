//! Sealed env and secrets.

use super::{NOW, chapters, project, run, task_of, user_scope};
use sigmic::store::{ContextRecord, NewRun, RunCheckpoint, RunEnd, Store};
use sigmic_shared::{TaskStatus, stream::Usage};

chapters!(a_context_outlives_its_token_only_while_something_runs_with_it);

async fn a_context_outlives_its_token_only_while_something_runs_with_it(store: Store) {
    store.save_project(project("p", "p")).await.unwrap();
    let context = |jti: &str, expires_at| ContextRecord {
        jti: jti.into(),
        app_id: "a".into(),
        end_user_id: "u".into(),
        sealed_env: Some(vec![1, 0, 255]),
        sealed_secrets: None,
        expires_at,
    };
    for (jti, expires_at) in [("idle", NOW), ("used", NOW), ("fresh", NOW + 1)] {
        store.insert_context(context(jti, expires_at)).await.unwrap();
    }
    assert_eq!(store.find_context("used").await.unwrap(), Some(context("used", NOW)));
    let scope = user_scope("a", "u");
    let using = NewRun { context_jti: Some("used".into()), ..run("r", NOW) };
    store.create_task(task_of(&scope, "t"), using).await.unwrap();

    assert_eq!(store.erase_expired_contexts(NOW).await.unwrap(), 1);
    assert!(store.find_context("idle").await.unwrap().is_none());
    assert!(store.find_context("used").await.unwrap().is_some());

    let answer = RunCheckpoint {
        task_id: "t".into(),
        answer_id: "r-answer".into(),
        text: String::new(),
        thoughts: Vec::new(),
        tool_calls: Vec::new(),
        run_no: 1,
        node_id: "node".into(),
        now_ms: NOW,
    };
    let end =
        RunEnd { answer, status: TaskStatus::Completed, error: None, usage: Usage::default(), first_sign_at: None };
    assert!(store.finish_run(end).await.unwrap());
    assert_eq!(store.erase_expired_contexts(NOW).await.unwrap(), 1);
    assert!(store.find_context("fresh").await.unwrap().is_some());
}
