//! Secrets are shown once, and nowhere after.

use serde_json::json;
use sigmic_shared::{ErrorCode, routes};
use sigmic_tests::{
    client::Client,
    console::Visitor,
    installation::{AppCredentials, Installation},
    server::Server,
};

struct Bench {
    installation: Installation,
    server: Server,
    owner: Visitor,
    project: String,
}

impl Bench {
    async fn start() -> Self {
        let installation = Installation::new();
        let applied = installation.apply(json!({ "projects": [{ "name": "shop", "provider": "demo" }] })).await;
        let project = applied["projects"][0]["id"].as_str().unwrap().to_owned();
        installation.create_account("ada@example.com", "owner").await;
        let server = installation.start().await;
        let owner = Visitor::signed_in(&server, "ada@example.com").await;
        Self { installation, server, owner, project }
    }

    async fn create_app(&self, origins: &str) -> (AppCredentials, String) {
        let fields = [("name", "Site"), ("project", self.project.as_str()), ("origins", origins)];
        let reply = self.owner.post("/console/apps", &fields).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let app = AppCredentials { app_id: code(&reply.text, "app-id"), app_secret: code(&reply.text, "app-secret") };
        (app, reply.text)
    }

    /// Fails if a page, the audit log, the log or the database says it.
    async fn is_nowhere(&self, secret: &str, app: &str) {
        let (app, project) = (format!("/console/apps/{app}"), format!("/console/projects/{}", self.project));
        for path in ["/console", "/console/apps", &app, "/console/keys", &project, "/console/projects"] {
            assert!(!self.owner.get(path).await.text.contains(secret), "{path}");
        }
        assert!(!self.server.log().contains(secret), "the log");
        let files = std::fs::read_dir(self.installation.data_dir()).unwrap().map(|entry| entry.unwrap().path());
        for file in files.filter(|path| path.is_file()) {
            let kept = std::fs::read(&file).unwrap();
            assert!(!kept.windows(secret.len()).any(|window| window == secret.as_bytes()), "{}", file.display());
        }
    }
}

/// The text of `<code id="…">`.
fn code(page: &str, id: &str) -> String {
    let (_, rest) = page.split_once(&format!("<code id=\"{id}\">")).unwrap_or_else(|| panic!("{id} in {page}"));
    rest.split('<').next().unwrap().to_owned()
}

#[tokio::test]
async fn an_apps_secret_works_at_once_and_is_never_seen_again() {
    let bench = Bench::start().await;
    let (app, page) = bench.create_app("https://WWW.example.com:443\n\nhttp://localhost:3000/").await;
    for part in ["curl", "Node", "Python", "Go", "PHP", "Ruby", "Rust", "sigmic-chat.js"] {
        assert!(page.contains(part), "{part}");
    }
    let client = Client::anonymous(&bench.server);
    client.token(&app, "u1").await;
    let page = bench.owner.get(&format!("/console/apps/{}", app.app_id)).await.text;
    assert!(page.contains("https://www.example.com\nhttp://localhost:3000"), "{page}");
    bench.is_nowhere(&app.app_secret, &app.app_id).await;

    let rotate = format!("/console/apps/{}/rotate", app.app_id);
    let reply = bench.owner.post(&rotate, &[("overlap", "24h")]).await;
    let second = AppCredentials { app_secret: code(&reply.text, "app-secret"), ..app.clone() };
    assert_ne!(second.app_secret, app.app_secret);
    client.token(&app, "u1").await;
    client.token(&second, "u1").await;
    let reply = bench.owner.post(&rotate, &[("overlap", "0s")]).await;
    let third = AppCredentials { app_secret: code(&reply.text, "app-secret"), ..app.clone() };
    client.token(&third, "u1").await;
    for old in [&app, &second] {
        let body = json!({ "appId": old.app_id, "appSecret": old.app_secret, "endUserId": "u1" });
        client.exchange(body).await.expect_error(ErrorCode::InvalidCredentials);
    }
    bench.is_nowhere(&third.app_secret, &app.app_id).await;
}

#[tokio::test]
async fn an_app_is_switched_off_on_and_deleted_by_its_name() {
    let bench = Bench::start().await;
    let (app, _) = bench.create_app("https://a.example").await;
    let path = |what: &str| format!("/console/apps/{}/{what}", app.app_id);
    let client = Client::anonymous(&bench.server);
    let body = json!({ "appId": app.app_id, "appSecret": app.app_secret, "endUserId": "u1" });
    bench.owner.post(&path("disable"), &[]).await;
    client.exchange(body.clone()).await.expect_error(ErrorCode::InvalidCredentials);
    let page = bench.owner.get(&format!("/console/apps/{}", app.app_id)).await.text;
    assert!(page.contains("The app is off."), "the notice survives the redirect");
    let page = bench.owner.get(&format!("/console/apps/{}", app.app_id)).await.text;
    assert!(!page.contains("The app is off."), "and is said once");
    bench.owner.post(&path("enable"), &[]).await;
    assert_eq!(client.exchange(body.clone()).await.status, 200);
    let reply = bench.owner.post(&path("delete"), &[("confirm", "site")]).await;
    assert!(reply.status == 400 && reply.text.contains("confirm-error"), "{}", reply.text);
    assert_eq!(bench.owner.post(&path("delete"), &[("confirm", "Site")]).await.status, 303);
    client.exchange(body).await.expect_error(ErrorCode::InvalidCredentials);
    assert_eq!(bench.owner.get(&format!("/console/apps/{}", app.app_id)).await.status, 404);
}

