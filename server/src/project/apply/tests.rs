use super::*;
use crate::{project::Format, secrets::keyring::generate_encryption_key};
use serde_json::{Value, json};
use std::time::Duration;
use tempfile::TempDir;

fn open_api_key(keys: &Keyring, project: &ProjectRecord) -> Result<SecretString, SealError> {
    keys.open_text(&Binding::provider_key(&project.id), project.sealed_api_key.as_ref().unwrap())
}

struct Bench {
    store: Store,
    clock: Clock,
    hand: crate::clock::ClockHand,
    key: SecretString,
    keys: Keyring,
    _folder: TempDir,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(None, folder.path()).await.unwrap();
        let (clock, hand) = Clock::manual(1_000_000);
        let key = generate_encryption_key(&clock);
        let keys = Keyring::parse(&key).unwrap();
        Self { store, clock, hand, key, keys, _folder: folder }
    }

    async fn apply_all(&self, projects: Value, prune: bool) -> Result<Applied, ApplyError> {
        // Time passes between two commands.
        self.hand.advance(Duration::from_secs(1));
        let text = json!({ "projects": projects }).to_string();
        apply(
            &Operator::command_line(&self.store, &self.clock),
            &self.keys,
            &Document::read(Format::Json, &text).unwrap(),
            prune,
        )
        .await
    }

    /// Applies one project called `p` and returns what was done and what is kept.
    async fn apply(&self, mut project: Value) -> (Change, ProjectRecord) {
        project["name"] = json!("p");
        let applied = self.apply_all(json!([project]), false).await.unwrap();
        (applied.projects[0].change, self.store.find_project_by_name("p").await.unwrap().unwrap())
    }
}

#[tokio::test]
async fn a_project_is_created_once_and_then_left_alone() {
    let bench = Bench::new().await;
    let full = json!({
        "provider": "openai", "model": "gpt-5-mini", "baseUrl": "https://api.openai.com/v1", "apiKey": "sk-1",
        "systemPrompt": "Be brief.", "autoExecute": false, "maxSteps": 3, "contextTokens": 8000,
        "mcpServers": { "a": { "command": "x" } }, "toolPolicies": { "*": "ask" },
        "branding": { "title": "T", "suggestions": ["S"] },
    });
    let (change, created) = bench.apply(full.clone()).await;
    assert_eq!(change, Change::Created);
    assert_eq!((created.model.as_str(), created.max_steps, created.auto_execute), ("gpt-5-mini", 3, false));
    let version = bench.store.config_version().await.unwrap();
    assert_eq!(bench.apply(full).await, (Change::Unchanged, created.clone()));
    assert_eq!(bench.apply(json!({})).await, (Change::Unchanged, created));
    assert_eq!(bench.store.config_version().await.unwrap(), version);
}

#[tokio::test]
async fn a_new_project_needs_little() {
    let bench = Bench::new().await;
    let (_, project) = bench.apply(json!({})).await;
    assert_eq!((project.provider.as_str(), project.model.as_str()), ("demo", "demo"));
    assert_eq!((project.auto_execute, project.max_steps), (true, 25));
    let error = bench.apply_all(json!([{ "name": "q", "provider": "openai" }]), false).await.unwrap_err();
    assert!(matches!(error, ApplyError::ModelNeeded(name) if name == "q"));
}

#[tokio::test]
async fn the_demo_and_real_providers_share_no_model() {
    let bench = Bench::new().await;
    bench.apply(json!({})).await;
    let error = bench.apply_all(json!([{ "name": "p", "provider": "openai" }]), false).await.unwrap_err();
    assert!(matches!(error, ApplyError::ModelNeeded(_)));
    for (project, model) in [
        (json!({ "provider": "openai", "model": "m" }), "m"),
        (json!({ "provider": "anthropic" }), "m"),
        (json!({ "provider": "demo" }), "demo"),
        (json!({}), "demo"),
    ] {
        assert_eq!(bench.apply(project.clone()).await.1.model, model, "{project}");
    }
}

#[tokio::test]
async fn what_is_left_out_keeps_its_value() {
    let bench = Bench::new().await;
    bench
        .apply(json!({
            "provider": "openai", "model": "m", "baseUrl": "https://a.com/v1", "apiKey": "sk-1", "contextTokens": 9,
            "mcpServers": { "a": { "command": "x" }, "b": { "command": "y" } },
            "toolPolicies": { "a__*": "deny" },
            "branding": { "title": "T", "primaryColor": "#fff", "suggestions": ["S"] },
        }))
        .await;
    let (change, project) = bench
        .apply(json!({
            "systemPrompt": "New", "mcpServers": { "b": { "command": "z" } }, "toolPolicies": { "*": "ask" },
            "branding": { "title": "U" },
        }))
        .await;
    assert_eq!(change, Change::Updated);
    assert_eq!((project.model.as_str(), project.base_url.as_deref()), ("m", Some("https://a.com/v1")));
    assert_eq!(project.context_tokens, Some(9));
    assert_eq!(open_api_key(&bench.keys, &project).unwrap().expose_secret(), "sk-1");
    assert_eq!(
        *project.mcp_servers,
        BTreeMap::from([("a".to_owned(), json!({ "command": "x" })), ("b".to_owned(), json!({ "command": "z" })),])
    );
    assert_eq!(project.tool_policies.len(), 2);
    assert_eq!(project.branding.title.as_deref(), Some("U"));
    assert_eq!((project.branding.primary_color.as_deref(), project.branding.suggestions.len()), (Some("#fff"), 1));
}

