//! A run that waits for approval outlives the server that began it.

use crate::scene::{Scene, ask, get_task, messages};
use serde_json::{Value, json};
use sigmic::store::{NewRun, RunCheckpoint, RunStart, Store, TaskScope, ToolCallRecord};
use sigmic_shared::{ErrorCode, StreamEvent, TaskId, TaskStatus, ToolCall, ToolCallStatus, routes};
use sigmic_tests::{
    client::Client,
    installation::Installation,
    model::Script,
    stream::{done, joined_text, names},
};

/// Leaves a follow-up behind as a server does that died while it waited for approval of the calls 2 and 3 and made
/// call 1.
async fn leave_waiting(store: &Store, scope: &TaskScope, task: &TaskId) {
    let run = NewRun {
        message: "Refund both.".into(),
        attached_files: Vec::new(),
        user_message_id: format!("{task}-question").into(),
        answer_id: format!("{task}-answer").into(),
        context_jti: None,
        node_id: "a node that is gone".into(),
        lease_until: 1,
        idempotency: None,
        request_id: None,
        now_ms: 1,
    };
    assert_eq!(store.begin_run(scope, task, run).await.unwrap(), RunStart::Started { run_no: 2 });
    let call = |id: &str, status| ToolCallRecord {
        call: ToolCall {
            call_id: id.into(),
            tool_name: "shop__refund".into(),
            status,
            args: json!({ "order": id }),
            output: None,
            duration_ms: None,
            text_offset: None,
        },
        step: 1,
        text_offset: 9,
        allows_always: false,
    };
    let waiting = RunCheckpoint {
        task_id: task.clone(),
        answer_id: format!("{task}-answer").into(),
        text: "Let's see".into(),
        thoughts: Vec::new(),
        tool_calls: vec![
            call("1", ToolCallStatus::Executing),
            call("2", ToolCallStatus::AwaitingApproval),
            call("3", ToolCallStatus::AwaitingApproval),
        ],
        run_no: 2,
        node_id: "a node that is gone".into(),
        now_ms: 1,
    };
    assert!(store.turn_run(waiting, TaskStatus::AwaitingApproval).await.unwrap());
}

async fn approve(client: &Client, task: &TaskId, call: &str, outcome: &str) -> sigmic_tests::client::Reply {
    client.post(&routes::approve(task.as_str(), call), json!({ "outcome": outcome })).await
}

async fn pending(client: &Client, task: &TaskId) -> (String, Vec<Value>) {
    let told = get_task(client, task).await;
    let pending = told.data()["pendingApprovals"].as_array().cloned().unwrap_or_default();
    (told.data()["status"].as_str().unwrap().to_owned(), pending)
}

