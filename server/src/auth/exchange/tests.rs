use super::*;
use crate::{
    auth::{
        registry,
        tests::{Bench, NOW_MS, SECRET},
    },
    secrets::{Keyring, Keys},
};
use serde_json::json;
use sigmic_shared::ErrorCode;
use std::time::Duration;

/// The claims of a token, unverified: the signer's own tests see to that.
fn claims(token: &str) -> Value {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn right_credentials_give_a_token() {
    let bench = Bench::new().await;
    let response = bench.exchange(&bench.body(json!({}))).await.unwrap();
    assert_eq!(response.expires_at.0, "2026-01-31T13:00:00.000Z");
    let now = NOW_MS / 1000;
    assert_eq!(
        claims(&response.token),
        json!({ "appId": bench.app_id, "sub": "user", "allowedOrigins": ["https://a.com"], "iat": now, "exp": now + 3600 })
    );
}

#[tokio::test]
async fn what_is_left_out_or_null_has_its_default() {
    let bench = Bench::new().await;
    for fields in [
        json!({ "expiresIn": null, "env": null, "secrets": null }),
        json!({ "env": {}, "secrets": {} }),
        json!({ "unknown": [1, 2], "jti": "mine", "exp": 1, "allowedOrigins": ["*"], "sub": "other" }),
    ] {
        let token = bench.exchange(&bench.body(fields.clone())).await.unwrap().token;
        let claims = claims(&token);
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600, "{fields}");
        assert_eq!(claims.get("jti"), None, "{fields}");
        assert_eq!((claims["sub"].as_str(), &claims["allowedOrigins"]), (Some("user"), &json!(["https://a.com"])));
    }
}

#[tokio::test]
async fn every_wrong_field_has_its_code() {
    use ErrorCode::{
        InvalidCredentials, InvalidEnv, InvalidExpiresIn, MissingCredentials, MissingEndUserId, ValidationError,
    };
    let bench = Bench::new().await;
    let long = "x".repeat(257);
    for (fields, expected) in [
        (json!({ "appId": null }), MissingCredentials),
        (json!({ "appId": "" }), MissingCredentials),
        (json!({ "appId": 1 }), MissingCredentials),
        (json!({ "appId": ["wapp_1"] }), MissingCredentials),
        (json!({ "appSecret": null }), MissingCredentials),
        (json!({ "appSecret": "" }), MissingCredentials),
        (json!({ "appSecret": {} }), MissingCredentials),
        (json!({ "appSecret": true }), MissingCredentials),
        (json!({ "endUserId": null }), MissingEndUserId),
        (json!({ "endUserId": "" }), MissingEndUserId),
        (json!({ "endUserId": "  \t\u{2003}" }), MissingEndUserId),
        (json!({ "endUserId": "\n" }), MissingEndUserId),
        (json!({ "endUserId": 42 }), MissingEndUserId),
        (json!({ "endUserId": ["u"] }), MissingEndUserId),
        (json!({ "endUserId": long }), ValidationError),
        (json!({ "endUserId": "é".repeat(129) }), ValidationError),
        (json!({ "endUserId": "a\nb" }), ValidationError),
        (json!({ "endUserId": "a\u{0}" }), ValidationError),
        (json!({ "endUserId": "a\u{7f}" }), ValidationError),
        (json!({ "endUserId": "a\u{85}b" }), ValidationError),
        (json!({ "expiresIn": 3600 }), InvalidExpiresIn),
        (json!({ "expiresIn": "" }), InvalidExpiresIn),
        (json!({ "expiresIn": "0s" }), InvalidExpiresIn),
        (json!({ "expiresIn": "31d" }), InvalidExpiresIn),
        (json!({ "expiresIn": "soon" }), InvalidExpiresIn),
        (json!({ "expiresIn": ["1h"] }), InvalidExpiresIn),
        (json!({ "expiresIn": false }), InvalidExpiresIn),
        (json!({ "env": [] }), InvalidEnv),
        (json!({ "env": "A=b" }), InvalidEnv),
        (json!({ "env": { "1A": "x" } }), InvalidEnv),
        (json!({ "env": { "A": 1 } }), InvalidEnv),
        (json!({ "secrets": { "A-B": "x" } }), InvalidEnv),
        (json!({ "secrets": { "A": null } }), InvalidEnv),
        (json!({ "secrets": 0 }), InvalidEnv),
        (json!({ "appId": "wapp_000000000000" }), InvalidCredentials),
        (json!({ "appId": " " }), InvalidCredentials),
        (json!({ "appId": "wapp_\u{0}'; DROP TABLE apps" }), InvalidCredentials),
        (json!({ "appSecret": "wsec_0" }), InvalidCredentials),
        (json!({ "appSecret": format!(" {}", bench.app_secret.expose_secret()) }), InvalidCredentials),
        (json!({ "appSecret": bench.app_secret.expose_secret().to_uppercase() }), InvalidCredentials),
    ] {
        let error = bench.exchange(&bench.body(fields.clone())).await.unwrap_err();
        assert_eq!(error.code(), expected, "{fields}");
    }
}

