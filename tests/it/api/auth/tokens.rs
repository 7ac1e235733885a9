//! Tokens that must fail, and the one kind that must not.

use crate::scene::Scene;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use sigmic_shared::{ErrorCode, routes};
use sigmic_tests::{
    client::Reply,
    installation::JWT_SECRET,
    jwt::{self, encode, sign, sign_with},
};

async fn call(scene: &Scene, token: &str) -> Reply {
    scene.anonymous().with_bearer(token).get(routes::TASKS).await
}

/// Honest claims with one changed; null removes it.
fn claims_with(scene: &Scene, name: &str, value: Value) -> Value {
    let mut claims = jwt::claims(&scene.app.app_id, "u1");
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(name);
    } else {
        claims[name] = value;
    }
    claims
}

#[tokio::test]
async fn a_token_signed_as_the_server_signs_is_taken() {
    let scene = Scene::start().await;
    let claims = jwt::claims(&scene.app.app_id, "u1");
    call(&scene, &sign(&jwt::header(), &claims)).await.data();
    call(&scene, &sign(&json!({ "alg": "HS256" }), &claims)).await.data();
    let now = jwt::now_seconds();
    call(&scene, &sign(&jwt::header(), &claims_with(&scene, "exp", json!(now + 2_000_000)))).await.data();
}

#[tokio::test]
async fn a_token_with_another_algorithm_is_refused() {
    let scene = Scene::start().await;
    let claims = jwt::claims(&scene.app.app_id, "u1");
    for name in ["none", "None", "NONE", "nOnE", "", "hs256", "HS384", "HS512", "RS256", "ES256", "EdDSA", "PS256"] {
        let header = json!({ "alg": name, "typ": "JWT" });
        let unsigned = format!("{}.{}.", encode(&header), encode(&claims));
        for token in [unsigned.clone(), unsigned.trim_end_matches('.').to_owned(), sign(&header, &claims)] {
            call(&scene, &token).await.expect_error(ErrorCode::InvalidToken);
        }
    }
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        let honest = sign_with(algorithm, JWT_SECRET, &json!({ "alg": algorithm, "typ": "JWT" }), &claims);
        call(&scene, &honest).await.expect_error(ErrorCode::InvalidToken);
        let lying = sign_with(algorithm, JWT_SECRET, &jwt::header(), &claims);
        call(&scene, &lying).await.expect_error(ErrorCode::InvalidToken);
    }
    for header in [
        json!({ "typ": "JWT" }),
        json!({ "alg": null }),
        json!({ "alg": ["HS256"] }),
        json!({ "alg": "HS256", "crit": ["exp"] }),
        json!({ "alg": "HS256", "crit": ["b64"], "b64": false }),
    ] {
        call(&scene, &sign(&header, &claims)).await.expect_error(ErrorCode::InvalidToken);
    }
}

#[tokio::test]
async fn a_token_with_wrong_claims_is_refused() {
    let scene = Scene::start().await;
    let now = jwt::now_seconds();
    let wrong = [
        (
            "exp",
            vec![
                json!(null),
                json!(now),
                json!(now - 1),
                json!(now - 30),
                json!(0),
                json!(-1),
                json!((now + 3600).to_string()),
                json!(true),
                json!([now + 3600]),
                json!({}),
                json!("never"),
            ],
        ),
        ("iat", vec![json!(null), json!("now"), json!([])]),
        ("sub", vec![json!(null), json!(5), json!(["u1"]), json!({})]),
        ("appId", vec![json!(null), json!(5), json!(""), json!("wapp_000000000000"), json!([scene.app.app_id])]),
        ("allowedOrigins", vec![json!(null), json!("*"), json!([5]), json!({})]),
        ("jti", vec![json!(5), json!([])]),
    ];
    for (name, values) in wrong {
        for value in values {
            let reply = call(&scene, &sign(&jwt::header(), &claims_with(&scene, name, value.clone()))).await;
            assert_eq!(reply.code(), Some("INVALID_TOKEN"), "{name}: {value}: {}", reply.text);
            reply.expect_error(ErrorCode::InvalidToken);
        }
    }
    for claims in [json!([]), json!("x"), json!(5), json!(null), json!({})] {
        call(&scene, &sign(&jwt::header(), &claims)).await.expect_error(ErrorCode::InvalidToken);
    }
}