#[tokio::test]
async fn an_app_is_renamed_and_goes_on_working() {
    let bench = Bench::start().await;
    let (app, _) = bench.create_app("https://a.example").await;
    let (path, rename) = (format!("/console/apps/{}", app.app_id), format!("/console/apps/{}/rename", app.app_id));
    for name in ["", " ", "a\nb", &"x".repeat(101)] {
        let reply = bench.owner.post(&rename, &[("name", name)]).await;
        assert!(reply.status == 400 && reply.text.contains("name-error"), "{name}: {}", reply.text);
    }
    assert!(bench.owner.get(&path).await.text.contains("<h1>Site</h1>"), "what was refused changed nothing");
    assert_eq!(bench.owner.post(&rename, &[("name", " <b>Shop</b> ")]).await.status, 303);
    assert!(bench.owner.get(&path).await.text.contains("<h1>&#60;b&#62;Shop&#60;/b&#62;</h1>"));
    Client::anonymous(&bench.server).token(&app, "u1").await;
    let renamed = bench.installation.run_json(&["app", "rename", &app.app_id, "--name", "Store"]).await;
    assert_eq!(renamed, json!({ "appId": app.app_id, "name": "Store" }));
    assert!(bench.owner.get(&path).await.text.contains("<h1>Store</h1>"));
    let log = bench.owner.get("/console/audit?kind=app").await.text;
    assert!(log.contains("renamed the app") && log.contains("command line"), "{log}");
}

#[tokio::test]
async fn an_api_key_works_at_once_and_is_never_seen_again() {
    let bench = Bench::start().await;
    let fields = [("name", "CI"), ("project", bench.project.as_str()), ("lifetime", "30")];
    let reply = bench.owner.post("/console/keys", &fields).await;
    let key = code(&reply.text, "api-key");
    let program = Client::with_api_key(&bench.server, &key);
    let page = bench.owner.get("/console/keys").await.text;
    assert!(page.contains("never used") && !page.contains("last used"), "{page}");
    assert_eq!(program.get(routes::TASKS).await.status, 200);
    bench.is_nowhere(&key, "none").await;
    let page = bench.owner.get("/console/keys").await.text;
    assert!(page.contains("last used 20") && !page.contains("never used"), "{page}");
    let (_, rest) = page.split_once("/console/keys/").expect("the key can be revoked");
    let id = rest.split('/').next().unwrap();
    let revoke = format!("/console/keys/{id}/revoke");
    assert_eq!(bench.owner.post(&revoke, &[("confirm", "another")]).await.status, 400);
    assert_eq!(bench.owner.post(&revoke, &[("confirm", "CI")]).await.status, 303);
    program.get(routes::TASKS).await.expect_error(ErrorCode::InvalidApiKey);
}

#[tokio::test]
async fn a_providers_key_is_written_and_never_read() {
    let bench = Bench::start().await;
    let path = format!("/console/projects/{}", bench.project);
    let fields = |key| {
        [("name", "shop"), ("provider", "openai"), ("model", "m"), ("maxSteps", "25"), ("baseUrl", ""), ("apiKey", key)]
    };
    assert_eq!(bench.owner.post(&path, &fields("sk-very-secret")).await.status, 303);
    bench.is_nowhere("sk-very-secret", "none").await;
    assert!(bench.owner.get(&path).await.text.contains("A key is kept"));
    assert_eq!(bench.owner.post(&path, &fields("")).await.status, 303);
    assert!(bench.owner.get(&path).await.text.contains("A key is kept"), "an empty field keeps it");
    let refused = bench.owner.post(&path, &[("name", ""), ("provider", "openai"), ("apiKey", "sk-very-secret")]).await;
    assert!(refused.status == 400 && !refused.text.contains("sk-very-secret"), "not even in the form itself");
    let forget = [("name", "shop"), ("provider", "openai"), ("model", "m"), ("maxSteps", "25"), ("forgetKey", "on")];
    bench.owner.post(&path, &forget).await;
    assert!(!bench.owner.get(&path).await.text.contains("A key is kept"));
}
