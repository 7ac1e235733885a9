//! What a server tells whoever watches over it.

use crate::scene::{Scene, ask};
use serde_json::json;
use sigmic_shared::{ErrorCode, routes};
use sigmic_tests::eventually;

#[tokio::test]
async fn a_server_is_alive_and_ready() {
    for scene in [Scene::start().await, Scene::start_on_postgres().await] {
        for path in ["/healthz", "/readyz"] {
            let reply = scene.anonymous().get(path).await;
            assert_eq!(reply.status, 200, "{path}: {}", reply.text);
            assert!(reply.header("x-request-id").is_some(), "{path}");
        }
    }
}

#[tokio::test]
async fn metrics_count_and_name_nobody() {
    let scene = Scene::start().await;
    let user = scene.user("somebody-4711").await;
    let task = ask(&user, "hello-4712").await;
    user.get("/nope-4713").await;
    let reply = scene.anonymous().get("/metrics").await;
    assert_eq!(reply.status, 200);
    assert!(reply.header("content-type").is_some_and(|kind| kind.starts_with("text/plain")), "{:?}", reply.headers);
    for line in reply.text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let value = line.rsplit(' ').next().unwrap();
        assert!(value.parse::<f64>().is_ok(), "not in Prometheus' format: {line}");
    }
    let sample =
        |start: &str, part: &str| reply.text.lines().any(|line| line.starts_with(start) && line.contains(part));
    assert!(sample("sigmic_requests_total", r#"route="/api/v1/tasks""#), "{}", reply.text);
    assert!(sample("sigmic_requests_total", r#"status="404""#), "{}", reply.text);
    assert!(sample("sigmic_runs_total", r#"status="completed""#), "{}", reply.text);
    for private in ["somebody-4711", "hello-4712", "nope-4713", task.as_str(), &*scene.app.app_id] {
        assert!(!reply.text.contains(private), "{private} in {}", reply.text);
    }
}

#[tokio::test]
async fn without_its_database_a_server_is_alive_but_not_ready() {
    let scene = Scene::start_on_postgres().await;
    let user = scene.user("u1").await;
    let task = ask(&user, "before").await;
    scene.database().go_away().await;
    let refused = eventually("the server is not ready", async || {
        let reply = scene.anonymous().get("/readyz").await;
        (reply.status != 200).then_some(reply)
    })
    .await;
    refused.expect_error(ErrorCode::ServiceUnavailable);
    assert_eq!(scene.anonymous().get("/healthz").await.status, 200);
    for reply in [
        user.get(routes::TASKS).await,
        user.get(&routes::task(task.as_str())).await,
        user.get(&routes::stream(task.as_str())).await,
        user.post(routes::TASKS, json!({ "message": "m" })).await,
        user.delete(&routes::history(task.as_str())).await,
    ] {
        reply.expect_error(ErrorCode::ServiceUnavailable);
        let seconds: u64 = reply.header("retry-after").expect("it says when to come back").parse().unwrap();
        assert!(seconds >= 1);
        assert!(!reply.text.contains("postgres") && !reply.text.contains("SELECT"), "{}", reply.text);
    }
    scene.database().come_back().await;
    eventually("the server is ready again", async || {
        (scene.anonymous().get("/readyz").await.status == 200).then_some(())
    })
    .await;
    user.get(&routes::task(task.as_str())).await.data();
    ask(&user, "after").await;
    assert_eq!(scene.model.requests().len(), 2, "what was refused was not run");
}
