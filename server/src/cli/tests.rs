use super::*;
use serde_json::json;
use std::{collections::HashMap, path::PathBuf};
use tempfile::TempDir;

const ENCRYPTION_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// A folder that commands are run on.
struct Bench {
    folder: TempDir,
    environment: HashMap<&'static str, String>,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("data").display().to_string();
        let config = folder.path().join("none.toml");
        std::fs::write(&config, "").unwrap();
        let environment = HashMap::from([
            ("SIGMIC_CONFIG", config.display().to_string()),
            ("SIGMIC_DATA_DIR", data_dir),
            ("SIGMIC_ENCRYPTION_KEY", ENCRYPTION_KEY.to_owned()),
        ]);
        Self { folder, environment }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn try_run(&self, args: &[&str], input: &str) -> anyhow::Result<Option<Value>> {
        let cli = Cli::try_parse_from([&["sigmic"], args].concat())?;
        let environment = |name: &str| self.environment.get(name).map(OsString::from);
        run(cli, Surroundings { environment, input: input.as_bytes(), is_terminal: false, clock: Clock::system() })
            .await
    }

    async fn run(&self, args: &[&str]) -> Value {
        self.try_run(args, "").await.unwrap().unwrap()
    }

    async fn apply(&self, declaration: Value) -> Value {
        self.try_run(&["apply", "-"], &declaration.to_string()).await.unwrap().unwrap()
    }

    async fn fail(&self, args: &[&str]) -> String {
        format!("{:#}", self.try_run(args, "").await.unwrap_err())
    }
}

#[test]
fn the_command_line_is_consistent() {
    use clap::CommandFactory;
    Cli::command().debug_assert();
}

