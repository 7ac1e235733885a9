//! `POST /tasks/{id}/messages`

use crate::scene::{Scene, ask, get_task, held_task, messages};
use serde_json::{Value, json};
use sigmic_shared::{ErrorCode, routes};
use sigmic_tests::model::Script;

#[tokio::test]
async fn the_model_sees_the_whole_conversation() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let task = ask(&user, "one").await;
    for message in ["two", "three"] {
        let reply = user.post(&routes::messages(task.as_str()), json!({ "message": message })).await;
        assert_eq!(reply.body, json!({ "success": true, "data": { "status": "running" } }));
        user.finished(&task).await;
    }
    let expected = [
        ("user", "one"),
        ("assistant", "echo: one"),
        ("user", "two"),
        ("assistant", "echo: two"),
        ("user", "three"),
        ("assistant", "echo: three"),
    ]
    .map(|(role, text)| (role.to_owned(), text.to_owned()));
    for index in 0..3 {
        assert_eq!(scene.model.request(index).await.conversation(), expected[..2 * index + 1]);
    }
    assert_eq!(messages(&user, &task).await, expected);
    let told = get_task(&user, &task).await;
    assert_eq!((&told.data()["message"], &told.data()["output"]["content"]), (&json!("one"), &json!("echo: three")));
}

#[tokio::test]
async fn a_running_task_takes_no_follow_up() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let (task, mut stream, gate) = held_task(&scene, &user, "Half").await;
    let path = routes::messages(task.as_str());
    for client in [&user, &scene.program()] {
        client.post(&path, json!({ "message": "too early" })).await.expect_error(ErrorCode::TaskRunning);
    }
    gate.open();
    stream.rest().await;
    user.post(&path, json!({ "message": "now" })).await.data();
    user.finished(&task).await;
    assert_eq!(scene.model.requests().len(), 2);
    assert_eq!(messages(&user, &task).await.len(), 4);
}

#[tokio::test]
async fn of_two_at_once_one_wins() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let task = ask(&user, "first").await;
    let path = routes::messages(task.as_str());
    for round in 0..5 {
        let sent = (0..4).map(|number| user.post(&path, json!({ "message": format!("{round}-{number}") })));
        let replies = futures::future::join_all(sent).await;
        let accepted = replies.iter().filter(|reply| reply.status == 200).count();
        // A run may be over before the next request comes.
        assert!(accepted >= 1, "{replies:#?}");
        for reply in replies.iter().filter(|reply| reply.status != 200) {
            reply.expect_error(ErrorCode::TaskRunning);
        }
        user.finished(&task).await;
        let stored = messages(&user, &task).await;
        assert_eq!(stored.len(), 2 * scene.model.requests().len(), "{stored:#?}");
    }
}

#[tokio::test]
async fn a_failed_task_goes_on() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    scene.model.script(Script::error(401, "invalid_api_key", "No."));
    let task = ask(&user, "one").await;
    assert_eq!(get_task(&user, &task).await.data()["status"], "failed");
    user.post(&routes::messages(task.as_str()), json!({ "message": "two" })).await.data();
    user.finished(&task).await;
    let told = get_task(&user, &task).await;
    assert_eq!((&told.data()["status"], &told.data()["error"]), (&json!("completed"), &Value::Null));
    let asked = scene.model.request(1).await.conversation();
    assert!(asked.iter().any(|(_, text)| text.contains("one")) && asked.last().unwrap().1.contains("two"), "{asked:?}");
}

#[tokio::test]
async fn a_program_may_send_env_and_secrets_again() {
    let scene = Scene::start().await;
    let program = scene.program();
    let task = ask(&program, "one").await;
    let path = routes::messages(task.as_str());
    for (body, code) in [
        (json!({ "message": "m", "env": [] }), Some(ErrorCode::InvalidEnv)),
        (json!({ "message": "m", "secrets": { "A": 5 } }), Some(ErrorCode::InvalidEnv)),
        (json!({ "message": "" }), Some(ErrorCode::ValidationError)),
        (json!({}), Some(ErrorCode::ValidationError)),
        (json!({ "message": "m", "env": { "A": "b" }, "secrets": { "C": "hunter2" } }), None),
    ] {
        let reply = program.post(&path, body).await;
        assert_eq!(reply.code(), code.map(ErrorCode::code), "{}", reply.text);
    }
    program.finished(&task).await;
    assert!(!get_task(&program, &task).await.text.contains("hunter2"));
}
