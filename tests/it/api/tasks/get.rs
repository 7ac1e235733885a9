//! `GET /tasks/{id}`

use crate::scene::{Scene, ask, get_task, held_task};
use serde_json::{Value, json};
use sigmic_shared::routes;
use sigmic_tests::{eventually, model::Script};
use std::collections::BTreeSet;

const FIELDS: [&str; 17] = [
    "apiKeyId",
    "autoExecute",
    "completedAt",
    "conversationId",
    "createdAt",
    "env",
    "error",
    "id",
    "message",
    "sessionId",
    "showInHistory",
    "startedAt",
    "status",
    "systemPrompt",
    "title",
    "username",
    "output",
];

fn names(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn is_moment(value: &Value) -> bool {
    let shape: String =
        value.as_str().unwrap_or_default().chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    shape == "0000-00-00T00:00:00.000Z"
}

#[tokio::test]
async fn a_finished_task_has_the_documented_fields() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let task = ask(&user, "hello there").await;
    let reply = get_task(&user, &task).await;
    let data = reply.data();
    assert_eq!(names(data), FIELDS.into());
    for (name, value) in [
        ("id", json!(task)),
        ("sessionId", json!(task)),
        ("conversationId", json!(task)),
        ("apiKeyId", Value::Null),
        ("username", json!("u1")),
        ("status", json!("completed")),
        ("message", json!("hello there")),
        ("title", json!("hello there")),
        ("systemPrompt", Value::Null),
        ("showInHistory", json!(true)),
        ("autoExecute", json!(true)),
        ("env", Value::Null),
        ("error", Value::Null),
    ] {
        assert_eq!(data[name], value, "{name}");
    }
    for name in ["createdAt", "startedAt", "completedAt"] {
        assert!(is_moment(&data[name]), "{name}: {}", data[name]);
    }
    assert!(data["createdAt"].as_str() <= data["completedAt"].as_str());
    assert_eq!(names(&data["output"]), ["content", "updatedAt"].into());
    assert_eq!(data["output"]["content"], "echo: hello there");
    assert!(is_moment(&data["output"]["updatedAt"]));
}

#[tokio::test]
async fn a_programs_task_names_its_key() {
    let scene = Scene::start().await;
    let program = scene.program();
    let task = ask(&program, "hi").await;
    let reply = get_task(&program, &task).await;
    let key = &scene.installation.run_json(&["key", "list"]).await[0];
    assert_eq!((&reply.data()["apiKeyId"], &reply.data()["username"]), (&key["id"], &json!("Test")));
}

#[tokio::test]
async fn a_running_task_shows_what_it_has_so_far() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let (task, mut stream, gate) = held_task(&scene, &user, "So far").await;
    let partial = eventually("the text so far is stored", async || {
        let reply = get_task(&user, &task).await;
        (reply.data()["output"]["content"] == "So far").then_some(reply)
    })
    .await;
    assert_eq!(partial.data()["status"], "running");
    assert_eq!(partial.data()["completedAt"], Value::Null);
    assert!(partial.data().get("pendingApprovals").is_none());
    gate.open();
    stream.rest().await;
    let whole = get_task(&user, &task).await;
    assert_eq!(
        (&whole.data()["output"]["content"], &whole.data()["status"]),
        (&json!("So far end."), &json!("completed"))
    );
}

#[tokio::test]
async fn reasoning_is_kept_with_the_answer() {
    let scene = Scene::start().await;
    scene.model.script(Script::new().reasoning("**Plan**\n\nLook it up.").text("Found.").finish("stop"));
    let user = scene.user("u1").await;
    let task = ask(&user, "hi").await;
    let thoughts = json!([{ "subject": "Plan", "description": "Look it up." }]);
    assert_eq!(get_task(&user, &task).await.data()["output"]["thoughts"], thoughts);
    let history = user.get(&routes::history(task.as_str())).await;
    assert_eq!(history.data()["messages"][1]["thoughts"], thoughts);
}

#[tokio::test]
async fn a_title_is_made_from_the_message() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    for (message, title) in
        [("Where is my order?", "Where is my order?"), ("\n\n  Where\tis it?  \nI need it.", "Where is it?")]
    {
        let task = ask(&user, message).await;
        assert_eq!(get_task(&user, &task).await.data()["title"], title, "{message:?}");
    }
    let long = ask(&user, &"wörd ".repeat(100)).await;
    let reply = get_task(&user, &long).await;
    let title = reply.data()["title"].as_str().unwrap();
    assert!(title.starts_with("wörd wörd") && title.chars().count() <= 100, "{title:?}");
}