#[tokio::test]
async fn an_odd_but_allowed_end_user_is_kept_as_given() {
    let bench = Bench::new().await;
    for id in [" padded ", "ü", "a:b/c?d", "\"quoted\"", "🕐", &"x".repeat(256), &"é".repeat(128), "0"] {
        let token = bench.exchange(&bench.body(json!({ "endUserId": id }))).await.unwrap().token;
        assert_eq!(claims(&token)["sub"], id);
    }
}

#[tokio::test]
async fn bodies_that_are_no_object_are_told_apart() {
    let bench = Bench::new().await;
    for (body, expected) in [
        ("", ErrorCode::ValidationError),
        ("{", ErrorCode::ValidationError),
        ("appId=x", ErrorCode::ValidationError),
        (r#"{"appId":"\ud800"}"#, ErrorCode::ValidationError),
        ("{} {}", ErrorCode::ValidationError),
        ("\u{feff}{}", ErrorCode::ValidationError),
        ("[]", ErrorCode::MissingCredentials),
        ("null", ErrorCode::MissingCredentials),
        ("\"text\"", ErrorCode::MissingCredentials),
        ("7", ErrorCode::MissingCredentials),
        ("{}", ErrorCode::MissingCredentials),
    ] {
        let error = bench.auth.exchange::<AuthError>(body.as_bytes(), |_| Ok(())).await.unwrap_err();
        assert_eq!(error.code(), expected, "{body:?}");
    }
    let deep = "[".repeat(100_000);
    let error = bench.auth.exchange::<AuthError>(deep.as_bytes(), |_| Ok(())).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::ValidationError);
}

