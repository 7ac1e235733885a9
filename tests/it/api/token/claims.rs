//! What a token says.

use crate::scene::{Scene, token_request};
use serde_json::{Value, json};
use sigmic_shared::routes;
use sigmic_tests::{client::Reply, jwt};
use std::collections::BTreeSet;

fn token(reply: &Reply) -> &str {
    reply.data()["token"].as_str().unwrap_or_else(|| panic!("no token in {}", reply.text))
}

fn names(object: &Value) -> BTreeSet<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// `2026-01-31T12:00:00.000Z` of a moment in seconds since 1970.
fn iso(seconds: u64) -> String {
    sigmic::clock::timestamp(i64::try_from(seconds).unwrap() * 1000).0
}

#[tokio::test]
async fn a_token_says_what_is_documented_and_nothing_else() {
    let scene = Scene::start().await;
    let app = scene.create_app(&["https://a.example", "https://b.example:8443"]).await;
    for (user, lifetime, seconds) in [
        ("u1", None, 3600),
        (" ü\u{2003}|'\"<b>", Some("90s"), 90),
        ("u1", Some("30d"), 2_592_000),
        ("u", Some("2m"), 120),
    ] {
        let before = jwt::now_seconds();
        let reply =
            scene.anonymous().exchange(token_request(&app, json!({ "endUserId": user, "expiresIn": lifetime }))).await;
        assert_eq!(names(&reply.body), ["data", "success"].into());
        assert_eq!(names(reply.data()), ["expiresAt", "token"].into());
        let (header, claims) = jwt::read(token(&reply));
        assert_eq!(header, json!({ "alg": "HS256", "typ": "JWT" }));
        let iat = claims["iat"].as_u64().unwrap();
        assert!((before..=jwt::now_seconds()).contains(&iat), "{claims}");
        assert_eq!(
            claims,
            json!({
                "appId": app.app_id,
                "sub": user,
                "allowedOrigins": ["https://a.example", "https://b.example:8443"],
                "iat": iat,
                "exp": iat + seconds,
            })
        );
        assert_eq!(reply.data()["expiresAt"], iso(iat + seconds));
    }
    let (_, open) = jwt::read(&scene.anonymous().token(&scene.app, "u1").await);
    assert_eq!(open["allowedOrigins"], json!([]));
}

#[tokio::test]
async fn only_a_token_with_a_context_has_an_id() {
    let scene = Scene::start().await;
    let mut seen = BTreeSet::new();
    for (fields, has_id) in [
        (json!({}), false),
        (json!({ "env": null, "secrets": null }), false),
        (json!({ "env": {}, "secrets": {} }), false),
        (json!({ "env": { "A": "" } }), true),
        (json!({ "secrets": { "A": "x" } }), true),
        (json!({ "env": { "A": "x" }, "secrets": { "A": "y" } }), true),
        (json!({ "env": { "A": "x" }, "secrets": {} }), true),
    ] {
        let reply = scene.anonymous().exchange(token_request(&scene.app, fields.clone())).await;
        let (_, claims) = jwt::read(token(&reply));
        assert_eq!(claims.get("jti").is_some(), has_id, "{fields}");
        if let Some(jti) = claims["jti"].as_str() {
            let id = uuid::Uuid::parse_str(jti).unwrap();
            assert_eq!((id.get_version_num(), id.to_string()), (7, jti.to_owned()));
            assert!(seen.insert(jti.to_owned()), "{jti} was given twice");
            assert_eq!(names(&claims), ["allowedOrigins", "appId", "exp", "iat", "jti", "sub"].into());
        }
    }
}

#[tokio::test]
async fn the_answer_is_for_one_backend_only() {
    let scene = Scene::start().await;
    let browser = scene.anonymous().with_origin("https://shop.example");
    for body in
        [token_request(&scene.app, json!({})), json!({}), token_request(&scene.app, json!({ "appSecret": "x" }))]
    {
        let reply = browser.exchange(body).await;
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{}", reply.text);
        let cors = reply.headers.keys().find(|name| name.as_str().starts_with("access-control-"));
        assert_eq!(cors, None, "{}", reply.text);
    }
    let preflight =
        browser.request(http::Method::OPTIONS, routes::TOKEN).header("access-control-request-method", "POST");
    let reply = sigmic_tests::client::send(preflight).await;
    assert!(reply.headers.keys().all(|name| !name.as_str().starts_with("access-control-")), "{:?}", reply.headers);
}

#[tokio::test]
async fn a_token_works_until_the_moment_it_names() {
    let scene = Scene::start().await;
    let short = scene.anonymous().exchange(token_request(&scene.app, json!({ "expiresIn": "2s" }))).await;
    let user = scene.anonymous().with_bearer(token(&short));
    user.get(routes::TASKS).await.data();
    sigmic_tests::eventually("the token expires", async || (user.get(routes::TASKS).await.status != 200).then_some(()))
        .await;
    user.get(routes::TASKS).await.expect_error(sigmic_shared::ErrorCode::InvalidToken);
    let (_, claims) = jwt::read(token(&short));
    assert!(jwt::now_seconds() >= claims["exp"].as_u64().unwrap(), "it was refused too early");
}
