//! `Idempotency-Key`: the same request twice is one request.

use crate::scene::{Scene, ask, held_task, messages, task_id};
use http::Method;
use serde_json::{Value, json};
use sigmic_shared::{ErrorCode, TaskId, routes};
use sigmic_tests::{
    client::{Client, Reply, send},
    model::{Gate, Script},
    stream::{EventStream, done, joined_text},
};

async fn post(client: &Client, path: &str, key: &str, body: &Value) -> Reply {
    send(client.request(Method::POST, path).header("idempotency-key", key).json(body)).await
}

async fn post_streaming(client: &Client, path: &str, key: &str, body: &Value) -> EventStream {
    let request =
        client.request(Method::POST, path).header("idempotency-key", key).header("accept", "text/event-stream");
    EventStream::open(request.json(body).send().await.expect("the server answers")).await
}

#[tokio::test]
async fn the_same_key_creates_one_task() {
    for scene in [Scene::start().await, Scene::start_on_postgres().await] {
        let user = scene.user("u1").await;
        let body = json!({ "message": "once" });
        let first = post(&user, routes::TASKS, "key-1", &body).await;
        let task: TaskId = first.data()["id"].as_str().unwrap().into();
        for _ in 0..2 {
            assert_eq!(post(&user, routes::TASKS, "key-1", &body).await.body, first.body);
            user.finished(&task).await;
        }
        // The order of fields is no other body.
        let request = user.request(Method::POST, routes::TASKS).header("idempotency-key", "key-1");
        let spaced = send(request.header("content-type", "application/json").body("{ \"message\" :  \"once\" }")).await;
        assert_eq!(spaced.body, first.body);
        // A token of later is the same caller; another user, another key, no key are not.
        assert_eq!(post(&scene.user("u1").await, routes::TASKS, "key-1", &body).await.body, first.body);
        for other in [
            post(&scene.user("u2").await, routes::TASKS, "key-1", &body).await,
            post(&scene.program(), routes::TASKS, "key-1", &body).await,
            post(&user, routes::TASKS, "key-2", &body).await,
            user.post(routes::TASKS, body.clone()).await,
        ] {
            assert_ne!(other.data()["id"], first.data()["id"]);
        }
        scene.model.request(4).await;
        assert_eq!(scene.model.requests().len(), 5);
        assert_eq!(user.get(routes::TASKS).await.body["pagination"]["total"], 3);
    }
}

#[tokio::test]
async fn another_body_under_the_same_key_is_refused() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let task = ask(&user, "hi").await;
    let first = post(&user, routes::TASKS, "k", &json!({ "message": "a" })).await;
    for body in
        [json!({ "message": "b" }), json!({ "message": "a", "showInHistory": false }), json!({ "message": "a " })]
    {
        post(&user, routes::TASKS, "k", &body).await.expect_error(ErrorCode::ValidationError);
    }
    let elsewhere = post(&user, &routes::messages(task.as_str()), "k", &json!({ "message": "a" })).await;
    elsewhere.expect_error(ErrorCode::ValidationError);
    assert_eq!(post(&user, routes::TASKS, "k", &json!({ "message": "a" })).await.body, first.body);
    scene.model.request(1).await;
    assert_eq!(scene.model.requests().len(), 2);
}

#[tokio::test]
async fn a_refused_request_uses_no_key_up() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    post(&user, routes::TASKS, "k", &json!({})).await.expect_error(ErrorCode::ValidationError);
    let first = post(&user, routes::TASKS, "k", &json!({ "message": "a" })).await;
    user.finished(&TaskId(first.data()["id"].as_str().expect("a task has an id").to_owned())).await;
    let (task, mut stream, gate) = held_task(&scene, &user, "Half").await;
    let (path, body) = (routes::messages(task.as_str()), json!({ "message": "b" }));
    post(&user, &path, "l", &body).await.expect_error(ErrorCode::TaskRunning);
    gate.open();
    stream.rest().await;
    post(&user, &path, "l", &body).await.data();
    user.finished(&task).await;
    assert_eq!(messages(&user, &task).await.len(), 4);
}

