//! Numbers over days, lists over all projects, and the database itself.

use super::{NOW, app, chapters, project, run, task_of, user_scope};
use sigmic::store::{
    ConversationFilter, NewRun, NewTask, RunCheckpoint, RunEnd, RunStart, Store, TaskScope, ToolCallRecord,
    UsageFilter, WaitRecord,
};
use sigmic_shared::{TaskStatus, ToolCallStatus, stream::Usage, tool_call::ToolCall};

chapters!(
    days_tell_what_was_asked_and_how_it_ended,
    runs_remember_their_requests_and_errors,
    an_interrupted_run_is_counted_once,
    lists_go_page_by_page_through_everything,
    a_search_finds_titles_and_texts_and_no_wildcards,
    a_database_describes_itself_and_its_nodes,
);

const DAY: i64 = 86_400_000;
/// The day of [`NOW`].
const TODAY: i64 = NOW / DAY;

fn everything() -> UsageFilter {
    UsageFilter { since_ms: 0, app_id: None }
}

fn call(id: &str, status: ToolCallStatus) -> ToolCallRecord {
    let (args, output) = (serde_json::json!({}), Some("out".to_owned()));
    let call = ToolCall {
        call_id: id.into(),
        tool_name: "s__t".into(),
        status,
        args,
        output,
        duration_ms: None,
        text_offset: None,
    };
    ToolCallRecord { call, step: 1, text_offset: 0, allows_always: false }
}

fn end_of(task: &str, now_ms: i64, status: TaskStatus, error: Option<&str>) -> RunEnd {
    RunEnd {
        answer: RunCheckpoint {
            task_id: task.into(),
            answer_id: format!("{task}-answer").into(),
            text: format!("answer of {task}"),
            thoughts: Vec::new(),
            tool_calls: vec![call("1", ToolCallStatus::Success), call("2", ToolCallStatus::Error)],
            run_no: 1,
            node_id: "node".into(),
            now_ms,
        },
        status,
        error: error.map(str::to_owned),
        usage: Usage { input_tokens: 30, output_tokens: 4 },
        first_sign_at: None,
    }
}

/// A conversation of one message that began at `at` and ended a second later.
async fn converse(store: &Store, scope: &TaskScope, task: &str, at: i64, end: RunEnd) {
    let started = store.create_task(task_of(scope, task), run(task, at)).await.unwrap();
    assert_eq!(started, RunStart::Started { run_no: 1 });
    assert!(store.finish_run(end).await.unwrap());
}

async fn days_tell_what_was_asked_and_how_it_ended(store: Store) {
    assert!(!store.has_runs().await.unwrap());
    store.save_project(project("p", "p")).await.unwrap();
    for (id, user, app, days, status, error, wait) in [
        ("t1", "u", "a", 0, TaskStatus::Completed, None, Some(300)),
        ("t2", "u", "a", 0, TaskStatus::Failed, Some("LLM_UNAVAILABLE: It is away: try again."), Some(12_345)),
        ("t3", "v", "a", 0, TaskStatus::Cancelled, None, None),
        ("t4", "u", "b", 0, TaskStatus::Completed, None, Some(309)),
        ("t5", "u", "a", 3, TaskStatus::Failed, Some("INTERRUPTED: x"), None),
        ("t6", "w", "a", 3, TaskStatus::Failed, Some("LLM_UNAVAILABLE: y"), Some(40)),
    ] {
        let at = NOW - days * DAY;
        let end = RunEnd { first_sign_at: wait.map(|wait| at + wait), ..end_of(id, at + 1000, status, error) };
        converse(&store, &user_scope(app, user), id, at, end).await;
    }
    let program = TaskScope::Project { project_id: "p".into() };
    converse(&store, &program, "t7", NOW, end_of("t7", NOW + 1, TaskStatus::Completed, None)).await;

    let days = store.usage_by_day(&everything()).await.unwrap();
    let mut told: Vec<_> = days
        .iter()
        .map(|day| (day.day, day.app_id.as_deref(), day.messages, day.failed, day.cancelled, day.end_users))
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            (TODAY - 3, Some("a"), 2, 2, 0, 2),
            (TODAY, None, 1, 0, 0, 0),
            (TODAY, Some("a"), 3, 1, 1, 2),
            (TODAY, Some("b"), 1, 0, 0, 1),
        ]
    );
    let first = &days[0];
    let costs = (first.input_tokens, first.output_tokens, first.tool_calls, first.tool_failures);
    assert_eq!(costs, (60, 8, 4, 2));

    let waits = store.waits_by_day(&everything()).await.unwrap();
    assert_eq!(
        waits,
        [
            WaitRecord { day: TODAY - 3, within_ms: 50, answers: 1 },
            WaitRecord { day: TODAY, within_ms: 310, answers: 2 },
            WaitRecord { day: TODAY, within_ms: 13_000, answers: 1 },
        ]
    );
    let failures = store.failures_by_code(&everything()).await.unwrap();
    let failures: Vec<_> = failures.iter().map(|failure| (failure.code.as_str(), failure.runs)).collect();
    assert_eq!(failures, [("LLM_UNAVAILABLE", 2), ("INTERRUPTED", 1)]);
    for (filter, people) in [
        (everything(), 4),
        (UsageFilter { since_ms: NOW, app_id: None }, 3),
        (UsageFilter { since_ms: 0, app_id: Some("a".into()) }, 3),
        (UsageFilter { since_ms: 0, app_id: Some("none".into()) }, 0),
    ] {
        assert_eq!(store.count_end_users(&filter).await.unwrap(), people, "{filter:?}");
    }
    assert!(store.erase_task(&program, &"t1".into()).await.unwrap());
    assert!(store.list_runs(&"t1".into()).await.unwrap().is_empty(), "what is erased is not counted");
}