#[tokio::test]
async fn a_token_that_was_tampered_with_is_refused() {
    let scene = Scene::start().await;
    let token = scene.anonymous().token(&scene.app, "u1").await;
    let parts: Vec<&str> = token.split('.').collect();
    let (header, claims) = jwt::read(&token);
    let mut richer = claims.clone();
    richer["sub"] = json!("somebody else");
    let other_key = sign_with(Algorithm::HS256, "another secret of at least 32 bytes", &header, &claims);
    let empty_key = sign_with(Algorithm::HS256, "", &header, &claims);
    for token in [
        format!("{}.{}.{}", parts[0], encode(&richer), parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}", parts[0], parts[1]),
        parts[0].to_owned(),
        format!("{token}."),
        format!("{token}.{}", parts[2]),
        format!("{token}A"),
        format!("{token}="),
        token[..token.len() - 1].to_owned(),
        format!("{}..{}", parts[0], parts[2]),
        token.to_uppercase().replacen("EYJ", "eyJ", 1),
        "eyJ".to_owned(),
        "eyJ.eyJ.eyJ".to_owned(),
        format!("eyJ{}", "A".repeat(6000)),
        other_key,
        empty_key,
    ] {
        let reply = call(&scene, &token).await;
        assert_eq!(reply.code(), Some("INVALID_TOKEN"), "{token}: {}", reply.text);
    }
    call(&scene, &token).await.data();
}

#[tokio::test]
async fn every_route_wants_a_caller() {
    let scene = Scene::start().await;
    let task = crate::scene::ask(&scene.user("u1").await, "hi").await;
    let of_task = |rest: &str| format!("{}{rest}", routes::task(task.as_str()));
    let calls = [
        ("POST", routes::TASKS.to_owned()),
        ("GET", routes::TASKS.to_owned()),
        ("GET", of_task("")),
        ("PATCH", of_task("")),
        ("DELETE", of_task("")),
        ("POST", of_task("/messages")),
        ("GET", of_task("/stream")),
        ("GET", of_task("/history")),
        ("DELETE", of_task("/history")),
        ("DELETE", "/api/v1/end-users/u1".to_owned()),
        ("GET", routes::WIDGET_CONFIG.to_owned()),
    ];
    let expired = sign(&jwt::header(), &claims_with(&scene, "exp", json!(1)));
    for (method, path) in calls {
        for (authorization, code) in [
            (None, ErrorCode::AuthRequired),
            (Some(""), ErrorCode::AuthRequired),
            (Some("Bearer"), ErrorCode::InvalidAuthFormat),
            (Some("Bearer hunter2"), ErrorCode::InvalidAuthFormat),
            (Some("Basic dTpw"), ErrorCode::InvalidAuthFormat),
            (Some("eyJ"), ErrorCode::InvalidAuthFormat),
            (Some("Bearer Sigmic_x"), ErrorCode::InvalidAuthFormat),
            (Some("Bearer sigmic_x"), ErrorCode::InvalidApiKey),
            (Some("Bearer eyJx"), ErrorCode::InvalidToken),
            (Some(&*format!("bearer {expired}")), ErrorCode::InvalidToken),
        ] {
            let mut client = scene.anonymous();
            if let Some(value) = authorization {
                client = client.with_header("authorization", value);
            }
            let request = client.request(method.parse().unwrap(), &path).json(&json!({ "message": "m", "title": "t" }));
            let reply = sigmic_tests::client::send(request).await;
            assert_eq!(reply.code(), Some(code.code()), "{method} {path} {authorization:?}: {}", reply.text);
            reply.expect_error(code);
        }
    }
}
