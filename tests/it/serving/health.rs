//! What a server tells whoever watches over it.

use crate::scene::{Scene, ask};

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