#[tokio::test]
async fn a_key_has_a_form() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let body = json!({ "message": "a" });
    for (key, taken) in [
        ("x", true),
        ("a b/c:d=", true),
        (&*"k".repeat(255), true),
        ("", false),
        (&*"k".repeat(256), false),
        ("ü", false),
    ] {
        let reply = post(&user, routes::TASKS, key, &body).await;
        assert_eq!(reply.status == 200, taken, "{key}: {}", reply.text);
        if !taken {
            reply.expect_error(ErrorCode::ValidationError);
        }
    }
}

#[tokio::test]
async fn a_follow_up_is_sent_once_too() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let task = ask(&user, "one").await;
    let (path, body) = (routes::messages(task.as_str()), json!({ "message": "two" }));
    let first = post(&user, &path, "k", &body).await;
    assert_eq!(post(&user, &path, "k", &body).await.body, first.body);
    user.finished(&task).await;
    assert_eq!(post(&user, &path, "k", &body).await.body, first.body);
    user.post(&path, json!({ "message": "three" })).await.data();
    user.finished(&task).await;
    assert_eq!(post(&user, &path, "k", &body).await.body, first.body);
    assert_eq!(scene.model.requests().len(), 3);
    assert_eq!(messages(&user, &task).await.len(), 6);
}

#[tokio::test]
async fn at_the_same_moment_too() {
    for scene in [Scene::start().await, Scene::start_on_postgres().await] {
        let user = scene.user("u1").await;
        let body = json!({ "message": "once" });
        let replies = futures::future::join_all((0..12).map(|_| post(&user, routes::TASKS, "k", &body))).await;
        assert!(replies.iter().all(|reply| reply.body == replies[0].body && reply.status == 200), "{replies:#?}");
        let task: TaskId = replies[0].data()["id"].as_str().unwrap().into();
        user.finished(&task).await;
        let path = routes::messages(task.as_str());
        let replies = futures::future::join_all((0..12).map(|_| post(&user, &path, "l", &body))).await;
        assert!(replies.iter().all(|reply| reply.status == 200), "{replies:#?}");
        user.finished(&task).await;
        assert_eq!(scene.model.requests().len(), 2);
        assert_eq!(user.get(routes::TASKS).await.body["pagination"]["total"], 1);
    }
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_stream() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let gate = Gate::new();
    scene.model.script(Script::new().text("Hel").gate(&gate).text("lo").finish("stop"));
    let body = json!({ "message": "hi" });
    let mut first = post_streaming(&user, routes::TASKS, "k", &body).await;
    let mut seen = first.until_text("Hel").await;
    let mut second = post_streaming(&user, routes::TASKS, "k", &body).await;
    let mut again = second.until_text("Hel").await;
    gate.open();
    seen.extend(first.rest().await);
    again.extend(second.rest().await);
    // And when it is long over.
    let later = post_streaming(&user, routes::TASKS, "k", &body).await.rest().await;
    for events in [&seen, &again, &later] {
        assert_eq!(task_id(events), task_id(&seen));
        assert_eq!((&*joined_text(events), &*done(events).final_response), ("Hello", "Hello"), "{events:#?}");
    }
    assert_eq!(scene.model.requests().len(), 1);
    // A restart forgets the run, but not the key.
    let scene = scene.crash_and_restart().await;
    let user = scene.user("u1").await;
    let after = post_streaming(&user, routes::TASKS, "k", &body).await.rest().await;
    assert_eq!((task_id(&after), &*joined_text(&after)), (task_id(&seen), "Hello"));
    assert_eq!(done(&after).final_response, "Hello");
    assert_eq!(scene.model.requests().len(), 1);
}