#[tokio::test]
async fn the_first_failure_answers_in_the_documented_order() {
    let bench = Bench::new().await;
    // Everything is wrong at first; then one thing after another is put right.
    let mut body = json!({ "appId": 1, "endUserId": "", "expiresIn": "x", "env": [], "secrets": [] });
    let code = async |body: &Value| bench.exchange(body).await.unwrap_err().code();
    assert_eq!(code(&body).await, ErrorCode::MissingCredentials);
    body["appId"] = json!("wapp_000000000000");
    assert_eq!(code(&body).await, ErrorCode::MissingCredentials);
    body["appSecret"] = json!("wsec_0");
    assert_eq!(code(&body).await, ErrorCode::MissingEndUserId);
    body["endUserId"] = json!("x".repeat(257));
    assert_eq!(code(&body).await, ErrorCode::ValidationError);
    body["endUserId"] = json!("user");
    assert_eq!(code(&body).await, ErrorCode::InvalidExpiresIn);
    body["expiresIn"] = json!("1h");
    assert_eq!(code(&body).await, ErrorCode::InvalidEnv);
    body["env"] = json!({});
    assert_eq!(code(&body).await, ErrorCode::InvalidEnv);
    body["secrets"] = json!({});
    assert_eq!(code(&body).await, ErrorCode::InvalidCredentials);
    assert!(
        bench
            .exchange(
                &bench.body(
                    body.as_object()
                        .map(|fields| {
                            let mut fields = fields.clone();
                            fields.remove("appId");
                            fields.remove("appSecret");
                            fields.into()
                        })
                        .unwrap()
                )
            )
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn without_a_signing_secret_nothing_else_is_looked_at() {
    let bench = Bench::new().await;
    let auth = Auth::new(bench.store.clone(), bench.clock.clone(), Keys::default());
    for body in ["", "not json", "{}", &bench.body(json!({})).to_string()] {
        let error = auth.exchange::<AuthError>(body.as_bytes(), |_| Ok(())).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::JwtNotConfigured, "{body}");
    }
}

#[tokio::test]
async fn unknown_wrong_and_disabled_cannot_be_told_apart() {
    let bench = Bench::new().await;
    let answer = async |fields: Value| {
        let error = bench.exchange(&bench.body(fields)).await.unwrap_err();
        (error.code(), error.to_string())
    };
    let unknown = answer(json!({ "appId": "wapp_000000000000" })).await;
    let wrong = answer(json!({ "appSecret": "wsec_0" })).await;
    registry::set_disabled(&bench.operator(), &bench.app_id, true).await.unwrap();
    bench.auth.directory().invalidate();
    let disabled = answer(json!({})).await;
    assert_eq!((&unknown, &unknown), (&wrong, &disabled));
    assert_eq!(unknown.0, ErrorCode::InvalidCredentials);
}

#[tokio::test]
async fn a_context_is_kept_for_its_own_token_alone() {
    let bench = Bench::new().await;
    let fields = json!({ "env": { "A": "env", "B": "1" }, "secrets": { "A": "hunter2" } });
    let first = bench.exchange(&bench.body(fields.clone())).await.unwrap().token;
    assert!(!claims(&first).to_string().contains("hunter2"));
    let jti = claims(&first)["jti"].as_str().unwrap().to_owned();
    assert_eq!(uuid::Uuid::parse_str(&jti).unwrap().get_version_num(), 7);
    let record = bench.store.find_context(&jti).await.unwrap().unwrap();
    assert_eq!(record.expires_at, NOW_MS + 3_600_000);
    assert_eq!((&record.app_id, record.end_user_id.as_str()), (&bench.app_id, "user"));
    for sealed in [&record.sealed_env, &record.sealed_secrets] {
        let sealed = String::from_utf8_lossy(sealed.as_ref().unwrap()).into_owned();
        assert!(!sealed.contains("hunter2") && !sealed.contains("env"));
    }
    let context = Context::open(&bench.keys.encryption, &record).unwrap();
    assert_eq!((context.find("A"), context.find("B")), (Some("hunter2"), Some("1")));

    let second = bench.exchange(&bench.body(fields)).await.unwrap().token;
    assert_ne!(claims(&second)["jti"], jti);
    let bare = bench.token().await;
    assert_eq!(claims(&bare).get("jti"), None);
}

#[tokio::test]
async fn one_half_of_a_context_is_enough_for_a_jti() {
    let bench = Bench::new().await;
    for (fields, has_jti) in [
        (json!({ "env": { "A": "" } }), true),
        (json!({ "secrets": { "A": "" } }), true),
        (json!({ "env": {}, "secrets": { "A": "1" } }), true),
        (json!({ "env": {}, "secrets": null }), false),
    ] {
        let token = bench.exchange(&bench.body(fields.clone())).await.unwrap().token;
        assert_eq!(claims(&token).get("jti").is_some(), has_jti, "{fields}");
    }
}

#[tokio::test]
async fn who_is_not_admitted_gets_no_token_and_leaves_nothing() {
    #[derive(Debug, PartialEq)]
    enum Refusal {
        TooMany(String),
        Auth(ErrorCode),
    }
    impl From<AuthError> for Refusal {
        fn from(error: AuthError) -> Self {
            Self::Auth(error.code())
        }
    }
    let bench = Bench::new().await;
    let body = bench.body(json!({ "env": { "A": "1" } })).to_string();
    let refused = bench.auth.exchange(body.as_bytes(), |app| Err(Refusal::TooMany(app.to_owned()))).await;
    assert_eq!(refused, Err(Refusal::TooMany(bench.app_id.to_string())));
    // Nobody is asked about wrong credentials: a stranger must not use up an app's limit.
    let body = bench.body(json!({ "appSecret": "wsec_0" })).to_string();
    let refused = bench.auth.exchange(body.as_bytes(), |app| Err(Refusal::TooMany(app.to_owned()))).await;
    assert_eq!(refused, Err(Refusal::Auth(ErrorCode::InvalidCredentials)));
    bench.hand.advance(Duration::from_secs(4000));
    assert_eq!(bench.store.erase_expired_contexts(bench.clock.now_ms()).await.unwrap(), 0);
}

#[tokio::test]
async fn both_secrets_work_while_one_is_being_replaced() {
    let bench = Bench::new().await;
    let hour = Duration::from_secs(3600);
    let (new, until) = registry::rotate_secret(&bench.operator(), &bench.app_id, hour).await.unwrap();
    bench.auth.directory().invalidate();
    assert_eq!(until, NOW_MS + 3_600_000);
    let works = async |secret: &SecretString| {
        bench.exchange(&bench.body(json!({ "appSecret": secret.expose_secret() }))).await.is_ok()
    };
    assert!(works(&bench.app_secret).await && works(&new).await);
    bench.hand.set_ms(until - 1);
    assert!(works(&bench.app_secret).await && works(&new).await);
    bench.hand.set_ms(until);
    assert!(!works(&bench.app_secret).await && works(&new).await);
}

#[tokio::test]
async fn contexts_outlive_a_change_of_the_encryption_key() {
    let bench = Bench::new().await;
    let token = bench.exchange(&bench.body(json!({ "secrets": { "A": "1" } }))).await.unwrap().token;
    let record = bench.store.find_context(claims(&token)["jti"].as_str().unwrap()).await.unwrap().unwrap();
    let old = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let new = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    let rotated = Keyring::parse(&format!("{new},{old}").into()).unwrap();
    assert_eq!(Context::open(&rotated, &record).unwrap().find("A"), Some("1"));
    // App secrets do not depend on it at all.
    let keys = Keys { signing: vec![SECRET.into()], encryption: Keyring::parse(&new.into()).unwrap().into() };
    let auth = Auth::new(bench.store.clone(), bench.clock.clone(), keys);
    assert!(auth.exchange::<AuthError>(bench.body(json!({})).to_string().as_bytes(), |_| Ok(())).await.is_ok());
}

#[tokio::test]
async fn a_refusal_repeats_nothing_that_was_sent() {
    let bench = Bench::new().await;
    let secret = bench.app_secret.expose_secret();
    for fields in [
        json!({ "appId": "hunter2" }),
        json!({ "appSecret": "hunter2" }),
        json!({ "endUserId": "hunter2\n" }),
        json!({ "expiresIn": "hunter2" }),
        json!({ "env": { "hunter2 ": "hunter2" } }),
        json!({ "secrets": { "A": ["hunter2"] } }),
    ] {
        let error = bench.exchange(&bench.body(fields)).await.unwrap_err();
        for text in [format!("{error:?}"), error.to_string()] {
            assert!(!text.contains("hunter2") && !text.contains(secret), "{text}");
        }
    }
}

#[tokio::test]
async fn a_database_that_is_away_is_no_verdict_on_the_credentials() {
    let bench = Bench::new().await;
    bench.token().await;
    bench.store.close().await;
    let error = bench.exchange(&bench.body(json!({ "env": { "A": "1" } }))).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::ServiceUnavailable);
    // Without a context there is nothing to keep.
    bench.token().await;
}
