//! `PATCH /tasks/{id}`

use crate::scene::{Scene, ask, get_task};
use serde_json::json;
use sigmic_shared::{ErrorCode, routes};

#[tokio::test]
async fn a_task_gets_another_title() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let task = ask(&user, "hello").await;
    let path = routes::task(task.as_str());
    for title in ["My order", "Ünïcödé 😀", "<b>&\"'", &*"x".repeat(200)] {
        let reply = user.patch(&path, json!({ "title": title, "unknown": 1 })).await;
        assert_eq!(reply.data()["title"], title);
        assert_eq!(get_task(&user, &task).await.data()["title"], title);
        assert_eq!(user.get(routes::TASKS).await.data()[0]["title"], title);
    }
    assert_eq!(scene.program().patch(&path, json!({ "title": "By a program" })).await.data()["title"], "By a program");
    assert_eq!(get_task(&user, &task).await.data()["message"], "hello", "the message stays");
}

#[tokio::test]
async fn what_is_no_title_is_refused() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let task = ask(&user, "hello").await;
    let path = routes::task(task.as_str());
    for body in [
        json!({}),
        json!({ "title": null }),
        json!({ "title": "" }),
        json!({ "title": " \n" }),
        json!({ "title": 5 }),
        json!({ "title": "x".repeat(201) }),
        json!([]),
        json!("t"),
    ] {
        user.patch(&path, body.clone()).await.expect_error(ErrorCode::ValidationError);
    }
    assert_eq!(get_task(&user, &task).await.data()["title"], "hello");
}
