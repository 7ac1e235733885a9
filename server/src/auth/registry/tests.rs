use super::*;
use crate::auth::tests::Bench;

#[tokio::test]
async fn an_app_is_created_with_its_origins_serialised() {
    let bench = Bench::new().await;
    let origins = ["https://B.com:443", "http://localhost:3000/"];
    let (app, secret) = create_app(&bench.store, &bench.clock, &bench.project_id, " Shop ", origins).await.unwrap();
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
    let (store, clock) = (&bench.store, &bench.clock);
    let none: [&str; 0] = [];
    assert!(matches!(create_app(store, clock, "nowhere", "App", none).await, Err(RegistryError::NoSuchProject)));
    assert!(matches!(create_api_key(store, clock, "nowhere", "Key", None).await, Err(RegistryError::NoSuchProject)));
    for name in ["", "  ", "a\nb", &"x".repeat(101)] {
        assert!(matches!(create_app(store, clock, &bench.project_id, name, none).await, Err(RegistryError::Name)));
        assert!(matches!(create_api_key(store, clock, &bench.project_id, name, None).await, Err(RegistryError::Name)));
    }
    let pattern = create_app(store, clock, &bench.project_id, "App", ["https://*.com"]).await;
    assert!(matches!(pattern, Err(RegistryError::Origin(_))));
    let nobody = "wapp_000000000000".into();
    assert!(matches!(rotate_secret(store, clock, &nobody, Duration::ZERO).await, Err(RegistryError::NoSuchApp)));
    assert!(matches!(set_origins(store, &nobody, none).await, Err(RegistryError::NoSuchApp)));
    assert!(matches!(set_disabled(store, &nobody, true).await, Err(RegistryError::NoSuchApp)));
    assert!(matches!(delete_app(store, &nobody).await, Err(RegistryError::NoSuchApp)));
    assert!(matches!(revoke_api_key(store, clock, "nothing").await, Err(RegistryError::NoSuchKey)));
}

#[tokio::test]
async fn a_second_rotation_ends_the_secret_that_was_being_replaced() {
    let bench = Bench::new().await;
    let day = Duration::from_secs(86_400);
    let (second, _) = rotate_secret(&bench.store, &bench.clock, &bench.app_id, day).await.unwrap();
    let (third, _) = rotate_secret(&bench.store, &bench.clock, &bench.app_id, day).await.unwrap();
    let app = bench.store.find_app(&bench.app_id).await.unwrap().unwrap();
    assert_eq!(app.secret_hash, CredentialKind::AppSecret.hash(&third).as_bytes());
    assert_eq!(app.old_secret_hash.unwrap(), CredentialKind::AppSecret.hash(&second).as_bytes());
}

#[tokio::test]
async fn a_change_leaves_the_rest_of_an_app_alone() {
    let bench = Bench::new().await;
    let before = bench.store.find_app(&bench.app_id).await.unwrap().unwrap();
    set_origins(&bench.store, &bench.app_id, ["*"]).await.unwrap();
    set_disabled(&bench.store, &bench.app_id, true).await.unwrap();
    let after = bench.store.find_app(&bench.app_id).await.unwrap().unwrap();
    assert_eq!(after, AppRecord { allowed_origins: vec!["*".to_owned()].into(), disabled: true, ..before });
}