async fn runs_remember_their_requests_and_errors(store: Store) {
    store.save_project(project("p", "p")).await.unwrap();
    let scope = user_scope("a", "u");
    let asked = NewRun { request_id: Some("request-1".into()), ..run("t", NOW) };
    store.create_task(task_of(&scope, "t"), asked).await.unwrap();
    let under_way = &store.list_runs(&"t".into()).await.unwrap()[0];
    assert_eq!((under_way.request_id.as_deref(), under_way.end(), under_way.run_no), (Some("request-1"), None, 1));

    let failed = RunEnd {
        first_sign_at: Some(NOW + 70),
        ..end_of("t", NOW + 1000, TaskStatus::Failed, Some("AGENT_ERROR: It broke."))
    };
    assert!(store.finish_run(failed).await.unwrap());
    store.begin_run(&scope, &"t".into(), run("r2", NOW + 2000)).await.unwrap();
    let runs = store.list_runs(&"t".into()).await.unwrap();
    assert_eq!((runs[0].end(), runs[0].error.as_deref()), (Some(TaskStatus::Failed), Some("AGENT_ERROR: It broke.")));
    assert_eq!((runs[0].first_sign_ms, runs[0].input_tokens), (Some(70), Some(30)));
    assert_eq!((runs[1].run_no, runs[1].end(), runs[1].request_id.as_deref()), (2, None, None));
}

async fn an_interrupted_run_is_counted_once(store: Store) {
    store.save_project(project("p", "p")).await.unwrap();
    let scope = user_scope("a", "u");
    for task in ["left", "waits"] {
        store.create_task(task_of(&scope, task), run(task, NOW)).await.unwrap();
    }
    let waiting = end_of("waits", NOW + 1, TaskStatus::Completed, None).answer;
    assert!(store.turn_run(waiting, TaskStatus::AwaitingApproval).await.unwrap());
    assert_eq!(store.interrupt_runs_of("node".into(), NOW + 500, "INTERRUPTED: x".into()).await.unwrap(), 2);
    assert!(!store.finish_run(end_of("left", NOW + 600, TaskStatus::Completed, None)).await.unwrap());
    let days = store.usage_by_day(&everything()).await.unwrap();
    assert_eq!(days.iter().map(|day| (day.messages, day.failed)).collect::<Vec<_>>(), [(1, 1)]);
    let run = &store.list_runs(&"left".into()).await.unwrap()[0];
    assert_eq!((run.error.as_deref(), run.ended_at), (Some("INTERRUPTED: x"), Some(NOW + 500)));
    assert_eq!(store.list_runs(&"waits".into()).await.unwrap()[0].end(), None, "it was let go of, not ended");
}

async fn ids(store: &Store, filter: &ConversationFilter) -> Vec<String> {
    let page = store.list_conversations(filter, 50).await.unwrap();
    page.conversations.into_iter().map(|conversation| conversation.id.0).collect()
}

