//! Calls that wait for somebody's decision, with a real tool behind them.

use super::errand::{Errand, obey, scene_on};
use crate::scene::{Scene, get_task, task_id};
use serde_json::{Value, json};
use sigmic_shared::{RunErrorCode, StreamEvent, TaskId, ToolCallStatus, routes};
use sigmic_tests::{
    client::Client,
    eventually,
    installation::Installation,
    mcp::{Behavior, LocalServer},
    stream::{EventStream, done},
};

async fn scene(server: &LocalServer, fields: Value) -> Scene {
    let mut project = json!({ "mcpServers": { "s": server.config(json!({ "A": "{{mcp.A}}" })) } });
    project.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    scene_on(Installation::new(), project).await
}

async fn visitor(scene: &Scene) -> Client {
    scene.visitor("u1", json!({ "A": "mine" }), json!({})).await
}

/// Starts a run and waits until it waits for a decision.
async fn waiting(user: &Client, steps: Value) -> (TaskId, EventStream) {
    let mut stream = user.create_task_streaming(&steps.to_string()).await;
    let opening = stream.until(is_waiting).await;
    (task_id(&opening), stream)
}

fn is_waiting(event: &StreamEvent) -> bool {
    matches!(event, StreamEvent::ToolCall(call) if call.status == ToolCallStatus::AwaitingApproval)
}

