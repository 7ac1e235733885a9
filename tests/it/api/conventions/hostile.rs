//! Nothing a caller sends is ever our own fault: no 500, and the server goes on.

use crate::scene::{Scene, ask, get_task};
use http::Method;
use serde_json::json;
use sigmic_shared::{ErrorCode, routes};
use sigmic_tests::{
    client::{Reply, send},
    raw,
};

/// Bodies that are no honest JSON, or JSON that nobody honest sends.
fn bodies() -> Vec<Vec<u8>> {
    let deep = |open: &str, close: &str, depth: usize| [open.repeat(depth), close.repeat(depth)].concat().into_bytes();
    let mut bodies: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"\0".to_vec(),
        b"\xff\xfe\x00".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        b"{\"message\":\"\xff\xfe\"}".to_vec(),
        b"{\"message\":\"\xed\xa0\x80\"}".to_vec(),
        b"{\"message\":\"a\0b\"}".to_vec(),
        b"{\"\\u0000\":1,\"\\ud800\":2}".to_vec(),
        b"[1e999999,-1e999999]".to_vec(),
        b"{\"message\":1e400}".to_vec(),
        b"{\"message\":\"x\",\"message\":\"y\"}".to_vec(),
        b"{\"message\":{\"$gt\":\"\"}}".to_vec(),
        b"{\"__proto__\":{\"message\":\"x\"}}".to_vec(),
        b"NaN".to_vec(),
        b"{\"message\":\"x\",}".to_vec(),
        deep("[", "]", 50_000),
        deep("{\"a\":", "}", 50_000),
        [b"{\"message\":".to_vec(), deep("[", "]", 126), b"}".to_vec()].concat(),
        format!("{{\"message\":{}}}", "9".repeat(100_000)).into_bytes(),
        format!("{{\"title\":\"{}\"}}", "x".repeat(100_000)).into_bytes(),
        b"{\"title\":\"\\u0000\\ud800\\u202e\"}".to_vec(),
    ];
    bodies.extend((0..20).map(|length| br#"{"message":"x","env":{"A":"b"}}"#[..length].to_vec()));
    bodies
}

/// Fails on what is our own fault, and on an answer of another shape than usual.
fn check(reply: &Reply, what: &str) {
    assert!(reply.status < 500, "{what}: {} {}", reply.status, reply.text);
    assert_eq!(reply.body["success"], reply.status == 200, "{what}: {}", reply.text);
}

async fn survives(scene: Scene) {
    let (user, program) = (scene.user("u1").await, scene.program());
    let task = ask(&user, "hi").await;
    let of_task = |rest: &str| format!("{}{rest}", routes::task(task.as_str()));
    let (json, form) = ("application/json", "multipart/form-data; boundary=x");
    for (client, method, path, kind) in [
        (&user, Method::POST, routes::TASKS.to_owned(), json),
        (&program, Method::POST, routes::TASKS.to_owned(), json),
        (&program, Method::POST, routes::TASKS.to_owned(), form),
        (&program, Method::POST, routes::TASKS.to_owned(), "multipart/form-data"),
        (&user, Method::POST, routes::TOKEN.to_owned(), json),
        (&user, Method::POST, of_task("/messages"), json),
        (&user, Method::POST, of_task("/messages"), form),
        (&user, Method::PATCH, of_task(""), json),
        (&user, Method::DELETE, of_task("/nope"), json),
    ] {
        for body in bodies() {
            let request = client
                .request(method.clone(), &path)
                .header("content-type", kind)
                .header("connection", "close")
                .body(body.clone());
            let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            check(&send(request).await, &format!("{method} {path} {kind} {shown:?}"));
        }
    }
    let bearer = format!("authorization: Bearer {}", scene.anonymous().token(&scene.app, "u1").await);
    for path in paths() {
        for method in ["GET", "POST", "DELETE"] {
            let reply = raw::request(
                &scene.server,
                &format!("{method} {path}"),
                &[&bearer, "content-type: application/json"],
                "",
            )
            .await;
            assert!(reply.status < 500, "{method} {path}: {}", reply.text);
        }
    }
    for header in headers() {
        let line = format!("GET {}", routes::TASKS);
        let reply = raw::request(&scene.server, &line, &[&header], "").await;
        assert!(reply.status < 500, "{header:.80}: {}", reply.text);
    }
    get_task(&user, &task).await.data();
    assert_eq!(scene.anonymous().get("/readyz").await.status, 200);
}

fn paths() -> Vec<String> {
    let ids = [
        "%00",
        "a%00b",
        "%ff",
        "%ff%fe",
        "%c0%ae%c0%ae",
        "%",
        "%zz",
        "%2e%2e",
        "..%2f..%2fetc%2fpasswd",
        "'%20OR%20'1'='1",
        "%0d%0aset-cookie:%20a=b",
        "%e2%80%ae",
        "*",
        "null",
        "00000000-0000-0000-0000-000000000000",
        "-1",
        "%F0%9F%92%A9",
    ];
    let long = "x".repeat(5000);
    let mut paths = Vec::new();
    for id in ids.into_iter().chain([&*long]) {
        for path in [
            "/api/v1/tasks/ID",
            "/api/v1/tasks/ID/messages",
            "/api/v1/tasks/ID/stream",
            "/api/v1/tasks/ID/history",
            "/api/v1/tasks/ID/tools/ID/approve",
            "/api/v1/tasks/ID/artifacts/download?path=ID",
            "/api/v1/end-users/ID",
            "/widget/ID",
            "/ID",
            "/api/v1/tasks?limit=ID",
            "/api/v1/tasks?offset=ID&ID=1",
        ] {
            paths.push(path.replace("ID", id));
        }
    }
    paths.extend(
        [
            "/api/v1/tasks?offset=9223372036854775807",
            "/api/v1/tasks?offset=18446744073709551615",
            "/api/v1/tasks?limit=18446744073709551615&offset=18446744073709551615",
        ]
        .map(String::from),
    );
    paths
}

fn headers() -> Vec<String> {
    let mut headers = Vec::new();
    for name in [
        "authorization",
        "x-api-key",
        "origin",
        "idempotency-key",
        "last-event-id",
        "x-request-id",
        "accept",
        "content-type",
        "sec-fetch-site",
    ] {
        for value in [
            "",
            "\u{1}",
            "ü",
            "Bearer ",
            "Bearer \u{202e}",
            "sigmic_ü",
            "-1",
            "99999999999999999999999999",
            "*/*;q=nan",
            &"x".repeat(20_000),
        ] {
            headers.push(format!("{name}: {value}"));
        }
    }
    headers
}

#[tokio::test]
async fn hostile_input_on_sqlite() {
    survives(Scene::start().await).await;
}

#[tokio::test]
async fn hostile_input_on_postgres() {
    survives(Scene::start_on_postgres().await).await;
}

#[tokio::test]
async fn what_no_database_keeps_is_replaced() {
    for scene in [Scene::start().await, Scene::start_on_postgres().await] {
        let user = scene.user("u1").await;
        let body = r#"{"message":"a\u0000b\ud800c\udc00\ud83d\ude00"}"#;
        let request = user.request(Method::POST, routes::TASKS).header("content-type", "application/json").body(body);
        let reply = send(request).await;
        let task = reply.data()["id"].as_str().unwrap().into();
        user.finished(&task).await;
        let expected = "a\u{fffd}b\u{fffd}c\u{fffd}😀";
        assert_eq!(get_task(&user, &task).await.data()["message"], expected);
        assert_eq!(scene.model.request(0).await.last_text(), expected);
        let renamed = user.patch(&routes::task(task.as_str()), json!({ "title": "t\0" })).await;
        assert!(renamed.status == 200 || renamed.code() == Some("VALIDATION_ERROR"), "{}", renamed.text);
        let program = scene.program();
        let reply =
            program.post(routes::TASKS, json!({ "message": "m", "systemPrompt": "p\0", "env": { "A": "v\0" } })).await;
        assert!(reply.status == 200 || reply.status == 400, "{}", reply.text);
        let other = program.request(Method::GET, &routes::task("a\0b"));
        assert_eq!(send(other).await.code(), Some(ErrorCode::NotFound.code()));
    }
}
