//! Refusals have one shape, whatever was refused.

use crate::scene::{Scene, ask};
use http::Method;
use serde_json::{Value, json};
use sigmic_shared::{
    ErrorCode::{self, *},
    routes,
};
use sigmic_tests::{
    client::{Reply, send},
    raw,
};
use std::collections::BTreeSet;

/// Fails unless the body is exactly `{ success: false, error: { code, message } }`, as JSON.
fn check(reply: &Reply, code: ErrorCode, what: &str) {
    assert_eq!((reply.status, reply.code()), (code.status(), Some(code.code())), "{what}: {}", reply.text);
    reply.expect_error(code);
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&reply.body), ["error", "success"].map(String::from).into(), "{what}");
    assert_eq!(names(&reply.body["error"]), ["code", "message"].map(String::from).into(), "{what}");
    assert_eq!(reply.header("content-type"), Some("application/json"), "{what}");
    assert!(reply.header("x-request-id").is_some(), "{what}");
}

#[tokio::test]
async fn an_unknown_route_is_not_found() {
    let scene = Scene::start().await;
    let clients = [scene.anonymous(), scene.user("u1").await, scene.program()];
    for path in [
        "/",
        "/nope",
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/api/v1/nope",
        "/api/v2/tasks",
        "/API/v1/tasks",
        "/api/v1/auth",
        "/api/v1/auth/token/",
        "/api/v1/tasks/",
        "/api/v1/tasks/x/",
        "/api/v1/tasks/x/nope",
        "/api/v1/tasks/x/stream/y",
        "/api/v1/end-users",
        "/widget",
        "/widget/",
        "/widget/nope.js",
        "/widget/..%2fCargo.toml",
        "/.env",
        "/sigmic.toml",
        "/%2e%2e/",
    ] {
        for client in &clients {
            for method in [Method::GET, Method::POST, Method::DELETE] {
                let reply = send(client.request(method.clone(), path).json(&json!({}))).await;
                let is_widget_file = path.starts_with("/widget/") && path.len() > 8 && method != Method::GET;
                check(&reply, if is_widget_file { MethodNotAllowed } else { NotFound }, &format!("{method} {path}"));
            }
        }
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_which_are_right() {
    let scene = Scene::start().await;
    for (method, path, allowed) in [
        (Method::GET, routes::TOKEN, "POST"),
        (Method::DELETE, routes::TOKEN, "POST"),
        (Method::PUT, routes::TASKS, "GET,HEAD,POST"),
        (Method::POST, "/api/v1/tasks/x", "DELETE,GET,HEAD,PATCH"),
        (Method::GET, "/api/v1/tasks/x/messages", "POST"),
        (Method::POST, "/api/v1/tasks/x/stream", "GET,HEAD"),
        (Method::PUT, "/api/v1/tasks/x/history", "DELETE,GET,HEAD"),
        (Method::GET, "/api/v1/end-users/x", "DELETE"),
        (Method::POST, routes::WIDGET_CONFIG, "GET,HEAD"),
        (Method::POST, "/healthz", "GET,HEAD"),
        (Method::from_bytes(b"BREW").unwrap(), routes::TASKS, "GET,HEAD,POST"),
        (Method::TRACE, routes::TASKS, "GET,HEAD,POST"),
        (Method::OPTIONS, "/healthz", "GET,HEAD"),
    ] {
        let reply = send(scene.anonymous().request(method.clone(), path)).await;
        check(&reply, MethodNotAllowed, &format!("{method} {path}"));
        let mut told: Vec<_> = reply.header("allow").unwrap_or_default().split(',').map(str::trim).collect();
        told.sort_unstable();
        assert_eq!(told.join(","), allowed, "{method} {path}");
    }
}

#[tokio::test]
async fn a_body_of_another_kind_is_refused() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let task = ask(&user, "hi").await;
    let (messages, itself) = (routes::messages(task.as_str()), routes::task(task.as_str()));
    for (method, path) in [(Method::POST, routes::TASKS), (Method::POST, &*messages), (Method::PATCH, &*itself)] {
        for kind in [
            None,
            Some("text/plain"),
            Some("application/xml"),
            Some("application/x-www-form-urlencoded"),
            Some("nonsense"),
            Some(""),
        ] {
            let mut request = user.request(method.clone(), path).body(r#"{"message":"m","title":"t"}"#);
            if let Some(kind) = kind {
                request = request.header("content-type", kind);
            }
            check(&send(request).await, UnsupportedMediaType, &format!("{method} {path} {kind:?}"));
        }
    }
    assert_eq!(scene.model.requests().len(), 1, "nothing was run");
}

#[tokio::test]
async fn a_body_over_a_mebibyte_is_refused() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let padding = "x".repeat(1024 * 1024);
    let padded = json!({ "message": "m", "title": "t", "padding": padding });
    let task = ask(&user, "hi").await;
    for (method, path) in [
        (Method::POST, routes::TASKS.to_owned()),
        (Method::POST, routes::messages(task.as_str())),
        (Method::PATCH, routes::task(task.as_str())),
    ] {
        let reply = send(user.request(method.clone(), &path).json(&padded)).await;
        check(&reply, PayloadTooLarge, &format!("{method} {path}"));
    }
    let boundary = "--b\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\n";
    let form = user.request(Method::POST, routes::TASKS).header("content-type", "multipart/form-data; boundary=b");
    check(&send(form.body(format!("{boundary}{padding}\r\n--b--"))).await, PayloadTooLarge, "multipart");
    let chunks = futures::stream::iter((0..20).map(|_| Ok::<_, std::io::Error>("x".repeat(64 * 1024))));
    let unannounced = user.request(Method::POST, routes::TASKS).header("content-type", "application/json");
    check(&send(unannounced.body(reqwest::Body::wrap_stream(chunks))).await, PayloadTooLarge, "chunked");
}

#[tokio::test]
async fn a_refused_body_does_not_break_its_connection() {
    let scene = Scene::start().await;
    let host = raw::host(&scene.server);
    let body = "x".repeat(4 * 1024 * 1024);
    let refused = format!(
        "POST {} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        routes::TOKEN,
        body.len()
    );
    let next = format!("GET /healthz HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    let answers = raw::exchange(&scene.server, (refused + &next).as_bytes()).await;
    let answers = String::from_utf8_lossy(&answers);
    assert!(answers.starts_with("HTTP/1.1 413 "), "{answers}");
    assert!(answers.contains("HTTP/1.1 200 OK"), "{answers}");
}

#[tokio::test]
async fn a_field_of_the_wrong_type_is_named() {
    let scene = Scene::start().await;
    let program = scene.program();
    for (field, value) in [
        ("message", json!(5)),
        ("message", json!([])),
        ("message", json!("")),
        ("message", json!(" \n\t")),
        ("message", json!("x".repeat(100_001))),
        ("message", Value::Null),
        ("systemPrompt", json!(5)),
        ("showInHistory", json!("yes")),
        ("autoExecute", json!(1)),
    ] {
        let mut body = json!({ "message": "m" });
        body[field] = value.clone();
        let reply = program.post(routes::TASKS, body).await;
        check(&reply, ValidationError, field);
        let message = reply.body["error"]["message"].as_str().unwrap();
        assert!(message.contains(field), "{field} is not named in {message:?}");
    }
    for (field, value) in
        [("env", json!([])), ("env", json!({ "1": "x" })), ("secrets", json!({ "A": 1 })), ("secrets", json!("A=b"))]
    {
        check(&program.post(routes::TASKS, json!({ "message": "m", field: value })).await, InvalidEnv, field);
    }
    assert_eq!(scene.model.requests().len(), 0, "nothing was run");
}
