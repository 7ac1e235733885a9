//! `GET /tasks/{id}/history`

use crate::scene::{Scene, ask, held_task};
use serde_json::{Value, json};
use sigmic_shared::routes;
use std::collections::BTreeSet;

#[tokio::test]
async fn messages_have_the_documented_fields_and_order() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let task = ask(&user, "one").await;
    let reply = user.get(&routes::history(task.as_str())).await;
    let data = reply.data();
    assert_eq!(data["taskId"], json!(task));
    assert_eq!(data["conversationId"], json!(task));
    assert_eq!(data["status"], "completed");
    assert_eq!(data.as_object().unwrap().len(), 4);
    let expected = [("user", "one"), ("assistant", "echo: one")];
    let messages = data["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 2);
    for (message, (role, content)) in messages.iter().zip(expected) {
        let names: BTreeSet<&str> = message.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["content", "createdAt", "id", "role"].into(), "{message}");
        assert_eq!((&message["role"], &message["content"]), (&json!(role), &json!(content)));
        assert_eq!(uuid::Uuid::parse_str(message["id"].as_str().unwrap()).unwrap().get_version_num(), 7);
    }
    assert_ne!(messages[0]["id"], messages[1]["id"]);
}

#[tokio::test]
async fn any_text_comes_back_as_it_was_sent() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    for text in [
        "line\r\nbreaks\n\ntwice",
        "data: x\nevent: done\n\n",
        "\u{2028}\u{2029}\u{feff}",
        "😀 مرحبا שלום",
        "<script>alert(1)</script>",
        "\\u0000 {{mcp.A}} ${PATH}",
        " kept ",
    ] {
        let task = ask(&user, text).await;
        let reply = user.get(&routes::history(task.as_str())).await;
        assert_eq!(reply.data()["messages"][0]["content"], text);
        assert_eq!(reply.data()["messages"][1]["content"], format!("echo: {text}"));
    }
}

#[tokio::test]
async fn a_running_task_has_its_question_in_the_history() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let (task, _stream, _gate) = held_task(&scene, &user, "Half").await;
    let reply = user.get(&routes::history(task.as_str())).await;
    assert_eq!(reply.data()["status"], "running");
    let first: &Value = &reply.data()["messages"][0];
    assert_eq!((&first["role"], &first["content"]), (&json!("user"), &json!("hold on")));
}
