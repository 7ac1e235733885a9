use super::*;
use crate::auth::{
    registry,
    tests::{Bench, NOW_MS},
};
use crate::secrets::Keys;
use secrecy::ExposeSecret;
use sigmic_shared::ErrorCode;
use std::time::Duration;

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        map.append(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
    }
    map
}

async fn code(bench: &Bench, pairs: &[(&str, &str)]) -> Option<ErrorCode> {
    bench.auth.authenticate(&headers(pairs)).await.err().map(|error| error.code())
}

#[tokio::test]
async fn each_kind_of_credential_has_its_answer() {
    let bench = Bench::new().await;
    let token = bench.token().await;
    let (_, key) = registry::create_api_key(&bench.operator(), &bench.project_id, "Key", None).await.unwrap();
    bench.auth.directory().invalidate();
    let key = key.expose_secret();
    let bearer = |credential: &str| format!("Bearer {credential}");
    let unknown = format!("sigmic_{}", "0".repeat(64));
    for (pairs, expected) in [
        (vec![("authorization", bearer(&token))], None),
        (vec![("authorization", format!("bearer {token}"))], None),
        (vec![("authorization", format!("BEARER   {token} "))], None),
        (vec![("authorization", bearer(key))], None),
        (vec![("x-api-key", key.to_owned())], None),
        (vec![("x-api-key", key.to_owned()), ("authorization", bearer(key))], None),
        (vec![("x-api-key", key.to_owned()), ("authorization", String::new())], None),
        (vec![], Some(ErrorCode::AuthRequired)),
        (vec![("authorization", String::new())], Some(ErrorCode::AuthRequired)),
        (vec![("x-api-key", " ".to_owned())], Some(ErrorCode::AuthRequired)),
        (vec![("authorization", "Bearer".to_owned())], Some(ErrorCode::InvalidAuthFormat)),
        (vec![("authorization", bearer("abc"))], Some(ErrorCode::InvalidAuthFormat)),
        (vec![("authorization", bearer("EYJ"))], Some(ErrorCode::InvalidAuthFormat)),
        (vec![("authorization", bearer("Sigmic_"))], Some(ErrorCode::InvalidAuthFormat)),
        (vec![("authorization", token.clone())], Some(ErrorCode::InvalidAuthFormat)),
        (vec![("authorization", format!("Basic {token}"))], Some(ErrorCode::InvalidAuthFormat)),
        (vec![("authorization", bearer("eyJ"))], Some(ErrorCode::InvalidToken)),
        (vec![("authorization", bearer(&format!("{token}x")))], Some(ErrorCode::InvalidToken)),
        (vec![("authorization", bearer(&format!("{token} x")))], Some(ErrorCode::InvalidToken)),
        (vec![("authorization", bearer(&unknown))], Some(ErrorCode::InvalidApiKey)),
        (vec![("authorization", bearer("sigmic_"))], Some(ErrorCode::InvalidApiKey)),
        (vec![("authorization", bearer(&key.to_uppercase()))], Some(ErrorCode::InvalidAuthFormat)),
        (vec![("x-api-key", unknown.clone())], Some(ErrorCode::InvalidApiKey)),
        (vec![("x-api-key", token.clone())], Some(ErrorCode::InvalidApiKey)),
        (vec![("x-api-key", "abc".to_owned())], Some(ErrorCode::InvalidApiKey)),
        (vec![("x-api-key", bearer(key))], Some(ErrorCode::InvalidApiKey)),
        (vec![("x-api-key", key.to_owned()), ("authorization", bearer(&token))], Some(ErrorCode::ValidationError)),
        (vec![("x-api-key", key.to_owned()), ("authorization", bearer(&unknown))], Some(ErrorCode::ValidationError)),
        (vec![("authorization", bearer(key)), ("authorization", bearer(key))], Some(ErrorCode::ValidationError)),
        (vec![("x-api-key", key.to_owned()), ("x-api-key", key.to_owned())], Some(ErrorCode::ValidationError)),
        (vec![("x-api-key", token.clone()), ("authorization", bearer(&token))], Some(ErrorCode::InvalidApiKey)),
    ] {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(code(&bench, &pairs).await, expected, "{pairs:?}");
    }
}

#[tokio::test]
async fn a_caller_knows_what_is_theirs() {
    let bench = Bench::new().await;
    let token = bench.token().await;
    let user = bench.auth.authenticate(&headers(&[("authorization", &format!("Bearer {token}"))])).await.unwrap();
    assert!(user.is_end_user());
    assert_eq!(user.project_id(), bench.project_id);
    assert_eq!(user.name(), format!("app:{}:user", bench.app_id));
    let scope = TaskScope::EndUser { app_id: bench.app_id.clone(), end_user_id: "user".into() };
    assert_eq!(user.scope(), scope);
    let Caller::EndUser(user) = user else { unreachable!("checked above") };
    assert_eq!((user.jti, user.expires_at), (None, NOW_MS + 3_600_000));
    assert_eq!(user.allowed_origins, ["https://a.com"]);

    let (record, key) = registry::create_api_key(&bench.operator(), &bench.project_id, "Key", None).await.unwrap();
    bench.auth.directory().invalidate();
    let key = bench.auth.authenticate(&headers(&[("x-api-key", key.expose_secret())])).await.unwrap();
    assert!(!key.is_end_user());
    assert_eq!((key.project_id(), key.name()), (bench.project_id.as_str(), format!("key:{}", record.id)));
    assert_eq!(key.scope(), TaskScope::Project { project_id: bench.project_id.clone() });
}

