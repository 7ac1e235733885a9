//! `POST /tasks/{id}/tools/{callId}/approve`, as far as it needs no tool server.

use crate::scene::{Scene, ask, held_task};
use serde_json::{Value, json};
use sigmic_shared::{ErrorCode, TaskId, routes};
use sigmic_tests::client::{Client, Reply};

const NOTHING: &str = "0198c0de-0000-7000-8000-000000000000";

async fn approve(client: &Client, task: &TaskId, call: &str, body: Value) -> Reply {
    client.post(&routes::approve(task.as_str(), call), body).await
}

#[tokio::test]
async fn what_is_not_there_cannot_be_approved() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let finished = ask(&user, "hi").await;
    let (running, _stream, _gate) = held_task(&scene, &user, "Half").await;
    for client in [&user, &scene.program()] {
        for outcome in ["proceed_once", "proceed_always", "cancel"] {
            for task in [&finished, &running, &NOTHING.into()] {
                for call in ["call", "", "a%2Fb", "%00", "ü", &"x".repeat(4000)] {
                    let reply = approve(client, task, call, json!({ "outcome": outcome })).await;
                    reply.expect_error(ErrorCode::NotFound);
                }
            }
        }
    }
    let strangers = [scene.user("u2").await, Client::end_user(&scene.server, &scene.create_app(&[]).await, "u1").await];
    for stranger in &strangers {
        let theirs = approve(stranger, &running, "call", json!({ "outcome": "cancel" })).await;
        let nobodys = approve(stranger, &NOTHING.into(), "call", json!({ "outcome": "cancel" })).await;
        assert_eq!((theirs.status, theirs.text), (nobodys.status, nobodys.text));
    }
}

#[tokio::test]
async fn an_outcome_is_one_of_three() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let task = ask(&user, "hi").await;
    for body in [
        json!({}),
        json!({ "outcome": null }),
        json!({ "outcome": "" }),
        json!({ "outcome": "proceed" }),
        json!({ "outcome": "PROCEED_ONCE" }),
        json!({ "outcome": true }),
        json!({ "outcome": ["cancel"] }),
        json!([]),
        json!("cancel"),
    ] {
        for client in [&user, &scene.program()] {
            let reply = approve(client, &task, "call", body.clone()).await;
            reply.expect_error(ErrorCode::ValidationError);
        }
    }
    let reply = user.request(http::Method::POST, &routes::approve(task.as_str(), "call")).body("outcome=cancel");
    sigmic_tests::client::send(reply).await.expect_error(ErrorCode::UnsupportedMediaType);
}

#[tokio::test]
async fn it_takes_credentials_and_a_post() {
    let scene = Scene::start().await;
    let path = routes::approve(NOTHING, "call");
    scene.anonymous().post(&path, json!({ "outcome": "cancel" })).await.expect_error(ErrorCode::AuthRequired);
    let refused = scene.program().get(&path).await;
    refused.expect_error(ErrorCode::MethodNotAllowed);
    assert_eq!(refused.header("allow"), Some("POST"));
    let unknown = scene.anonymous().with_bearer(&format!("sigmic_{}", "0".repeat(64)));
    unknown.post(&path, json!({ "outcome": "cancel" })).await.expect_error(ErrorCode::InvalidApiKey);
}
