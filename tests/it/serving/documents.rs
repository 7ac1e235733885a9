//! What a server says about its API.

use crate::scene::Scene;
use sigmic_shared::{ErrorCode, RunErrorCode, routes};
use std::collections::BTreeSet;

#[tokio::test]
async fn the_document_is_the_one_the_command_prints() {
    let scene = Scene::start().await;
    let served = scene.anonymous().get("/openapi.json").await;
    assert_eq!((served.status, served.header("content-type")), (200, Some("application/json")));
    assert_eq!(served.body, scene.installation.run_json(&["openapi"]).await);
    assert!(served.body["openapi"].as_str().is_some_and(|version| version.starts_with("3.")));
    let paths = served.body["paths"].as_object().unwrap();
    for (path, methods) in [
        (routes::TOKEN.to_owned(), &["post"][..]),
        (routes::TASKS.to_owned(), &["get", "post"]),
        (routes::task("{id}"), &["delete", "get", "patch"]),
        (routes::messages("{id}"), &["post"]),
        (routes::stream("{id}"), &["get"]),
        (routes::history("{id}"), &["delete", "get"]),
        ("/api/v1/end-users/{endUserId}".to_owned(), &["delete"]),
        (routes::WIDGET_CONFIG.to_owned(), &["get"]),
    ] {
        let told: BTreeSet<_> = paths[&path].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(told, methods.iter().copied().collect(), "{path}");
    }
}

#[tokio::test]
async fn every_documented_call_exists() {
    let scene = Scene::start().await;
    let document = scene.anonymous().get("/openapi.json").await.body;
    for (path, calls) in document["paths"].as_object().unwrap() {
        for method in calls.as_object().unwrap().keys() {
            let path = path.replace("{id}", "x").replace("{endUserId}", "x").replace("{callId}", "x");
            let request = scene.anonymous().request(method.to_uppercase().parse().unwrap(), &path);
            let reply = sigmic_tests::client::send(request).await;
            let code = reply.code().unwrap_or_default().to_owned();
            assert!(["AUTH_REQUIRED", "UNSUPPORTED_MEDIA_TYPE"].contains(&&*code), "{method} {path}: {}", reply.text);
        }
    }
}

#[tokio::test]
async fn the_page_for_people_needs_no_script() {
    let scene = Scene::start().await;
    let page = scene.anonymous().get("/docs").await;
    assert!(page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")));
    assert!(page.header("content-security-policy").is_some_and(|policy| policy.contains("default-src 'none'")));
    assert!(!page.text.contains("<script"));
    for code in ErrorCode::ALL.iter().map(|code| code.code()).chain(RunErrorCode::ALL.iter().map(|code| code.code())) {
        assert!(page.text.contains(code), "{code}");
    }
    for path in [routes::TOKEN, routes::TASKS, "/api/v1/tasks/{id}/stream"] {
        assert!(page.text.contains(path), "{path}");
    }
    assert_eq!(scene.anonymous().get("/docs/style.css").await.status, 200);
}
