//! Tasks, their runs and messages, and who may see them.

use super::{NOW, app, chapters, project, run, task_of, user_scope};
use sigmic::store::{
    IdempotencyKey, NewRun, NewTask, RunCheckpoint, RunEnd, RunStart, Store, TaskScope, ToolCallRecord,
};
use sigmic_shared::{Role, TaskStatus, Thought, ToolCallStatus, stream::Usage, tool_call::ToolCall};

chapters!(
    a_task_lives_from_question_to_answer,
    nobody_sees_anothers_tasks,
    a_key_starts_one_run_only,
    orphans_are_ended_with_their_text_kept,
    what_waits_for_approval_is_let_go_of_and_taken_once,
    a_run_belongs_to_one_node,
    lists_are_by_activity_and_leave_out_what_is_hidden,
);

fn checkpoint(task: &str, name: &str, text: &str) -> RunCheckpoint {
    RunCheckpoint {
        task_id: task.into(),
        answer_id: format!("{name}-answer").into(),
        text: text.into(),
        thoughts: Vec::new(),
        tool_calls: Vec::new(),
        run_no: 1,
        node_id: "node".into(),
        now_ms: NOW + 100,
    }
}

fn end(task: &str, name: &str, text: &str, status: TaskStatus) -> RunEnd {
    RunEnd {
        answer: checkpoint(task, name, text),
        status,
        error: None,
        usage: Usage { input_tokens: 3, output_tokens: 4 },
        first_sign_at: Some(NOW + 40),
    }
}

async fn a_task_lives_from_question_to_answer(store: Store) {
    store.save_project(project("p", "p")).await.unwrap();
    let scope = user_scope("a", "u");
    let new = NewTask { env: Some([("A".into(), "nul \0 and 😀".into())].into()), ..task_of(&scope, "t") };
    assert_eq!(store.create_task(new, run("r1", NOW)).await.unwrap(), RunStart::Started { run_no: 1 });
    let task = store.find_task(&scope, &"t".into()).await.unwrap().unwrap();
    assert_eq!((task.status, task.message_count, task.run_no), (TaskStatus::Running, 2, 1));
    assert_eq!(task.env.unwrap().0["A"], "nul \0 and 😀");
    assert_eq!((task.started_at, task.completed_at), (Some(NOW), None));

    let again = store.begin_run(&scope, &"t".into(), run("r2", NOW)).await.unwrap();
    assert_eq!(again, RunStart::Running);

    let mut halfway = checkpoint("t", "r1", "half");
    let call = ToolCall {
        call_id: "c".into(),
        tool_name: "s__t".into(),
        status: ToolCallStatus::AwaitingApproval,
        args: serde_json::json!({ "a": "\0", "b": [1.5] }),
        output: None,
        duration_ms: None,
        text_offset: Some(4),
    };
    halfway.tool_calls = vec![ToolCallRecord { call, step: 1, text_offset: 4, allows_always: false }];
    halfway.thoughts = vec![Thought { subject: "s".into(), description: "d".into() }];
    assert!(store.turn_run(halfway.clone(), TaskStatus::AwaitingApproval).await.unwrap());
    assert_eq!(store.find_task(&scope, &"t".into()).await.unwrap().unwrap().status, TaskStatus::AwaitingApproval);
    let answer = store.find_last_answer(&"t".into()).await.unwrap().unwrap();
    assert_eq!(
        (answer.content.as_str(), &answer.tool_calls.0, &answer.thoughts.0),
        ("half", &halfway.tool_calls, &halfway.thoughts)
    );

    assert!(store.finish_run(end("t", "r1", "whole", TaskStatus::Completed)).await.unwrap());
    assert!(!store.finish_run(end("t", "r1", "late", TaskStatus::Failed)).await.unwrap());
    assert!(!store.checkpoint_run(checkpoint("t", "r1", "late")).await.unwrap(), "it has ended");
    let task = store.find_task(&scope, &"t".into()).await.unwrap().unwrap();
    assert_eq!((task.status, task.completed_at, task.lease_until), (TaskStatus::Completed, Some(NOW + 100), None));

    let next = store.begin_run(&scope, &"t".into(), run("r2", NOW + 200)).await.unwrap();
    assert_eq!(next, RunStart::Started { run_no: 2 });
    let messages = store.list_messages(&"t".into()).await.unwrap();
    let told: Vec<_> = messages.iter().map(|message| (message.seq, message.role, message.content.as_str())).collect();
    assert_eq!(
        told,
        [
            (1, Role::User, "question r1"),
            (2, Role::Assistant, "whole"),
            (3, Role::User, "question r2"),
            (4, Role::Assistant, "")
        ]
    );
    assert!(!store.finish_run(end("t", "r1", "of the run before", TaskStatus::Failed)).await.unwrap());
}