#[tokio::test]
async fn without_a_signing_secret_only_tokens_are_turned_away() {
    let bench = Bench::new().await;
    let token = bench.token().await;
    let unsigned = super::Auth::new(bench.store.clone(), bench.clock.clone(), Keys::default());
    let answer = |pairs: Vec<(&'static str, String)>| {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let headers = headers(&pairs);
        let unsigned = unsigned.clone();
        async move { unsigned.authenticate(&headers).await.err().map(|error| error.code()) }
    };
    assert_eq!(answer(vec![("authorization", format!("Bearer {token}"))]).await, Some(ErrorCode::JwtNotConfigured));
    assert_eq!(answer(vec![("authorization", "Bearer eyJ".into())]).await, Some(ErrorCode::JwtNotConfigured));
    assert_eq!(answer(vec![("authorization", "Bearer x".into())]).await, Some(ErrorCode::InvalidAuthFormat));
    assert_eq!(answer(vec![]).await, Some(ErrorCode::AuthRequired));
    let (_, key) = registry::create_api_key(&bench.operator(), &bench.project_id, "Key", None).await.unwrap();
    assert_eq!(answer(vec![("x-api-key", key.expose_secret().to_owned())]).await, None);
}

#[tokio::test]
async fn a_token_ends_with_its_time_its_app_and_its_project() {
    let bench = Bench::new().await;
    let token = format!("Bearer {}", bench.token().await);
    let pairs = [("authorization", token.as_str())];
    bench.hand.set_ms(NOW_MS + 3_599_999);
    assert_eq!(code(&bench, &pairs).await, None);
    bench.hand.set_ms(NOW_MS + 3_600_000);
    assert_eq!(code(&bench, &pairs).await, Some(ErrorCode::InvalidToken));
    bench.hand.set_ms(NOW_MS);
    for (disabled, expected) in [(true, Some(ErrorCode::InvalidToken)), (false, None)] {
        registry::set_disabled(&bench.operator(), &bench.app_id, disabled).await.unwrap();
        bench.auth.directory().invalidate();
        assert_eq!(code(&bench, &pairs).await, expected, "{disabled}");
    }
    registry::delete_app(&bench.operator(), &bench.app_id).await.unwrap();
    bench.auth.directory().invalidate();
    assert_eq!(code(&bench, &pairs).await, Some(ErrorCode::InvalidToken));
}

#[tokio::test]
async fn an_api_key_ends_with_its_time_and_when_it_is_revoked() {
    let bench = Bench::new().await;
    let day = Duration::from_secs(86_400);
    let (record, key) = registry::create_api_key(&bench.operator(), &bench.project_id, "Key", Some(day)).await.unwrap();
    bench.auth.directory().invalidate();
    let pairs = [("x-api-key", key.expose_secret())];
    bench.hand.set_ms(NOW_MS + 86_399_999);
    assert_eq!(code(&bench, &pairs).await, None);
    bench.hand.set_ms(NOW_MS + 86_400_000);
    assert_eq!(code(&bench, &pairs).await, Some(ErrorCode::InvalidApiKey));
    bench.hand.set_ms(NOW_MS);
    registry::revoke_api_key(&bench.operator(), &record.id).await.unwrap();
    bench.auth.directory().invalidate();
    assert_eq!(code(&bench, &pairs).await, Some(ErrorCode::InvalidApiKey));
}

#[tokio::test]
async fn origins_hold_for_end_users_and_not_for_api_keys() {
    let bench = Bench::new().await;
    let token = format!("Bearer {}", bench.token().await);
    let (_, key) = registry::create_api_key(&bench.operator(), &bench.project_id, "Key", None).await.unwrap();
    bench.auth.directory().invalidate();
    let check = |credential: (&'static str, String), origin: &'static str| {
        let headers = headers(&[(credential.0, &credential.1), ("origin", origin)]);
        let auth = bench.auth.clone();
        async move {
            let caller = auth.authenticate(&headers).await.unwrap();
            let request = crate::auth::OriginHeaders::read(&http::Method::POST, &headers, None);
            auth.check_origin(&caller, &request).err().map(|error| error.code())
        }
    };
    assert_eq!(check(("authorization", token.clone()), "https://a.com").await, None);
    assert_eq!(check(("authorization", token.clone()), "https://b.com").await, Some(ErrorCode::OriginNotAllowed));
    assert_eq!(check(("x-api-key", key.expose_secret().into()), "https://b.com").await, None);
    // A removed origin does not work any more, and an added one does not help an old token.
    registry::set_origins(&bench.operator(), &bench.app_id, ["https://b.com"]).await.unwrap();
    bench.auth.directory().invalidate();
    assert_eq!(check(("authorization", token.clone()), "https://a.com").await, Some(ErrorCode::OriginNotAllowed));
    assert_eq!(check(("authorization", token), "https://b.com").await, Some(ErrorCode::OriginNotAllowed));
    let new = format!("Bearer {}", bench.token().await);
    assert_eq!(check(("authorization", new), "https://b.com").await, None);
}
