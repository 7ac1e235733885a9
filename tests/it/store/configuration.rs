//! Projects, apps and keys.

use super::{NOW, app, chapters, project};
use sigmic::store::Json;
use sigmic::store::{ApiKeyRecord, Store};

chapters!(
    a_project_is_kept_as_it_was_saved,
    apps_and_keys_are_found_and_go_with_their_project,
    every_change_is_counted
);

async fn a_project_is_kept_as_it_was_saved(store: Store) {
    let mut saved = project("p", "default");
    saved.sealed_api_key = Some(vec![0, 255, 1]);
    saved.base_url = Some("http://127.0.0.1:1/v1".into());
    saved.context_tokens = Some(4096);
    saved.mcp_servers =
        Json([("orders".to_owned(), serde_json::json!({ "url": "https://x", "n": 1.5, "nul": "\0" }))].into());
    saved.branding.0.title = Some("Ünïcode 😀".into());
    store.save_project(saved.clone()).await.unwrap();
    assert_eq!(store.find_project("p").await.unwrap(), Some(saved.clone()));
    assert_eq!(store.find_project_by_name("default").await.unwrap(), Some(saved.clone()));
    assert_eq!(store.find_project_by_name("Default").await.unwrap(), None);

    saved.model = "another".into();
    saved.sealed_api_key = None;
    saved.updated_at += 1;
    store.save_project(saved.clone()).await.unwrap();
    store.save_project(project("q", "a second")).await.unwrap();
    let names: Vec<_> = store.list_projects().await.unwrap().into_iter().map(|project| project.name).collect();
    assert_eq!(names, ["a second", "default"]);
    assert_eq!(store.find_project("p").await.unwrap(), Some(saved));
}

async fn apps_and_keys_are_found_and_go_with_their_project(store: Store) {
    for id in ["p", "q"] {
        store.save_project(project(id, id)).await.unwrap();
    }
    let mut changed = app("wapp_1", "p");
    store.save_app(changed.clone()).await.unwrap();
    store.save_app(app("wapp_2", "q")).await.unwrap();
    changed.disabled = true;
    changed.allowed_origins = Json(Vec::new());
    changed.old_secret_hash = Some(vec![2; 32]);
    changed.old_secret_until = Some(NOW + 5);
    store.save_app(changed.clone()).await.unwrap();
    assert_eq!(store.find_app(&"wapp_1".into()).await.unwrap(), Some(changed.clone()));
    assert_eq!(store.list_apps(Some("p")).await.unwrap(), [changed]);
    assert_eq!(store.list_apps(None).await.unwrap().len(), 2);

    let key = ApiKeyRecord {
        id: "k".into(),
        project_id: "p".into(),
        name: "ci".into(),
        key_hash: vec![7; 32],
        expires_at: None,
        revoked_at: None,
        created_at: NOW,
    };
    store.insert_api_key(key.clone()).await.unwrap();
    assert_eq!(store.find_api_key_by_hash(&[7; 32]).await.unwrap(), Some(key));
    assert!(store.revoke_api_key("k".into(), NOW + 1).await.unwrap());
    assert!(store.revoke_api_key("k".into(), NOW + 2).await.unwrap());
    assert!(!store.revoke_api_key("unknown".into(), NOW).await.unwrap());
    assert_eq!(store.list_api_keys(Some("p")).await.unwrap()[0].revoked_at, Some(NOW + 1));

    assert!(store.delete_project("p".into()).await.unwrap());
    assert!(!store.delete_project("p".into()).await.unwrap());
    assert_eq!(store.find_app(&"wapp_1".into()).await.unwrap(), None);
    assert_eq!(store.find_api_key_by_hash(&[7; 32]).await.unwrap(), None);
    assert!(store.delete_app("wapp_2".into()).await.unwrap());
    assert!(!store.delete_app("wapp_2".into()).await.unwrap());
}

async fn every_change_is_counted(store: Store) {
    let mut version = store.config_version().await.unwrap();
    let mut has_moved = async |what: &str| {
        let now = store.config_version().await.unwrap();
        assert!(now > version, "{what}");
        version = now;
    };
    store.save_project(project("p", "p")).await.unwrap();
    has_moved("a project").await;
    store.save_app(app("wapp_1", "p")).await.unwrap();
    has_moved("an app").await;
    store.delete_app("wapp_1".into()).await.unwrap();
    has_moved("a deleted app").await;
}
