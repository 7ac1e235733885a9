//! Erasing a conversation, and everything of one end user.

use crate::scene::{Scene, ask, held_task};
use serde_json::json;
use sigmic_shared::{ErrorCode, TaskId, TaskStatus, routes};
use sigmic_tests::{client::Client, stream::done};

async fn is_gone(client: &Client, task: &TaskId) {
    for path in [routes::task(task.as_str()), routes::history(task.as_str()), routes::stream(task.as_str())] {
        client.get(&path).await.expect_error(ErrorCode::NotFound);
    }
    client.post(&routes::messages(task.as_str()), json!({ "message": "m" })).await.expect_error(ErrorCode::NotFound);
    client.delete(&routes::history(task.as_str())).await.expect_error(ErrorCode::NotFound);
}

#[tokio::test]
async fn an_erased_conversation_is_gone_for_good() {
    for scene in [Scene::start().await, Scene::start_on_postgres().await] {
        let user = scene.user("u1").await;
        let (erased, kept) = (ask(&user, "erase me").await, ask(&user, "keep me").await);
        let reply = user.delete(&routes::history(erased.as_str())).await;
        assert!(reply.data()["message"].is_string(), "{}", reply.text);
        is_gone(&user, &erased).await;
        is_gone(&scene.program(), &erased).await;
        assert_eq!(user.get(routes::TASKS).await.body["pagination"]["total"], 1);
        user.get(&routes::task(kept.as_str())).await.data();
    }
}

#[tokio::test]
async fn a_running_conversation_is_cancelled_first() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let (task, mut stream, _gate) = held_task(&scene, &user, "Half").await;
    user.delete(&routes::history(task.as_str())).await.data();
    scene.model.request(0).await.abandoned().await;
    assert_eq!(done(&stream.rest().await).status, TaskStatus::Cancelled);
    is_gone(&user, &task).await;
}

#[tokio::test]
async fn an_end_user_is_erased_with_everything() {
    for scene in [Scene::start().await, Scene::start_on_postgres().await] {
        let name = "ü/1 ?#%";
        let other_app = scene.create_app(&[]).await;
        let (user, elsewhere) = (scene.user(name).await, Client::end_user(&scene.server, &other_app, name).await);
        let somebody = scene.user("somebody").await;
        let (first, second) = (ask(&user, "one").await, ask(&elsewhere, "two").await);
        let kept = ask(&somebody, "kept").await;
        let (running, mut stream, _gate) = held_task(&scene, &user, "Half").await;
        let path = "/api/v1/end-users/%C3%BC%2F1%20%3F%23%25";
        scene.anonymous().delete(path).await.expect_error(ErrorCode::AuthRequired);
        user.delete(path).await.expect_error(ErrorCode::Forbidden);
        let program = scene.program();
        assert!(program.delete(path).await.data()["message"].is_string());
        assert_eq!(done(&stream.rest().await).status, TaskStatus::Cancelled);
        for task in [&first, &second, &running] {
            is_gone(&program, task).await;
        }
        user.get(&routes::task(first.as_str())).await.expect_error(ErrorCode::NotFound);
        assert_eq!(user.get(routes::TASKS).await.body["pagination"]["total"], 0);
        somebody.get(&routes::task(kept.as_str())).await.data();
        program.delete(path).await.data();
        program.delete("/api/v1/end-users/nobody").await.data();
    }
}