/// The ids of the calls that wait, once there are `count`.
async fn pending(user: &Client, task: &TaskId, count: usize) -> Vec<String> {
    eventually("the task awaits approval", async || {
        let told = get_task(user, task).await;
        let pending = told.data()["pendingApprovals"].as_array().cloned().unwrap_or_default();
        let ids = pending.iter().map(|call| call["callId"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        (told.data()["status"] == "awaiting_approval" && ids.len() == count).then_some(ids)
    })
    .await
}

async fn decide(user: &Client, task: &TaskId, call: &str, outcome: &str) {
    let reply = user.post(&routes::approve(task.as_str(), call), json!({ "outcome": outcome })).await;
    assert_eq!(reply.data()["approved"], json!(outcome != "cancel"), "{}", reply.text);
}

fn echo(text: &str) -> Value {
    json!([["s__echo", { "text": text }]])
}

#[tokio::test]
async fn each_outcome_does_what_it_says() {
    let server = LocalServer::new(Behavior::default());
    let scene = scene(&server, json!({ "toolPolicies": { "s__echo": "ask" } })).await;
    let user = visitor(&scene).await;
    let steps = json!([echo("refused"), echo("once"), echo("always"), echo("unasked")]);
    let (task, mut stream) = waiting(&user, steps).await;
    for (outcome, calls) in [("cancel", 0), ("proceed_once", 1)] {
        decide(&user, &task, &pending(&user, &task, 1).await[0], outcome).await;
        stream.until(is_waiting).await;
        assert_eq!(server.journal.calls("echo").len(), calls, "{outcome}");
    }
    decide(&user, &task, &pending(&user, &task, 1).await[0], "proceed_always").await;
    let events = stream.rest().await;
    assert_eq!(done(&events).final_response, "done.");
    let said: Vec<_> = server.journal.calls("echo").iter().map(|call| call.arguments()["text"].clone()).collect();
    assert_eq!(said, ["once", "always", "unasked"]);
    let refusal = scene.model.request(1).await.last_text();
    assert!(refusal.ends_with('.') && refusal.contains("refused"), "one clear sentence: {refusal}");
    let again = user.create_task_streaming(&json!([echo("another task")]).to_string()).await.until(is_waiting).await;
    assert!(!again.is_empty(), "what was decided always holds in its own task only");
}

#[tokio::test]
async fn policies_decide_what_runs_is_asked_for_and_is_denied() {
    let server = LocalServer::new(Behavior::default());
    let policies = json!({ "s__echo": "allow", "s__big": "ask", "s__*": "deny" });
    let scene = scene(&server, json!({ "toolPolicies": policies })).await;
    let user = visitor(&scene).await;
    let step = json!([["s__echo", { "text": "x" }], ["s__big", { "count": 1 }], ["s__image", {}]]);
    let (task, mut stream) = waiting(&user, json!([step])).await;
    server.journal.called("echo", 1).await;
    assert!(server.journal.calls("big").is_empty());
    decide(&user, &task, &pending(&user, &task, 1).await[0], "proceed_once").await;
    let errand = Errand { task, events: stream.rest().await };
    errand.expect_done();
    assert_eq!(server.journal.calls("big").len(), 1);
    assert!(server.journal.calls("image").is_empty());
    let told = scene.model.request(1).await.conversation();
    assert!(told.iter().any(|(role, text)| role == "tool" && text.contains("does not allow")), "{told:?}");
}

#[tokio::test]
async fn without_auto_execute_what_is_allowed_is_asked_for() {
    let server = LocalServer::new(Behavior::default());
    let scene = scene(&server, json!({ "autoExecute": false })).await;
    let user = visitor(&scene).await;
    let (task, mut stream) = waiting(&user, json!([echo("x")])).await;
    assert!(server.journal.calls("echo").is_empty());
    decide(&user, &task, &pending(&user, &task, 1).await[0], "proceed_once").await;
    assert_eq!(done(&stream.rest().await).final_response, "done.");
}

#[tokio::test]
async fn a_visitor_can_make_it_stricter_for_one_task() {
    let server = LocalServer::new(Behavior::default());
    let scene = scene(&server, json!({})).await;
    let user = visitor(&scene).await;
    let message = json!([echo("x")]).to_string();
    let made = user.post(routes::TASKS, json!({ "message": message, "autoExecute": false })).await;
    let task: TaskId = made.data()["id"].as_str().unwrap().into();
    let calls = pending(&user, &task, 1).await;
    assert!(server.journal.calls("echo").is_empty());
    decide(&user, &task, &calls[0], "cancel").await;
    user.finished(&task).await;
    assert!(server.journal.calls("echo").is_empty());
}

async fn survives(scene: Scene, server: &LocalServer, restart: impl AsyncFn(Scene) -> Scene) {
    let user = visitor(&scene).await;
    let (task, stream) =
        waiting(&user, json!([[["s__echo", { "text": "approved" }], ["s__echo", { "text": "refused" }]]])).await;
    let calls = pending(&user, &task, 2).await;
    drop(stream);
    let scene = restart(scene).await;
    scene.model.otherwise(obey);
    let user = visitor(&scene).await;
    assert_eq!(pending(&user, &task, 2).await, calls);
    assert!(server.journal.calls("echo").is_empty());
    decide(&user, &task, &calls[0], "proceed_once").await;
    decide(&user, &task, &calls[1], "cancel").await;
    let told = eventually("the run ends", async || {
        let told = get_task(&user, &task).await;
        (told.data()["status"] != "awaiting_approval" && told.data()["status"] != "running").then_some(told)
    })
    .await;
    assert_eq!(
        (&told.data()["status"], &told.data()["output"]["content"]),
        (&json!("completed"), &json!("done.")),
        "{}",
        told.text
    );
    let made = server.journal.calls("echo");
    assert_eq!(made.len(), 1);
    assert_eq!((&made[0].arguments()["text"], &*made[0].reached.env["A"]), (&json!("approved"), "mine"));
    let errors = user.finished(&task).await;
    assert!(!errors.iter().any(
        |received| matches!(&received.event, StreamEvent::Error(error) if error.code == RunErrorCode::Interrupted)
    ));
}

async fn stopped(scene: Scene) -> Scene {
    scene.restart().await.0
}

#[tokio::test]
async fn waiting_survives_a_stop_on_sqlite() {
    let server = LocalServer::new(Behavior::default());
    let scene = scene(&server, json!({ "toolPolicies": { "*": "ask" } })).await;
    survives(scene, &server, stopped).await;
}

#[tokio::test]
async fn waiting_survives_a_kill_on_sqlite() {
    let server = LocalServer::new(Behavior::default());
    let scene = scene(&server, json!({ "toolPolicies": { "*": "ask" } })).await;
    survives(scene, &server, Scene::crash_and_restart).await;
}

async fn postgres_scene(server: &LocalServer) -> Scene {
    let scene = Scene::start_on_postgres().await;
    scene.model.otherwise(obey);
    let project = json!({
        "name": crate::scene::PROJECT, "toolPolicies": { "*": "ask" },
        "mcpServers": { "s": server.config(json!({ "A": "{{mcp.A}}" })) },
    });
    scene.installation.apply(json!({ "projects": [project] })).await;
    scene.crash_and_restart().await
}

#[tokio::test]
async fn waiting_survives_a_stop_on_postgres() {
    let server = LocalServer::new(Behavior::default());
    survives(postgres_scene(&server).await, &server, stopped).await;
}

#[tokio::test]
async fn waiting_survives_a_kill_on_postgres() {
    let server = LocalServer::new(Behavior::default());
    survives(postgres_scene(&server).await, &server, Scene::crash_and_restart).await;
}
