//! Whose credentials are right.

use crate::scene::{PROJECT, Scene, token_request};
use serde_json::json;
use sigmic_shared::{ErrorCode, routes};
use sigmic_tests::{
    client::Client,
    eventually,
    installation::{AppCredentials, Installation},
    jwt,
};

fn with_secret(app: &AppCredentials, secret: &str) -> AppCredentials {
    AppCredentials { app_id: app.app_id.clone(), app_secret: secret.to_owned() }
}

async fn is_admitted(client: &Client, app: &AppCredentials) -> bool {
    let reply = client.exchange(token_request(app, json!({}))).await;
    if reply.status != 200 {
        reply.expect_error(ErrorCode::InvalidCredentials);
    }
    reply.status == 200
}

#[tokio::test]
async fn ids_and_secrets_have_the_documented_form() {
    let scene = Scene::start().await;
    let is_hex = |text: &str, digits: usize| {
        text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    assert!(scene.app.app_id.strip_prefix("wapp_").is_some_and(|rest| is_hex(rest, 12)), "{:?}", scene.app);
    assert!(scene.app.app_secret.strip_prefix("wsec_").is_some_and(|rest| is_hex(rest, 64)), "{:?}", scene.app);
    let key = scene.create_api_key(PROJECT).await;
    assert!(key.strip_prefix("sigmic_").is_some_and(|rest| is_hex(rest, 64)), "{key}");
}

#[tokio::test]
async fn nothing_tells_an_unknown_app_from_a_wrong_secret_or_a_disabled_app() {
    let scene = Scene::start().await;
    let disabled = scene.create_app(&[]).await;
    let other = scene.create_app(&[]).await;
    let client = scene.anonymous().with_header("x-request-id", "same");
    scene.installation.run_json(&["app", "disable", &disabled.app_id]).await;
    eventually("the app is off", async || (!is_admitted(&client, &disabled).await).then_some(())).await;
    let mut answers = Vec::new();
    for app in [
        AppCredentials { app_id: "wapp_000000000000".into(), app_secret: scene.app.app_secret.clone() },
        with_secret(&scene.app, &format!("wsec_{}", "0".repeat(64))),
        with_secret(&scene.app, &other.app_secret),
        with_secret(&scene.app, &scene.app.app_secret[..68]),
        with_secret(&scene.app, &scene.app.app_secret.to_uppercase()),
        with_secret(&scene.app, &format!(" {}", scene.app.app_secret)),
        AppCredentials { app_id: "'; DROP TABLE apps; --\u{0}".into(), app_secret: "x".into() },
        disabled,
    ] {
        let reply = client.exchange(token_request(&app, json!({}))).await;
        reply.expect_error(ErrorCode::InvalidCredentials);
        let headers: Vec<_> =
            reply.headers.iter().filter(|(name, _)| *name != "date").map(|(n, v)| (n.clone(), v.clone())).collect();
        answers.push((reply.text, headers));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
}

#[tokio::test]
async fn a_rotated_secret_counts_beside_the_new_one_for_a_while() {
    let scene = Scene::start().await;
    let client = scene.anonymous();
    let rotate = async |args: &[&str]| {
        let printed = scene.installation.run_json(&[&["app", "rotate-secret", &scene.app.app_id], args].concat()).await;
        with_secret(&scene.app, printed["appSecret"].as_str().unwrap())
    };
    let second = rotate(&[]).await;
    eventually("the second secret counts", async || is_admitted(&client, &second).await.then_some(())).await;
    assert!(is_admitted(&client, &scene.app).await, "the first one still counts");
    // A third pushes the first out.
    let third = rotate(&[]).await;
    eventually("the third secret counts", async || is_admitted(&client, &third).await.then_some(())).await;
    assert!(is_admitted(&client, &second).await);
    assert!(!is_admitted(&client, &scene.app).await);
    // And without an overlap only the newest is left.
    let fourth = rotate(&["--overlap", "0s"]).await;
    eventually("the fourth secret counts", async || is_admitted(&client, &fourth).await.then_some(())).await;
    assert!(!is_admitted(&client, &third).await);
}

#[tokio::test]
async fn a_disabled_or_deleted_app_ends_its_tokens_too() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    user.get(routes::TASKS).await.data();
    let change = async |args: &[&str], status: u16| {
        scene.installation.run_json(args).await;
        eventually(&format!("{args:?} reaches the server"), async || {
            (user.get(routes::TASKS).await.status == status).then_some(())
        })
        .await;
    };
    change(&["app", "disable", &scene.app.app_id], 401).await;
    user.get(routes::TASKS).await.expect_error(ErrorCode::InvalidToken);
    assert!(!is_admitted(&scene.anonymous(), &scene.app).await);
    change(&["app", "enable", &scene.app.app_id], 200).await;
    assert!(is_admitted(&scene.anonymous(), &scene.app).await);
    change(&["app", "delete", &scene.app.app_id], 401).await;
    user.get(routes::TASKS).await.expect_error(ErrorCode::InvalidToken);
    assert!(!is_admitted(&scene.anonymous(), &scene.app).await);
}

#[tokio::test]
async fn without_a_signing_secret_there_are_no_tokens() {
    let scene = Scene::on(Installation::new().unset("JWT_SECRET")).await;
    let forged = jwt::sign(&jwt::header(), &jwt::claims(&scene.app.app_id, "u1"));
    for body in [json!({}), token_request(&scene.app, json!({})), json!({ "appId": 5 })] {
        scene.anonymous().exchange(body).await.expect_error(ErrorCode::JwtNotConfigured);
    }
    scene.anonymous().with_bearer(&forged).get(routes::TASKS).await.expect_error(ErrorCode::JwtNotConfigured);
    scene.anonymous().with_bearer("eyJ").get(routes::TASKS).await.expect_error(ErrorCode::JwtNotConfigured);
    scene.program().get(routes::TASKS).await.data();
}

#[tokio::test]
async fn the_newest_signing_secret_signs_and_all_verify() {
    let (old, new) = ("an old signing secret of 32 bytes or so", "a new signing secret of 32 bytes or so");
    let scene = Scene::on(Installation::new().set("JWT_SECRET", format!("{new},{old}"))).await;
    let claims = jwt::claims(&scene.app.app_id, "u1");
    for (secret, accepted) in [(old, true), (new, true), ("some other secret of 32 bytes or more", false)] {
        let token = jwt::sign_with(jsonwebtoken::Algorithm::HS256, secret, &jwt::header(), &claims);
        let reply = scene.anonymous().with_bearer(&token).get(routes::TASKS).await;
        assert_eq!(reply.status == 200, accepted, "{secret}: {}", reply.text);
    }
    let (header, claims) = jwt::read(&scene.anonymous().token(&scene.app, "u1").await);
    let by_new = jwt::sign_with(jsonwebtoken::Algorithm::HS256, new, &header, &claims);
    assert_eq!(jwt::read(&by_new), (header, claims));
}

#[tokio::test]
async fn too_many_exchanges_have_to_wait() {
    let installation = Installation::new().set("RATE_LIMIT_TOKENS", "2");
    installation.apply(json!({ "projects": [{ "name": PROJECT, "provider": "demo", "model": "demo" }] })).await;
    let other = installation.create_app(PROJECT, &[]).await;
    let scene = Scene::on(installation).await;
    let client = scene.anonymous();
    for _ in 0..2 {
        client.exchange(token_request(&scene.app, json!({}))).await.data();
    }
    let refused = client.exchange(token_request(&scene.app, json!({}))).await;
    refused.expect_error(ErrorCode::RateLimited);
    let seconds: u64 = refused.header("retry-after").expect("it says when to come back").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    // Wrong credentials cost the app nothing, and another app has its own share.
    for _ in 0..3 {
        client
            .exchange(token_request(&other, json!({ "appSecret": "wrong" })))
            .await
            .expect_error(ErrorCode::InvalidCredentials);
    }
    assert!(is_admitted(&client, &other).await);
}
