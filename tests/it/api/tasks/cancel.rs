//! `DELETE /tasks/{id}`

use crate::scene::{Scene, ask, get_task, held_task, messages};
use serde_json::json;
use sigmic_shared::{TaskStatus, routes};
use sigmic_tests::{
    model::{Gate, Script},
    stream::{done, names},
};

#[tokio::test]
async fn cancelling_ends_the_run_and_keeps_its_text() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let (task, mut stream, _gate) = held_task(&scene, &user, "Half").await;
    let reply = user.delete(&routes::task(task.as_str())).await;
    assert_eq!(reply.data(), &json!({ "message": "Task cancelled" }));
    let rest = stream.rest().await;
    assert_eq!(done(&rest).status, TaskStatus::Cancelled);
    assert_eq!(done(&rest).final_response, "Half");
    assert!(!names(&rest).contains(&"error"), "{rest:#?}");
    scene.model.request(0).await.abandoned().await;
    let told = get_task(&user, &task).await;
    assert_eq!((&told.data()["status"], &told.data()["output"]["content"]), (&json!("cancelled"), &json!("Half")));
    assert_eq!(messages(&user, &task).await[1], ("assistant".to_owned(), "Half".to_owned()));
}

#[tokio::test]
async fn a_run_that_has_said_nothing_yet_can_be_cancelled() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let gate = Gate::new();
    scene.model.script(Script::answer("never").hold_reply(&gate));
    let task = user.create_task("hi").await;
    gate.reached().await;
    user.delete(&routes::task(task.as_str())).await.data();
    scene.model.request(0).await.abandoned().await;
    assert_eq!(get_task(&user, &task).await.data()["status"], "cancelled");
}

#[tokio::test]
async fn a_wait_before_a_retry_can_be_cancelled() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    scene.model.script(Script::error(429, "rate_limit_exceeded", "Slow down.").retry_after("25"));
    let mut stream = user.create_task_streaming("hi").await;
    let opening = stream.until(|event| format!("{event:?}").contains("Retrying")).await;
    user.delete(&routes::task(crate::scene::task_id(&opening).as_str())).await.data();
    assert_eq!(done(&stream.rest().await).status, TaskStatus::Cancelled);
    assert_eq!(scene.model.requests().len(), 1);
}

#[tokio::test]
async fn cancelling_what_is_finished_changes_nothing() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let finished = ask(&user, "hi").await;
    let (cancelled, _stream, _gate) = held_task(&scene, &user, "Half").await;
    user.delete(&routes::task(cancelled.as_str())).await.data();
    for task in [finished, cancelled] {
        let before = get_task(&user, &task).await;
        for _ in 0..2 {
            let reply = user.delete(&routes::task(task.as_str())).await;
            assert!(reply.data()["message"].is_string(), "{}", reply.text);
        }
        assert_eq!(get_task(&user, &task).await.data(), before.data());
    }
}

#[tokio::test]
async fn a_cancelled_task_goes_on_with_a_follow_up() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let (task, mut stream, _gate) = held_task(&scene, &user, "Half").await;
    user.delete(&routes::task(task.as_str())).await.data();
    stream.rest().await;
    let events = user.follow_up_streaming(&task, "go on").await.rest().await;
    assert_eq!(done(&events).final_response, "echo: go on");
    let conversation = scene.model.request(1).await.conversation();
    let text: Vec<_> = conversation.iter().map(|(role, text)| (&**role, &**text)).collect();
    assert_eq!(text, [("user", "hold on"), ("assistant", "Half"), ("user", "go on")]);
    assert_eq!(get_task(&user, &task).await.data()["status"], "completed");
}
