//! Pages on other origins read everything they may, refusals too, and never with cookies.

use crate::scene::{Scene, ask};
use http::Method;
use serde_json::json;
use sigmic_shared::{ErrorCode, routes};
use sigmic_tests::client::{Client, Reply, send};

/// Fails unless a page of any origin can read the answer.
fn is_readable(reply: &Reply, what: &str) {
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"), "{what}: {:?}", reply.headers);
    assert_eq!(reply.header("access-control-allow-credentials"), None, "{what}");
    let exposed = reply.header("access-control-expose-headers").unwrap_or_default().to_lowercase();
    for name in ["x-request-id", "retry-after"] {
        assert!(exposed.split(',').any(|header| header.trim() == name), "{what} exposes {exposed:?}");
    }
}

#[tokio::test]
async fn every_answer_can_be_read_by_the_page() {
    let scene = Scene::start().await;
    let app = scene.create_app(&["https://shop.example"]).await;
    let page = |client: Client| client.with_origin("https://shop.example");
    let user = page(Client::end_user(&scene.server, &app, "u1").await);
    let task = ask(&user, "hi").await;
    let of_task = routes::task(task.as_str());
    let get = async |client: &Client, path: &str| client.get(path).await;
    for (what, reply, status) in [
        ("a list", get(&user, routes::TASKS).await, 200),
        ("a task", get(&user, &of_task).await, 200),
        ("a configuration", get(&user, routes::WIDGET_CONFIG).await, 200),
        ("nobody", get(&page(scene.anonymous()), routes::TASKS).await, 401),
        ("a bad token", get(&page(scene.anonymous().with_bearer("eyJ")), routes::TASKS).await, 401),
        ("another origin", get(&user.clone().with_origin("https://evil.example"), routes::TASKS).await, 403),
        ("an unknown task", get(&user, "/api/v1/tasks/x").await, 404),
        ("an unknown route", get(&user, "/api/v1/nope").await, 404),
        ("a wrong method", user.delete(routes::TASKS).await, 405),
        ("a bad body", user.post(routes::TASKS, json!({})).await, 400),
        ("a wrong kind", send(user.request(Method::POST, routes::TASKS).body("x")).await, 415),
        ("too much", user.post(routes::TASKS, json!({ "message": "x".repeat(1 << 20) })).await, 413),
    ] {
        assert_eq!(reply.status, status, "{what}: {}", reply.text);
        is_readable(&reply, what);
    }
    let stream = user.stream(&task).await;
    assert_eq!(stream.headers()["access-control-allow-origin"], "*");
}

#[tokio::test]
async fn a_preflight_asks_for_nothing_and_lasts() {
    let scene = Scene::start().await;
    for (path, method) in [
        (routes::TASKS, "POST"),
        ("/api/v1/tasks/x", "DELETE"),
        ("/api/v1/tasks/x", "PATCH"),
        ("/api/v1/tasks/x/stream", "GET"),
        ("/api/v1/widget/config", "GET"),
        ("/api/v1/whatever/comes/later", "POST"),
    ] {
        let request = scene.anonymous().with_origin("https://any.example").request(Method::OPTIONS, path);
        let request = request
            .header("access-control-request-method", method)
            .header("access-control-request-headers", "authorization,content-type,idempotency-key,last-event-id");
        let reply = send(request).await;
        assert!(matches!(reply.status, 200 | 204) && reply.text.is_empty(), "{path}: {} {}", reply.status, reply.text);
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"), "{path}");
        assert_eq!(reply.header("access-control-allow-credentials"), None, "{path}");
        let list = |name: &str| {
            let values = reply.header(name).unwrap_or_default().split(',');
            values.map(|value| value.trim().to_lowercase()).collect::<Vec<_>>()
        };
        assert!(list("access-control-allow-methods").contains(&method.to_lowercase()), "{path}: {:?}", reply.headers);
        // A star would not cover `authorization`.
        for header in ["authorization", "content-type", "idempotency-key", "last-event-id"] {
            assert!(list("access-control-allow-headers").contains(&header.to_owned()), "{path}: {header}");
        }
        let seconds: u64 = reply.header("access-control-max-age").unwrap().parse().unwrap();
        assert!(seconds >= 86_400, "{path}: {seconds}");
    }
}

#[tokio::test]
async fn what_is_not_for_pages_says_nothing_to_them() {
    let scene = Scene::start().await;
    let page = scene.anonymous().with_origin("https://any.example");
    for path in ["/healthz", "/readyz", "/metrics", "/docs", "/nope", "/console", routes::TOKEN] {
        let reply = page.get(path).await;
        let told = reply.headers.keys().find(|name| name.as_str().starts_with("access-control-"));
        assert_eq!(told, None, "{path}");
    }
    page.get(routes::TOKEN).await.expect_error(ErrorCode::MethodNotAllowed);
}
