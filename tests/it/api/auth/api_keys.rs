//! API keys, in either header.

use crate::scene::{PROJECT, Scene};
use serde_json::{Value, json};
use sigmic_shared::{ErrorCode, routes};
use sigmic_tests::eventually;

#[tokio::test]
async fn a_key_counts_until_it_is_revoked_or_expires() {
    let scene = Scene::start().await;
    let create = async |extra: &[&str]| {
        let args = [&["key", "create", "--project", PROJECT, "--name", "Test"], extra].concat();
        scene.installation.run_json(&args).await
    };
    let (revoked, expiring) = (create(&[]).await, create(&["--expires-in", "2s"]).await);
    let client = |key: &Value| scene.anonymous().with_bearer(key["apiKey"].as_str().unwrap());
    for key in [&revoked, &expiring] {
        let status = async |status| {
            eventually("the key's state reaches the server", async || {
                (client(key).get(routes::TASKS).await.status == status).then_some(())
            })
            .await;
        };
        status(200).await;
        if key == &revoked {
            scene.installation.run_json(&["key", "revoke", key["id"].as_str().unwrap()]).await;
        }
        status(401).await;
        client(key).get(routes::TASKS).await.expect_error(ErrorCode::InvalidApiKey);
    }
}

#[tokio::test]
async fn no_other_key_counts() {
    let scene = Scene::start().await;
    let key = scene.create_api_key(PROJECT).await;
    for wrong in [
        "sigmic_".to_owned(),
        format!("sigmic_{}", "0".repeat(64)),
        format!("{key}0"),
        key.to_uppercase().replace("SIGMIC", "sigmic"),
        key[..70].to_owned(),
    ] {
        scene.anonymous().with_bearer(&wrong).get(routes::TASKS).await.expect_error(ErrorCode::InvalidApiKey);
        scene
            .anonymous()
            .with_header("x-api-key", &wrong)
            .get(routes::TASKS)
            .await
            .expect_error(ErrorCode::InvalidApiKey);
    }
}

#[tokio::test]
async fn the_two_headers_have_to_agree() {
    let scene = Scene::start().await;
    let (key, other) = (scene.create_api_key(PROJECT).await, scene.create_api_key(PROJECT).await);
    let token = scene.anonymous().token(&scene.app, "u1").await;
    let bearer = |value: &str| Some(format!("Bearer {value}"));
    for (authorization, api_key, code) in [
        (None, Some(key.clone()), None),
        (bearer(&key), Some(key.clone()), None),
        (bearer(&key), Some(other.clone()), Some(ErrorCode::ValidationError)),
        (bearer(&token), Some(key.clone()), Some(ErrorCode::ValidationError)),
        (bearer("eyJ"), Some(key.clone()), Some(ErrorCode::ValidationError)),
        (None, Some(token.clone()), Some(ErrorCode::InvalidApiKey)),
        (None, Some("hunter2".to_owned()), Some(ErrorCode::InvalidApiKey)),
    ] {
        let mut client = scene.anonymous();
        if let Some(value) = &authorization {
            client = client.with_header("authorization", value);
        }
        if let Some(value) = &api_key {
            client = client.with_header("x-api-key", value);
        }
        let reply = client.get(routes::TASKS).await;
        assert_eq!(reply.code(), code.map(ErrorCode::code), "{authorization:?} {api_key:?}: {}", reply.text);
    }
    let twice = scene.anonymous().with_bearer(&key).request(http::Method::GET, routes::TASKS);
    let reply = sigmic_tests::client::send(twice.header("authorization", format!("Bearer {other}"))).await;
    reply.expect_error(ErrorCode::ValidationError);
}

#[tokio::test]
async fn a_key_is_not_bound_to_an_origin_and_sees_its_project_only() {
    let scene = Scene::start().await;
    let program = scene.program();
    scene.installation.use_model("other", &scene.model).await;
    let stranger = sigmic_tests::client::Client::with_api_key(&scene.server, &scene.create_api_key("other").await);
    let of_user = crate::scene::ask(&scene.user("u1").await, "by a user").await;
    let of_program = crate::scene::ask(&program, "by a program").await;
    let anywhere = program.clone().with_origin("https://evil.example");
    for task in [&of_user, &of_program] {
        anywhere.get(&routes::task(task.as_str())).await.data();
        stranger.get(&routes::task(task.as_str())).await.expect_error(ErrorCode::NotFound);
    }
    assert_eq!(anywhere.get(routes::TASKS).await.body["pagination"]["total"], 2);
    assert_eq!(stranger.get(routes::TASKS).await.body["pagination"]["total"], 0);
    stranger.delete("/api/v1/end-users/u1").await.data();
    program.get(&routes::task(of_user.as_str())).await.data();
    scene.user("u1").await.delete("/api/v1/end-users/u1").await.expect_error(ErrorCode::Forbidden);
    assert_eq!(program.get(&routes::task(of_program.as_str())).await.data()["username"], json!("Test"));
}
