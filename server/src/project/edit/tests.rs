use super::*;
use crate::{clock::Clock, secrets::keyring::generate_encryption_key, store::Store};
use serde_json::json;
use tempfile::TempDir;

struct Bench {
    store: Store,
    clock: Clock,
    keys: Keyring,
    _folder: TempDir,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(None, folder.path()).await.unwrap();
        let (clock, _) = Clock::manual(1_000_000);
        let keys = Keyring::parse(&generate_encryption_key(&clock)).unwrap();
        Self { store, clock, keys, _folder: folder }
    }

    async fn edit(&self, role: Role, id: Option<&str>, change: Value) -> Result<ProjectRecord, EditError> {
        let operator = Operator { role, name: "ada@example.com", ..Operator::command_line(&self.store, &self.clock) };
        edit(&operator, &self.keys, id, change).await
    }
}

#[tokio::test]
async fn what_is_named_is_replaced_and_the_rest_stays() {
    let bench = Bench::new().await;
    let project = bench
        .edit(
            Role::Owner,
            None,
            json!({
                "name": "shop", "provider": "openai", "model": "m", "baseUrl": "http://127.0.0.1:1/v1", "apiKey": "k",
                "contextTokens": 100, "toolPolicies": { "a": "ask", "b": "deny" },
                "branding": { "title": "Shop", "suggestions": ["One?"] }
            }),
        )
        .await
        .unwrap();
    let id = Some(project.id.as_str());
    let changed = bench
        .edit(
            Role::Editor,
            id,
            json!({ "name": "store", "contextTokens": null, "toolPolicies": { "c": "allow" }, "branding": { "logo": "" } }),
        )
        .await
        .unwrap();
    let expected = ProjectRecord {
        name: "store".into(),
        context_tokens: None,
        tool_policies: [("c".to_owned(), "allow".to_owned())]
            .into_iter()
            .collect::<std::collections::BTreeMap<_, _>>()
            .into(),
        branding: Branding::default().into(),
        ..project.clone()
    };
    assert_eq!(changed, expected);
    assert_eq!(bench.store.find_project(&project.id).await.unwrap(), Some(changed.clone()));
    bench.edit(Role::Editor, id, json!({})).await.unwrap();
    let log = bench.store.list_audit(&Default::default(), 10).await.unwrap();
    assert_eq!(log.len(), 2, "what changes nothing is not noted");
    assert_eq!(
        (log[0].action.as_str(), log[0].detail.as_str()),
        ("project.changed", "name, contextTokens, toolPolicies, branding")
    );
}

#[tokio::test]
async fn only_an_owner_decides_where_keys_go_and_what_runs_here() {
    let bench = Bench::new().await;
    let start = json!({ "name": "shop", "provider": "openai", "model": "m", "baseUrl": "http://127.0.0.1:1/v1", "apiKey": "k",
        "mcpServers": { "disk": { "command": "disk" } } });
    let project = bench.edit(Role::Owner, None, start).await.unwrap();
    let id = Some(project.id.as_str());
    for (change, field) in [
        (json!({ "baseUrl": "https://evil.example/v1" }), "baseUrl"),
        (json!({ "baseUrl": "" }), "baseUrl"),
        (json!({ "apiKey": "other" }), "apiKey"),
        (json!({ "apiKey": "" }), "apiKey"),
        (json!({ "provider": "anthropic" }), "provider"),
        (json!({ "mcpServers": { "disk": { "command": "other" } } }), "mcpServers"),
        (json!({ "mcpServers": { "disk": { "command": "disk" }, "more": { "command": "disk" } } }), "mcpServers"),
    ] {
        let refused = bench.edit(Role::Editor, id, change.clone()).await;
        assert!(matches!(refused, Err(EditError::OwnerNeeded(named)) if named == field), "{change}: {refused:?}");
    }
    for change in [
        json!({ "model": "n", "systemPrompt": "Hi", "baseUrl": "http://127.0.0.1:1/v1" }),
        json!({ "mcpServers": { "disk": { "command": "disk" }, "far": { "url": "https://a.com" } } }),
        json!({ "mcpServers": {} }),
    ] {
        bench.edit(Role::Editor, id, change).await.unwrap();
    }
    let own = json!({ "name": "mine", "provider": "openai", "model": "m", "baseUrl": "https://evil.example/v1" });
    assert!(matches!(bench.edit(Role::Editor, None, own).await, Err(EditError::OwnerNeeded("baseUrl"))));
    bench.edit(Role::Editor, None, json!({ "name": "mine", "provider": "openai", "model": "m" })).await.unwrap();
}

#[tokio::test]
async fn what_is_wrong_is_told_by_its_field() {
    let bench = Bench::new().await;
    bench.edit(Role::Owner, None, json!({ "name": "taken" })).await.unwrap();
    for (change, place) in [
        (json!({ "name": "" }), "name"),
        (json!({ "name": "taken" }), "name"),
        (json!({ "name": "a", "provider": "openai" }), "model"),
        (json!({ "name": "a", "maxSteps": "many" }), "maxSteps"),
        (json!({ "name": "a", "baseUrl": "ftp://x" }), "baseUrl"),
    ] {
        let refused = bench.edit(Role::Owner, None, change.clone()).await;
        assert!(
            matches!(&refused, Err(EditError::Problem(problem)) if problem.place == place),
            "{change}: {refused:?}"
        );
    }
    assert!(matches!(bench.edit(Role::Owner, Some("nowhere"), json!({})).await, Err(EditError::Gone)));
}