async fn is_resumed_by_whoever_decides(scene: Scene) {
    let user = scene.user("u1").await;
    let task = ask(&user, "hi").await;
    let scope = TaskScope::EndUser { app_id: scene.app.app_id.as_str().into(), end_user_id: "u1".into() };
    let store = scene.store().await;
    leave_waiting(&store, &scope, &task).await;
    store.close().await;
    let waiting = [("2", "2"), ("3", "3")]
        .map(|(id, order)| json!({ "callId": id, "toolName": "shop__refund", "args": { "order": order } }));
    assert_eq!(pending(&user, &task).await, ("awaiting_approval".to_owned(), waiting.to_vec()));

    let (scene, status, log) = scene.restart().await;
    assert_eq!(status.code(), Some(0), "{log}");
    let scene = scene.crash_and_restart().await;
    let (user, stranger) = (scene.user("u1").await, scene.user("u2").await);
    assert_eq!(pending(&user, &task).await, ("awaiting_approval".to_owned(), waiting.to_vec()));
    let told = user.stream(&task).await.rest().await;
    assert_eq!(
        names(&told),
        ["history_message", "history_message", "history_message", "history_message", "history_done"]
    );
    let [.., answer, end] = &told[..] else { unreachable!("just compared") };
    let StreamEvent::HistoryMessage(answer) = &answer.event else { unreachable!("just compared") };
    assert_eq!(answer.tool_calls[1].status, ToolCallStatus::AwaitingApproval);
    let StreamEvent::HistoryDone(end) = &end.event else { unreachable!("just compared") };
    assert!(!end.is_streaming);
    let follow_up = user.post(&routes::messages(task.as_str()), json!({ "message": "well?" })).await;
    follow_up.expect_error(ErrorCode::TaskRunning);
    approve(&stranger, &task, "2", "proceed_once").await.expect_error(ErrorCode::NotFound);
    approve(&user, &task, "9", "proceed_once").await.expect_error(ErrorCode::NotFound);
    approve(&user, &task, "1", "proceed_once").await.expect_error(ErrorCode::ValidationError);
    assert_eq!(scene.model.requests().len(), 1, "nothing was resumed");

    scene.model.script(Script::answer("All right."));
    assert_eq!(approve(&user, &task, "2", "cancel").await.data(), &json!({ "approved": false }));
    assert_eq!(pending(&user, &task).await.1, waiting[1..]);
    let mut stream = user.stream(&task).await;
    let program = scene.program();
    assert_eq!(approve(&program, &task, "3", "proceed_once").await.data(), &json!({ "approved": true }));
    let told = stream.rest().await;
    assert_eq!(done(&told).final_response, "Let's see\n\nAll right.");
    assert_eq!(joined_text(&told), "Let's see\n\nAll right.");
    approve(&user, &task, "3", "proceed_once").await.expect_error(ErrorCode::ValidationError);
    let outputs = [
        ("1", "error", "The server stopped during this call."),
        ("2", "cancelled", "The user refused this call."),
        ("3", "error", "There is no tool named shop__refund."),
    ];
    let finished = get_task(&user, &task).await;
    for (number, (id, status, output)) in outputs.into_iter().enumerate() {
        let call = &finished.data()["output"]["toolCalls"][number];
        let told = (&call["callId"], &call["status"], &call["output"]);
        assert_eq!(told, (&json!(id), &json!(status), &json!(output)));
    }
    assert_eq!(finished.data()["status"], "completed");
    let conversation = scene.model.request(1).await.conversation();
    let results = conversation.iter().filter(|(role, _)| role == "tool").map(|(_, text)| text.as_str());
    assert_eq!(results.collect::<Vec<_>>(), outputs.map(|(_, _, output)| output));
}

#[tokio::test]
async fn a_run_that_waits_is_resumed_by_whoever_decides_on_sqlite() {
    is_resumed_by_whoever_decides(Scene::start().await).await;
}

#[tokio::test]
async fn a_run_that_waits_is_resumed_by_whoever_decides_on_postgres() {
    is_resumed_by_whoever_decides(Scene::start_on_postgres().await).await;
}

#[tokio::test]
async fn a_run_that_waits_can_be_cancelled_and_erased() {
    for scene in [Scene::start().await, Scene::on_postgres(Installation::new()).await] {
        let user = scene.user("u1").await;
        let scope = TaskScope::EndUser { app_id: scene.app.app_id.as_str().into(), end_user_id: "u1".into() };
        let (cancelled, erased) = (ask(&user, "hi").await, ask(&user, "hi").await);
        let store = scene.store().await;
        for task in [&cancelled, &erased] {
            leave_waiting(&store, &scope, task).await;
        }
        store.close().await;
        user.delete(&routes::task(cancelled.as_str())).await.data();
        assert_eq!(pending(&user, &cancelled).await, ("cancelled".to_owned(), vec![]));
        let answer = ("assistant".to_owned(), "Let's see".to_owned());
        assert_eq!(messages(&user, &cancelled).await[3], answer);
        approve(&user, &cancelled, "2", "proceed_once").await.expect_error(ErrorCode::ValidationError);
        user.delete(&routes::history(erased.as_str())).await.data();
        get_task(&user, &erased).await.expect_error(ErrorCode::NotFound);
        approve(&user, &erased, "2", "proceed_once").await.expect_error(ErrorCode::NotFound);
        let again = user.follow_up_streaming(&cancelled, "go on").await.rest().await;
        assert_eq!(done(&again).final_response, "echo: go on");
    }
}
