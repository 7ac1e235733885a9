//! How much one caller may ask.

use crate::scene::{PROJECT, Scene, ask};
use serde_json::json;
use sigmic_shared::{ErrorCode, routes};
use sigmic_tests::installation::Installation;

#[tokio::test]
async fn too_many_messages_have_to_wait() {
    let scene = Scene::on(Installation::new().set("RATE_LIMIT_MESSAGES", "2")).await;
    let user = scene.user("u1").await;
    let task = ask(&user, "one").await;
    user.post(&routes::messages(task.as_str()), json!({ "message": "two" })).await.data();
    user.finished(&task).await;
    for path in [routes::TASKS.to_owned(), routes::messages(task.as_str())] {
        let refused = user.post(&path, json!({ "message": "three" })).await;
        refused.expect_error(ErrorCode::RateLimited);
        let seconds: u64 = refused.header("retry-after").expect("it says when to come back").parse().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
        assert_eq!(refused.header("access-control-allow-origin"), Some("*"));
    }
    assert_eq!(scene.model.requests().len(), 2, "nothing was run");
    user.get(routes::TASKS).await.data();
    ask(&scene.user("u2").await, "another user").await;
    ask(&scene.program(), "a program").await;
}

#[tokio::test]
async fn zero_is_no_limit() {
    let scene = Scene::on(Installation::new().set("RATE_LIMIT_MESSAGES", "0").set("RATE_LIMIT_TOKENS", "0")).await;
    let user = scene.user("u1").await;
    for number in 0..20 {
        scene.user(&format!("u{number}")).await;
        user.create_task(&format!("message {number}")).await;
    }
    assert_eq!(user.get(routes::TASKS).await.body["pagination"]["total"], 20);
    assert_eq!(scene.installation.run_json(&["app", "list", "--project", PROJECT]).await.as_array().unwrap().len(), 1);
}
