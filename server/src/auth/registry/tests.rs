use super::*;
use crate::auth::tests::Bench;
use secrecy::ExposeSecret;

#[tokio::test]
async fn an_app_is_created_with_its_origins_serialised() {
    let bench = Bench::new().await;
    let origins = ["https://B.com:443", "http://localhost:3000/"];
    let (app, secret) = create_app(&bench.operator(), &bench.project_id, " Shop ", origins).await.unwrap();
    assert_eq!(bench.store.find_app(&app.app_id).await.unwrap().unwrap(), app);
    assert_eq!(
        (app.name.as_str(), &app.allowed_origins.0[..]),
        ("Shop", &["https://b.com".to_owned(), "http://localhost:3000".to_owned()][..])
    );
    assert_eq!(app.secret_hash, CredentialKind::AppSecret.hash(&secret).as_bytes());
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let bench = Bench::new().await;
    let operator = &bench.operator();
    let none: [&str; 0] = [];
    assert!(matches!(create_app(operator, "nowhere", "App", none).await, Err(RegistryError::NoSuchProject)));
    assert!(matches!(create_api_key(operator, "nowhere", "Key", None).await, Err(RegistryError::NoSuchProject)));
    for name in ["", "  ", "a\nb", &"x".repeat(101)] {
        assert!(matches!(create_app(operator, &bench.project_id, name, none).await, Err(RegistryError::Name)));
        assert!(matches!(create_api_key(operator, &bench.project_id, name, None).await, Err(RegistryError::Name)));
        assert!(matches!(rename_app(operator, &bench.app_id, name).await, Err(RegistryError::Name)));
    }
    let pattern = create_app(operator, &bench.project_id, "App", ["https://*.com"]).await;
    assert!(matches!(pattern, Err(RegistryError::Origin(_))));
    let nobody = "wapp_000000000000".into();
    assert!(matches!(rotate_secret(operator, &nobody, Duration::ZERO).await, Err(RegistryError::NoSuchApp)));
    assert!(matches!(set_origins(operator, &nobody, none).await, Err(RegistryError::NoSuchApp)));
    assert!(matches!(rename_app(operator, &nobody, "App").await, Err(RegistryError::NoSuchApp)));
    assert!(matches!(set_disabled(operator, &nobody, true).await, Err(RegistryError::NoSuchApp)));
    assert!(matches!(delete_app(operator, &nobody).await, Err(RegistryError::NoSuchApp)));
    assert!(matches!(revoke_api_key(operator, "nothing").await, Err(RegistryError::NoSuchKey)));
}

#[tokio::test]
async fn a_second_rotation_ends_the_secret_that_was_being_replaced() {
    let bench = Bench::new().await;
    let day = Duration::from_secs(86_400);
    let (second, _) = rotate_secret(&bench.operator(), &bench.app_id, day).await.unwrap();
    let (third, _) = rotate_secret(&bench.operator(), &bench.app_id, day).await.unwrap();
    let app = bench.store.find_app(&bench.app_id).await.unwrap().unwrap();
    assert_eq!(app.secret_hash, CredentialKind::AppSecret.hash(&third).as_bytes());
    assert_eq!(app.old_secret_hash.unwrap(), CredentialKind::AppSecret.hash(&second).as_bytes());
}

#[tokio::test]
async fn a_change_leaves_the_rest_of_an_app_alone() {
    let bench = Bench::new().await;
    let before = bench.store.find_app(&bench.app_id).await.unwrap().unwrap();
    set_origins(&bench.operator(), &bench.app_id, ["*"]).await.unwrap();
    set_disabled(&bench.operator(), &bench.app_id, true).await.unwrap();
    let after = bench.store.find_app(&bench.app_id).await.unwrap().unwrap();
    assert_eq!(after, AppRecord { allowed_origins: vec!["*".to_owned()].into(), disabled: true, ..before });
}

#[tokio::test]
async fn every_change_is_noted_with_who_made_it_and_no_secret() {
    let bench = Bench::new().await;
    let operator = Operator { name: "ada@example.com", ..bench.operator() };
    let (app, secret) = create_app(&operator, &bench.project_id, "Shop", ["https://a.com"]).await.unwrap();
    let (rotated, _) = rotate_secret(&operator, &app.app_id, Duration::ZERO).await.unwrap();
    set_origins(&operator, &app.app_id, ["https://b.com"]).await.unwrap();
    assert_eq!(rename_app(&operator, &app.app_id, " Store ").await.unwrap(), "Store");
    set_disabled(&operator, &app.app_id, true).await.unwrap();
    set_disabled(&operator, &app.app_id, false).await.unwrap();
    delete_app(&operator, &app.app_id).await.unwrap();
    let (record, key) = create_api_key(&operator, &bench.project_id, "CI", None).await.unwrap();
    revoke_api_key(&operator, &record.id).await.unwrap();
    assert!(delete_app(&operator, &app.app_id).await.is_err());
    let mut log = bench.store.list_audit(&Default::default(), 9).await.unwrap();
    log.reverse();
    let said: Vec<_> = log.iter().map(|entry| (entry.action.as_str(), entry.subject_name.as_str())).collect();
    assert_eq!(
        said,
        [
            ("app.created", "Shop"),
            ("app.secret_rotated", "Shop"),
            ("app.origins_set", "Shop"),
            ("app.renamed", "Shop"),
            ("app.disabled", "Store"),
            ("app.enabled", "Store"),
            ("app.deleted", "Store"),
            ("key.created", "CI"),
            ("key.revoked", "CI"),
        ]
    );
    assert!(log.iter().all(|entry| entry.actor == "ada@example.com" && entry.at == bench.clock.now_ms()));
    let text = format!("{log:?}");
    for secret in [&secret, &rotated, &key] {
        assert!(!text.contains(&secret.expose_secret()[10..]), "{text}");
    }
}
