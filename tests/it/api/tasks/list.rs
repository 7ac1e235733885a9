//! `GET /tasks`

use crate::scene::{Scene, ask};
use serde_json::{Value, json};
use sigmic_shared::{ErrorCode, TaskId, routes};
use sigmic_tests::client::Client;
use std::collections::BTreeSet;

async fn ids(client: &Client, query: &str) -> Vec<TaskId> {
    let reply = client.get(&format!("{}{query}", routes::TASKS)).await;
    let items = reply.data().as_array().expect("a list").iter();
    items.map(|item| item["id"].as_str().expect("an item has an id").into()).collect()
}

async fn pagination(client: &Client, query: &str) -> Value {
    client.get(&format!("{}{query}", routes::TASKS)).await.body["pagination"].clone()
}

#[tokio::test]
async fn the_newest_activity_comes_first() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    assert_eq!(
        user.get(routes::TASKS).await.body,
        json!({
            "success": true, "data": [], "pagination": { "total": 0, "limit": 50, "offset": 0, "hasMore": false },
        })
    );
    let mut tasks = Vec::new();
    for number in 0..4 {
        tasks.push(ask(&user, &format!("task {number}")).await);
    }
    let newest_first: Vec<TaskId> = tasks.iter().rev().cloned().collect();
    assert_eq!(ids(&user, "").await, newest_first);
    // A follow-up brings the oldest to the front.
    user.post(&routes::messages(tasks[0].as_str()), json!({ "message": "again" })).await.data();
    user.finished(&tasks[0]).await;
    let expected: Vec<TaskId> = [0, 3, 2, 1].map(|number: usize| tasks[number].clone()).into();
    assert_eq!(ids(&user, "").await, expected);
    for (query, items, limit, offset, more) in [
        ("?limit=2", &expected[..2], 2, 0, true),
        ("?limit=2&offset=2", &expected[2..], 2, 2, false),
        ("?limit=3&offset=1", &expected[1..], 3, 1, false),
        ("?offset=4", &[], 50, 4, false),
        ("?offset=9223372036854775807", &[], 50, i64::MAX, false),
        ("?limit=100", &expected[..], 100, 0, false),
        ("?limit=101", &expected[..], 100, 0, false),
        ("?limit=18446744073709551615", &expected[..], 100, 0, false),
        ("?unknown=1&limit=1", &expected[..1], 1, 0, true),
    ] {
        assert_eq!(ids(&user, query).await, items, "{query}");
        let told = json!({ "total": 4, "limit": limit, "offset": offset, "hasMore": more });
        assert_eq!(pagination(&user, query).await, told, "{query}");
    }
}

#[tokio::test]
async fn an_item_is_a_task_with_its_activity() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    ask(&user, "hello").await;
    let reply = user.get(routes::TASKS).await;
    let item = &reply.data()[0];
    let names: BTreeSet<&str> = item.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "apiKeyId",
        "autoExecute",
        "completedAt",
        "conversationId",
        "createdAt",
        "env",
        "error",
        "id",
        "lastActivityAt",
        "message",
        "messageCount",
        "sessionId",
        "showInHistory",
        "startedAt",
        "status",
        "systemPrompt",
        "title",
        "username",
    ];
    assert_eq!(names, expected.into());
    assert_eq!((&item["messageCount"], &item["status"]), (&json!(2), &json!("completed")));
    assert_eq!(item["lastActivityAt"], item["completedAt"]);
}

#[tokio::test]
async fn limits_that_are_none_are_refused() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    for query in [
        "?limit=0",
        "?limit=-1",
        "?limit=ten",
        "?limit=",
        "?limit=1.5",
        "?limit=+1",
        "?limit=%00",
        "?offset=-1",
        "?offset=x",
        "?offset=",
        "?offset=99999999999999999999",
    ] {
        let reply = user.get(&format!("{}{query}", routes::TASKS)).await;
        reply.expect_error(ErrorCode::ValidationError);
        let field = query[1..].split('=').next().unwrap();
        assert!(reply.body["error"]["message"].as_str().unwrap().contains(field), "{query}: {}", reply.text);
    }
}

#[tokio::test]
async fn hidden_tasks_are_for_programs_only() {
    let scene = Scene::start().await;
    let (user, program) = (scene.user("u1").await, scene.program());
    let shown = ask(&user, "shown").await;
    let reply = user.post(routes::TASKS, json!({ "message": "hidden", "showInHistory": false })).await;
    let hidden: TaskId = reply.data()["id"].as_str().unwrap().into();
    user.finished(&hidden).await;
    assert_eq!(ids(&user, "").await, std::slice::from_ref(&shown));
    assert_eq!(pagination(&user, "").await["total"], 1);
    assert_eq!(ids(&program, "").await, [hidden.clone(), shown]);
    // Whoever knows it can still use it.
    assert_eq!(user.get(&routes::task(hidden.as_str())).await.data()["showInHistory"], false);
}

#[tokio::test]
async fn a_hundred_items_are_the_most() {
    let scene = Scene::start().await;
    let program = scene.program();
    for number in 0..105 {
        program.create_task(&format!("task {number}")).await;
    }
    assert_eq!(ids(&program, "").await.len(), 50);
    let first = ids(&program, "?limit=1000").await;
    let rest = ids(&program, "?limit=1000&offset=100").await;
    assert_eq!((first.len(), rest.len()), (100, 5));
    assert_eq!(
        pagination(&program, "?limit=1000").await,
        json!({ "total": 105, "limit": 100, "offset": 0, "hasMore": true })
    );
}