#[tokio::test]
async fn init_writes_a_configuration_that_works_and_never_another() {
    let bench = Bench::new();
    let path = bench.path("sigmic.toml");
    let shown = path.display().to_string();
    assert_eq!(bench.run(&["init", "--config", &shown]).await, json!({ "config": shown }));
    let text = std::fs::read_to_string(&path).unwrap();
    let flags = SettingFlags { config: Some(path.clone()), ..SettingFlags::default() };
    let config = Config::load(&flags, |_| None).unwrap();
    assert_eq!((config.keys.signing.len(), config.keys.encryption.is_empty()), (1, false));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(bench.fail(&["init", "--config", &shown]).await.contains("already there"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    let other = bench.path("other.toml").display().to_string();
    bench.run(&["init", "--config", &other]).await;
    assert_ne!(std::fs::read_to_string(&other).unwrap(), text);
}

#[tokio::test]
async fn the_openapi_document_needs_no_settings() {
    let document = Bench::new().run(&["openapi", "--listen", "nowhere"]).await;
    assert!(document["paths"].as_object().is_some_and(|paths| paths.contains_key(sigmic_shared::routes::TOKEN)));
}

#[tokio::test]
async fn an_app_is_created_listed_changed_and_deleted() {
    let bench = Bench::new();
    bench.apply(json!({ "projects": [{ "name": "shop" }] })).await;
    let created = bench
        .run(&[
            "app",
            "create",
            "--project",
            "shop",
            "--name",
            "Site",
            "--origin",
            "https://A.com:443",
            "--origin",
            "https://b.com",
        ])
        .await;
    let (id, secret) = (created["appId"].as_str().unwrap(), created["appSecret"].as_str().unwrap());
    assert_eq!(created.as_object().unwrap().len(), 2);
    assert!(id.starts_with("wapp_") && secret.starts_with("wsec_"));

    let list = bench.run(&["app", "list", "--project", "shop"]).await;
    assert_eq!(list[0]["appId"], id);
    assert_eq!((&list[0]["project"], &list[0]["disabled"]), (&json!("shop"), &json!(false)));
    assert_eq!(list[0]["allowedOrigins"], json!(["https://a.com", "https://b.com"]));
    assert!(!list.to_string().contains(secret));

    let rotated = bench.run(&["app", "rotate-secret", id, "--overlap", "0s"]).await;
    assert_ne!(rotated["appSecret"], secret);
    assert_eq!(
        bench.run(&["app", "set-origins", id, "--origin", "*"]).await,
        json!({ "appId": id, "allowedOrigins": ["*"] })
    );
    assert_eq!(bench.run(&["app", "set-origins", id]).await["allowedOrigins"], json!([]));
    bench.run(&["app", "disable", id]).await;
    assert_eq!(bench.run(&["app", "list"]).await[0]["disabled"], true);
    bench.run(&["app", "enable", id]).await;
    assert_eq!(bench.run(&["app", "list"]).await[0]["disabled"], false);
    bench.run(&["app", "delete", id]).await;
    assert_eq!(bench.run(&["app", "list"]).await, json!([]));
    assert!(bench.fail(&["app", "delete", id]).await.contains("no such app"));
}

#[tokio::test]
async fn a_key_is_created_listed_and_revoked() {
    let bench = Bench::new();
    bench.apply(json!({ "projects": [{ "name": "shop" }] })).await;
    let created = bench.run(&["key", "create", "--project", "shop", "--name", "CI", "--expires-in", "90d"]).await;
    let key = created["apiKey"].as_str().unwrap();
    assert!(key.starts_with("sigmic_") && created["expiresAt"].is_string());
    let list = bench.run(&["key", "list"]).await;
    assert_eq!(
        (&list[0]["name"], &list[0]["project"], &list[0]["revokedAt"]),
        (&json!("CI"), &json!("shop"), &Value::Null)
    );
    assert!(!list.to_string().contains(key));
    bench.run(&["key", "revoke", list[0]["id"].as_str().unwrap()]).await;
    assert!(bench.run(&["key", "list", "--project", "shop"]).await[0]["revokedAt"].is_string());
    assert!(bench.fail(&["key", "revoke", "nothing"]).await.contains("no such API key"));
}

#[tokio::test]
async fn an_account_is_created_listed_changed_and_deleted() {
    let bench = Bench::new();
    let admin = async |args: &[&str], password| bench.try_run(&[&["admin"], args].concat(), password).await;
    let refusal = async |args: &[&str], password| format!("{:#}", admin(args, password).await.unwrap_err());
    let create = &["create", "--email", "Ada@Example.com"];
    assert!(refusal(create, "too short").await.contains("at least 12 characters"));
    assert!(refusal(&["create", "--email", "ada"], "").await.contains("ada@example.com"));
    assert!(refusal(&["create", "--email", "a@b.c", "--role", "king"], "").await.contains("owner, editor or viewer"));
    let created = admin(create, "correct horse battery\nanother line").await.unwrap().unwrap();
    assert_eq!(created, json!({ "email": "ada@example.com", "role": "owner" }));
    assert!(refusal(create, "correct horse battery").await.contains("already"));
    admin(&["create", "--email", "bob@b.c", "--role", "viewer"], "correct horse battery").await.unwrap();
    let list = admin(&["list"], "").await.unwrap().unwrap();
    assert_eq!((&list[0]["email"], &list[1]["role"]), (&json!("ada@example.com"), &json!("viewer")));
    assert!(!list.to_string().contains("argon2"));
    admin(&["set-password", "--email", "ada@example.com"], "another long password").await.unwrap();
    assert!(refusal(&["delete", "--email", "ada@example.com"], "").await.contains("last owner"));
    admin(&["delete", "--email", "bob@b.c"], "").await.unwrap();
    assert!(refusal(&["delete", "--email", "bob@b.c"], "").await.contains("no such account"));
}

#[tokio::test]
async fn apply_reads_files_and_standard_input() {
    let bench = Bench::new();
    let toml = bench.path("projects.toml");
    std::fs::write(&toml, "[[projects]]\nname = \"shop\"\nsystemPrompt = \"Hi\"\n").unwrap();
    let toml = toml.display().to_string();
    let change = |answer: Value| answer["projects"][0]["change"].as_str().unwrap().to_owned();
    assert_eq!(change(bench.run(&["apply", &toml]).await), "created");
    assert_eq!(change(bench.run(&["apply", &toml]).await), "unchanged");
    assert_eq!(change(bench.apply(json!({ "projects": [{ "name": "shop", "maxSteps": 3 }] })).await), "updated");
    let pruned = bench.try_run(&["apply", "-", "--prune"], r#"{"projects":[]}"#).await.unwrap().unwrap();
    assert_eq!(pruned, json!({ "projects": [], "removed": ["shop"] }));
}

#[tokio::test]
async fn what_is_wrong_is_said_in_one_line() {
    let bench = Bench::new();
    let missing = bench.path("missing.toml").display().to_string();
    for (args, expected) in [
        (&["apply", &missing][..], "cannot be read"),
        (&["apply", "-"], "projects: is needed"),
        (&["app", "create", "--project", "nowhere", "--name", "x"], "no project \"nowhere\""),
        (&["key", "create", "--project", "nowhere", "--name", "x"], "no project \"nowhere\""),
        (&["app", "list", "--project", "nowhere"], "no project \"nowhere\""),
        (&["app", "disable", "wapp_1"], "no such app"),
        (&["app", "list", "--listen", "nowhere"], "--listen: expected an address"),
    ] {
        let line = bench.fail(args).await;
        assert!(line.contains(expected) && !line.contains('\n'), "{args:?}: {line}");
    }
}

#[tokio::test]
async fn a_wrong_setting_is_told_apart_from_a_failed_command() {
    let bench = Bench::new();
    let setting = bench.try_run(&["app", "list", "--log-format", "xml"], "").await.unwrap_err();
    assert!(setting.is::<ConfigError>());
    assert!(!bench.try_run(&["app", "disable", "wapp_1"], "").await.unwrap_err().is::<ConfigError>());
}
