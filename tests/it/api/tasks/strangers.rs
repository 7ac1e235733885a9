//! What belongs to somebody else does not exist.

use crate::scene::{Scene, ask};
use http::{HeaderMap, Method};
use serde_json::json;
use sigmic_shared::{ErrorCode, TaskId, routes};
use sigmic_tests::client::{Client, send};

/// Every call that names a task.
fn calls(task: &str) -> Vec<(Method, String)> {
    let itself = routes::task(task);
    vec![
        (Method::GET, itself.clone()),
        (Method::HEAD, itself.clone()),
        (Method::PATCH, itself.clone()),
        (Method::DELETE, itself.clone()),
        (Method::POST, routes::messages(task)),
        (Method::GET, routes::stream(task)),
        (Method::GET, routes::history(task)),
        (Method::DELETE, routes::history(task)),
        (Method::POST, routes::approve(task, "call")),
        (Method::GET, format!("{itself}/artifacts")),
        (Method::GET, format!("{itself}/artifacts/download?path=uploads/a.txt")),
    ]
}

async fn answer(
    client: &Client,
    method: &Method,
    path: &str,
    idempotency_key: Option<&str>,
) -> (u16, HeaderMap, String) {
    let mut request = client.request(method.clone(), path).header("x-request-id", "same");
    if let Some(key) = idempotency_key {
        request = request.header("idempotency-key", key);
    }
    let bodied = matches!(*method, Method::POST | Method::PATCH);
    let body = json!({ "message": "mine", "title": "mine", "outcome": "proceed_once" });
    let reply = send(if bodied { request.json(&body) } else { request }).await;
    let mut headers = reply.headers.clone();
    headers.remove("date");
    (reply.status, headers, reply.text)
}

#[tokio::test]
async fn a_strangers_task_looks_exactly_like_none() {
    let scene = Scene::start().await;
    let other_app = scene.create_app(&[]).await;
    let clients = [
        scene.user("u1").await,
        scene.user("u2").await,
        Client::end_user(&scene.server, &other_app, "u1").await,
        Client::end_user(&scene.server, &other_app, "u2").await,
    ];
    let mut tasks: Vec<TaskId> = Vec::new();
    for client in &clients {
        tasks.push(ask(client, "private").await);
    }
    let nothing = "0198c0de-0000-7000-8000-000000000000";
    for (who, client) in clients.iter().enumerate() {
        for (whose, task) in tasks.iter().enumerate().filter(|(whose, _)| *whose != who) {
            for ((method, path), (_, none)) in calls(task.as_str()).into_iter().zip(calls(nothing)) {
                for key in [None, Some("k")] {
                    let (theirs, nobodys) =
                        (answer(client, &method, &path, key).await, answer(client, &method, &none, key).await);
                    assert_eq!(theirs, nobodys, "{who} of {whose}: {method} {path}");
                    assert_eq!(theirs.0, 404, "{who} of {whose}: {method} {path}: {}", theirs.2);
                }
            }
        }
    }
    for (client, task) in clients.iter().zip(&tasks) {
        let own = client.get(routes::TASKS).await;
        assert_eq!(own.data().as_array().unwrap().len(), 1);
        assert_eq!(own.data()[0]["id"], json!(task));
        assert_eq!((&own.data()[0]["messageCount"], &own.data()[0]["title"]), (&json!(2), &json!("private")));
    }
    assert_eq!(scene.model.requests().len(), clients.len(), "nothing was run for a stranger");
}

#[tokio::test]
async fn users_whose_names_look_alike_are_different() {
    let scene = Scene::start().await;
    let names = ["u1", "U1", " u1", "u1 ", "u1%20", "ü1", "u\u{308}1", "u1/../u1", "1"];
    for name in names {
        ask(&scene.user(name).await, name).await;
    }
    for name in names {
        let list = scene.user(name).await.get(routes::TASKS).await;
        assert_eq!(list.body["pagination"]["total"], 1, "{name:?}");
        assert_eq!((&list.data()[0]["username"], &list.data()[0]["message"]), (&json!(name), &json!(name)));
    }
    scene.user("u2").await.get(&routes::task("u1")).await.expect_error(ErrorCode::NotFound);
}