async fn lists_go_page_by_page_through_everything(store: Store) {
    store.save_project(project("p", "p")).await.unwrap();
    store.save_app(app("a", "p")).await.unwrap();
    for (task, user, app_id, at) in
        [("t1", "u", "a", 1), ("t2", "u", "b", 2), ("t3", "v", "a", 3), ("t4", "v", "a", 3), ("t5", "u", "a", 5)]
    {
        store.create_task(task_of(&user_scope(app_id, user), task), run(task, NOW + at)).await.unwrap();
    }
    let by = |app_id: Option<&str>, user: Option<&str>| ConversationFilter {
        app_id: app_id.map(str::to_owned),
        end_user_id: user.map(str::to_owned),
        ..ConversationFilter::default()
    };
    for (filter, expected) in [
        (by(None, None), vec!["t5", "t4", "t3", "t2", "t1"]),
        (by(Some("a"), None), vec!["t5", "t4", "t3", "t1"]),
        (by(None, Some("u")), vec!["t5", "t2", "t1"]),
        (by(Some("b"), Some("u")), vec!["t2"]),
        (by(Some("b"), Some("v")), vec![]),
    ] {
        assert_eq!(ids(&store, &filter).await, expected, "{filter:?}");
    }
    let mut filter = by(None, None);
    let mut seen = Vec::new();
    loop {
        let page = store.list_conversations(&filter, 2).await.unwrap();
        assert!(page.conversations.len() <= 2 && !page.is_cut_short);
        seen.extend(page.conversations.into_iter().map(|conversation| conversation.id.0));
        filter.after = page.next;
        if filter.after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["t5", "t4", "t3", "t2", "t1"]);
    assert_eq!(store.find_project_of(&"t1".into()).await.unwrap().as_deref(), Some("p"));
    assert_eq!(store.find_project_of(&"none".into()).await.unwrap(), None);
    assert_eq!(store.count_conversations_of("p", "u").await.unwrap(), 3);
    assert_eq!(store.count_conversations_of("q", "u").await.unwrap(), 0);
}

async fn a_search_finds_titles_and_texts_and_no_wildcards(store: Store) {
    store.save_project(project("p", "p")).await.unwrap();
    let scope = user_scope("a", "u");
    for (task, title, message) in [
        ("t1", "Late Delivery", "Where is it?"),
        ("t2", "A question", "A delivery of 100% wool!"),
        ("t3", "Naïve \\ _", "'; DROP TABLE tasks; --"),
    ] {
        let new = NewTask { title: title.into(), ..task_of(&scope, task) };
        store.create_task(new, NewRun { message: message.into(), ..run(task, NOW) }).await.unwrap();
    }
    for (text, expected) in [
        ("delivery", vec!["t2", "t1"]),
        ("DELIVERY", vec!["t2", "t1"]),
        ("100%", vec!["t2"]),
        ("%", vec!["t2"]),
        ("_", vec!["t3"]),
        ("!", vec!["t2"]),
        ("\\", vec!["t3"]),
        ("Naïve", vec!["t3"]),
        ("'; drop", vec!["t3"]),
        ("nowhere", vec![]),
    ] {
        let filter = ConversationFilter { text: Some(text.into()), ..ConversationFilter::default() };
        assert_eq!(ids(&store, &filter).await, expected, "{text}");
    }
}

async fn a_database_describes_itself_and_its_nodes(store: Store) {
    let database = store.describe().await.unwrap();
    assert!(database.size_bytes > 0 && database.version.starts_with(|first: char| first.is_ascii_digit()));
    assert!(store.list_working_nodes().await.unwrap().is_empty());
    store.save_project(project("p", "p")).await.unwrap();
    for (task, node, until) in [("t1", "one", 5), ("t2", "one", 9), ("t3", "two", 7)] {
        let run = NewRun { node_id: node.into(), lease_until: NOW + until, ..run(task, NOW) };
        store.create_task(task_of(&user_scope("a", "u"), task), run).await.unwrap();
    }
    let nodes = store.list_working_nodes().await.unwrap();
    let nodes: Vec<_> = nodes.iter().map(|node| (node.node_id.as_str(), node.runs, node.lease_until)).collect();
    assert_eq!(nodes, [("one", 2, NOW + 9), ("two", 1, NOW + 7)]);
}