async fn nobody_sees_anothers_tasks(store: Store) {
    for id in ["p", "q"] {
        store.save_project(project(id, id)).await.unwrap();
    }
    for id in ["a", "b"] {
        store.save_app(app(id, "p")).await.unwrap();
    }
    let owner = user_scope("a", "u");
    let id = "t".into();
    store.create_task(task_of(&owner, "t"), run("r", NOW)).await.unwrap();
    store.finish_run(end("t", "r", "answer", TaskStatus::Completed)).await.unwrap();
    let strangers = [
        user_scope("a", "v"),
        user_scope("b", "u"),
        user_scope("a", "U"),
        TaskScope::Project { project_id: "q".into() },
    ];
    for stranger in &strangers {
        assert_eq!(store.find_task(stranger, &id).await.unwrap(), None, "{stranger:?}");
        assert!(!store.rename_task(stranger, &id, "mine".into()).await.unwrap(), "{stranger:?}");
        assert!(!store.erase_task(stranger, &id).await.unwrap(), "{stranger:?}");
        assert_eq!(store.begin_run(stranger, &id, run("x", NOW)).await.unwrap(), RunStart::NotFound, "{stranger:?}");
        assert_eq!(store.list_tasks(stranger, 10, 0).await.unwrap(), (vec![], 0), "{stranger:?}");
    }
    for insider in [owner, TaskScope::Project { project_id: "p".into() }] {
        assert!(store.find_task(&insider, &id).await.unwrap().is_some());
        assert_eq!(store.list_tasks(&insider, 10, 0).await.unwrap().1, 1);
        assert!(store.rename_task(&insider, &id, "new".into()).await.unwrap());
    }
    assert_eq!(store.list_end_user_tasks("p", &"u".into()).await.unwrap(), std::slice::from_ref(&id));
    assert!(store.list_end_user_tasks("q", &"u".into()).await.unwrap().is_empty());
    assert!(store.erase_task(&user_scope("a", "u"), &id).await.unwrap());
    assert!(store.list_messages(&id).await.unwrap().is_empty());
}

async fn a_key_starts_one_run_only(store: Store) {
    store.save_project(project("p", "p")).await.unwrap();
    let scope = user_scope("a", "u");
    let keyed = |name: &str, key: &str, hash: u8| NewRun {
        idempotency: Some(IdempotencyKey { caller: "a:u".into(), key: key.into(), request_hash: vec![hash] }),
        ..run(name, NOW)
    };
    let starts = futures::future::join_all((0..8).map(|n| {
        let (store, task, run) = (store.clone(), task_of(&scope, &format!("t{n}")), keyed(&format!("r{n}"), "k", 1));
        async move { store.create_task(task, run).await.unwrap() }
    }))
    .await;
    let started = starts.iter().filter(|start| matches!(start, RunStart::Started { .. })).count();
    assert_eq!(started, 1, "{starts:?}");
    let (tasks, total) = store.list_tasks(&scope, 10, 0).await.unwrap();
    assert_eq!(total, 1);
    let id = tasks[0].id.clone();
    let repeated = |same_request| RunStart::Repeated { task_id: id.clone(), run_no: 1, same_request };
    assert_eq!(starts.iter().filter(|start| **start == repeated(true)).count(), 7);
    assert_eq!(store.create_task(task_of(&scope, "x"), keyed("x", "k", 2)).await.unwrap(), repeated(false));

    // A refused follow-up does not use its key up.
    assert_eq!(store.begin_run(&scope, &id, keyed("f", "k2", 1)).await.unwrap(), RunStart::Running);
    let answer_id = store.list_messages(&id).await.unwrap()[1].id.clone();
    let mut ending = end(id.as_str(), "", "a", TaskStatus::Completed);
    ending.answer.answer_id = answer_id;
    assert!(store.finish_run(ending).await.unwrap());
    assert_eq!(store.begin_run(&scope, &id, keyed("f", "k2", 1)).await.unwrap(), RunStart::Started { run_no: 2 });
    assert_eq!(store.forget_idempotency_keys(NOW).await.unwrap(), 0);
    assert_eq!(store.forget_idempotency_keys(NOW + 1).await.unwrap(), 2);
}