#[tokio::test]
async fn an_empty_text_takes_a_value_away() {
    let bench = Bench::new().await;
    bench
        .apply(
            json!({ "baseUrl": "https://a.com", "apiKey": "sk-1", "systemPrompt": "S", "branding": { "title": "T" } }),
        )
        .await;
    let (_, project) =
        bench.apply(json!({ "baseUrl": "", "apiKey": "", "systemPrompt": "", "branding": { "title": "" } })).await;
    assert_eq!((project.base_url, project.sealed_api_key, project.branding.title.clone()), (None, None, None));
    assert_eq!(project.system_prompt, "");
}

#[tokio::test]
async fn pruning_removes_what_is_not_named() {
    let bench = Bench::new().await;
    let servers = json!({ "a": { "command": "x" }, "b": { "command": "y" } });
    let two = json!([{ "name": "p", "mcpServers": servers, "toolPolicies": { "*": "ask" } }, { "name": "q" }]);
    bench.apply_all(two, false).await.unwrap();
    let one = json!([{ "name": "p", "mcpServers": { "b": { "command": "y" } } }]);
    assert!(bench.apply_all(one.clone(), false).await.unwrap().removed.is_empty());
    let applied = bench.apply_all(one, true).await.unwrap();
    assert_eq!((applied.projects[0].change, applied.removed), (Change::Updated, vec!["q".to_owned()]));
    let project = bench.store.find_project_by_name("p").await.unwrap().unwrap();
    assert_eq!(project.mcp_servers.keys().collect::<Vec<_>>(), ["b"]);
    assert_eq!(project.tool_policies.len(), 1);
    assert_eq!(bench.store.find_project_by_name("q").await.unwrap(), None);
}

#[tokio::test]
async fn one_bad_project_and_none_is_changed() {
    let bench = Bench::new().await;
    let projects = json!([{ "name": "p" }, { "name": "q", "provider": "gemini" }]);
    assert!(bench.apply_all(projects, true).await.is_err());
    assert!(bench.store.list_projects().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_provider_key_is_sealed_to_its_project() {
    let bench = Bench::new().await;
    bench.apply_all(json!([{ "name": "p", "apiKey": "sk-hunter2" }, { "name": "q" }]), false).await.unwrap();
    let p = bench.store.find_project_by_name("p").await.unwrap().unwrap();
    let q = bench.store.find_project_by_name("q").await.unwrap().unwrap();
    assert!(!String::from_utf8_lossy(p.sealed_api_key.as_ref().unwrap()).contains("hunter2"));
    let moved = ProjectRecord { sealed_api_key: p.sealed_api_key.clone(), ..q };
    assert_eq!(open_api_key(&bench.keys, &moved).unwrap_err(), SealError::Unopenable);
    let document = Document::read(Format::Json, r#"{"projects":[{"name":"p","apiKey":"sk-2"}]}"#).unwrap();
    let without_key =
        apply(&Operator::command_line(&bench.store, &bench.clock), &Keyring::default(), &document, false).await;
    assert!(matches!(without_key, Err(ApplyError::ApiKey(_, SealError::NoKey))));
}

#[tokio::test]
async fn a_changed_provider_key_replaces_the_old_one() {
    let bench = Bench::new().await;
    bench.apply(json!({ "apiKey": "sk-1" })).await;
    let (change, project) = bench.apply(json!({ "apiKey": "sk-2" })).await;
    assert_eq!(change, Change::Updated);
    assert_eq!(open_api_key(&bench.keys, &project).unwrap().expose_secret(), "sk-2");
}

#[tokio::test]
async fn an_old_encryption_key_can_be_given_up_after_resealing() {
    let bench = Bench::new().await;
    bench.apply(json!({ "apiKey": "sk-1" })).await;
    // Keys are told apart by one byte, which two random ones may share.
    let newer = std::iter::repeat_with(|| generate_encryption_key(&bench.clock))
        .find(|key| {
            let sealed = bench.keys.seal(&bench.clock, &Binding::provider_key("x"), b"").unwrap();
            !Keyring::parse(key).unwrap().is_current(&sealed)
        })
        .unwrap();
    let both = format!("{},{}", newer.expose_secret(), bench.key.expose_secret());
    let both = Keyring::parse(&both.into()).unwrap();
    assert_eq!(reseal(&bench.store, &bench.clock, &both).await.unwrap(), 1);
    assert_eq!(reseal(&bench.store, &bench.clock, &both).await.unwrap(), 0);
    let project = bench.store.find_project_by_name("p").await.unwrap().unwrap();
    let newest = Keyring::parse(&newer).unwrap();
    assert_eq!(open_api_key(&newest, &project).unwrap().expose_secret(), "sk-1");
    // What cannot be opened is left for when its key is listed again.
    assert_eq!(reseal(&bench.store, &bench.clock, &bench.keys).await.unwrap(), 0);
}