async fn orphans_are_ended_with_their_text_kept(store: Store) {
    store.save_project(project("p", "p")).await.unwrap();
    let scope = user_scope("a", "u");
    for (task, node) in [("mine", "node"), ("theirs", "other")] {
        let run = NewRun { node_id: node.into(), ..run(task, NOW) };
        store.create_task(task_of(&scope, task), run).await.unwrap();
        let so_far = RunCheckpoint { node_id: node.into(), ..checkpoint(task, task, "so far") };
        assert!(store.checkpoint_run(so_far).await.unwrap());
    }
    assert_eq!(store.find_running_node(&"mine".into(), NOW).await.unwrap().as_deref(), Some("node"));
    assert_eq!(store.find_running_node(&"mine".into(), NOW + 15_001).await.unwrap(), None);
    assert_eq!(store.interrupt_runs_of("node".into(), NOW, "INTERRUPTED: x".into()).await.unwrap(), 1);
    let mine = store.find_task(&scope, &"mine".into()).await.unwrap().unwrap();
    assert_eq!((mine.status, mine.error.as_deref()), (TaskStatus::Failed, Some("INTERRUPTED: x")));
    assert_eq!(store.find_last_answer(&"mine".into()).await.unwrap().unwrap().content, "so far");

    store.renew_leases("other".into(), NOW + 30_000).await.unwrap();
    assert_eq!(store.interrupt_orphans(NOW + 20_000, "INTERRUPTED: y".into()).await.unwrap(), 0);
    assert_eq!(store.interrupt_orphans(NOW + 30_001, "INTERRUPTED: y".into()).await.unwrap(), 1);
    assert_eq!(store.interrupt_orphans(NOW + 30_001, "INTERRUPTED: y".into()).await.unwrap(), 0);
}

async fn lists_are_by_activity_and_leave_out_what_is_hidden(store: Store) {
    store.save_project(project("p", "p")).await.unwrap();
    let scope = user_scope("a", "u");
    for (n, id) in ["t0", "t1", "t2", "hidden"].into_iter().enumerate() {
        let task = NewTask { show_in_history: id != "hidden", ..task_of(&scope, id) };
        store.create_task(task, run(id, NOW + n as i64)).await.unwrap();
    }
    let mut touched = end("t0", "t0", "a", TaskStatus::Completed);
    touched.answer.now_ms = NOW + 50;
    store.finish_run(touched).await.unwrap();
    let ids = async |scope: &TaskScope, limit, offset| {
        let (tasks, total) = store.list_tasks(scope, limit, offset).await.unwrap();
        (tasks.into_iter().map(|task| task.id.0).collect::<Vec<_>>(), total)
    };
    assert_eq!(ids(&scope, 10, 0).await, (vec!["t0".into(), "t2".into(), "t1".into()], 3));
    assert_eq!(ids(&scope, 1, 1).await, (vec!["t2".into()], 3));
    assert_eq!(ids(&scope, 10, u64::MAX).await, (vec![], 3));
    let everything = ids(&TaskScope::Project { project_id: "p".into() }, 10, 0).await;
    assert_eq!(everything, (vec!["t0".into(), "hidden".into(), "t2".into(), "t1".into()], 4));
}

async fn what_waits_for_approval_is_let_go_of_and_taken_once(store: Store) {
    store.save_project(project("p", "p")).await.unwrap();
    let scope = user_scope("a", "u");
    let find = async |task: &str| store.find_task(&scope, &task.into()).await.unwrap().unwrap();
    for (task, node) in [("own", "node"), ("orphan", "other"), ("parked", "node"), ("single", "node")] {
        let run = NewRun { node_id: node.into(), context_jti: Some("j".into()), ..run(task, NOW) };
        store.create_task(task_of(&scope, task), run).await.unwrap();
        let waiting = RunCheckpoint { node_id: node.into(), ..checkpoint(task, task, "may I?") };
        assert!(store.turn_run(waiting, TaskStatus::AwaitingApproval).await.unwrap());
        let taken = store.take_parked_run(task.into(), "thief".into(), NOW, None).await.unwrap();
        assert_eq!(taken, None, "{task}: its lease holds");
    }
    assert!(store.park_run(checkpoint("parked", "parked", "may I, please?")).await.unwrap());
    assert!(!store.park_run(checkpoint("parked", "parked", "again")).await.unwrap(), "it is let go of already");
    assert!(store.interrupt_run("single".into(), 1, NOW, "INTERRUPTED: x".into()).await.unwrap());
    store.interrupt_runs_of("node".into(), NOW, "INTERRUPTED: x".into()).await.unwrap();
    store.interrupt_orphans(NOW + 20_000, "INTERRUPTED: x".into()).await.unwrap();
    for (task, text) in [("own", "may I?"), ("orphan", "may I?"), ("parked", "may I, please?"), ("single", "may I?")] {
        let parked = find(task).await;
        assert_eq!((parked.status, parked.error, parked.completed_at), (TaskStatus::AwaitingApproval, None, None));
        assert_eq!((parked.node_id, parked.lease_until, parked.last_activity_at), (None, None, NOW), "{task}");
        let answer = store.find_last_answer(&task.into()).await.unwrap().unwrap();
        assert_eq!(answer.content, text);
        assert_eq!(store.begin_run(&scope, &task.into(), run("x", NOW)).await.unwrap(), RunStart::Running);
    }

    let takers =
        futures::future::join_all(
            (0..8).map(|number| {
                let store = store.clone();
                async move {
                    store.take_parked_run("own".into(), format!("node-{number}"), NOW + 15_000, None).await.unwrap()
                }
            }),
        )
        .await;
    let won: Vec<_> = (0..8).filter(|&number| takers[number].is_some()).collect();
    assert_eq!(won.len(), 1, "{takers:?}");
    assert_eq!(takers[won[0]].as_ref().map(|run| (run.run_no, run.started_at)), Some((1, NOW)));
    let taken = find("own").await;
    assert_eq!((taken.node_id, taken.lease_until), (Some(format!("node-{}", won[0])), Some(NOW + 15_000)));
    assert_eq!(store.take_parked_run("none".into(), "node".into(), NOW, None).await.unwrap(), None);
}

async fn a_run_belongs_to_one_node(store: Store) {
    store.save_project(project("p", "p")).await.unwrap();
    let scope = user_scope("a", "u");
    store.create_task(task_of(&scope, "t"), run("r", NOW)).await.unwrap();
    let own = checkpoint("t", "r", "own");
    assert!(store.checkpoint_run(own.clone()).await.unwrap());
    for stranger in [
        RunCheckpoint { node_id: "other".into(), text: "stranger".into(), ..own.clone() },
        RunCheckpoint { run_no: 2, text: "stranger".into(), ..own.clone() },
        RunCheckpoint { task_id: "other".into(), text: "stranger".into(), ..own.clone() },
    ] {
        assert!(!store.checkpoint_run(stranger.clone()).await.unwrap());
        assert!(!store.turn_run(stranger.clone(), TaskStatus::AwaitingApproval).await.unwrap());
        assert!(!store.park_run(stranger.clone()).await.unwrap());
        let end = RunEnd {
            answer: stranger,
            status: TaskStatus::Failed,
            error: None,
            usage: Usage::default(),
            first_sign_at: None,
        };
        assert!(!store.finish_run(end).await.unwrap());
    }
    assert_eq!(store.find_last_answer(&"t".into()).await.unwrap().unwrap().content, "own");
    assert_eq!(store.find_task(&scope, &"t".into()).await.unwrap().unwrap().status, TaskStatus::Running);
}
