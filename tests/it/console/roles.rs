//! Each role on each page, as a table.

use http::Method;
use serde_json::json;
use sigmic::{auth::Role, http::list_guarded_console_pages};
use sigmic_tests::{client::Client, console::Visitor, installation::Installation, model::ModelServer, server::Server};

/// What one role may do, in the order viewer, editor, owner.
type Allowed = [bool; 3];

const ALL: Allowed = [true, true, true];
const EDITORS: Allowed = [false, true, true];
const OWNERS: Allowed = [false, false, true];

struct Bench {
    _installation: Installation,
    _model: ModelServer,
    server: Server,
    project: String,
    app: String,
    key: String,
    conversation: String,
}

impl Bench {
    async fn start() -> Self {
        let (installation, model) = (Installation::new(), ModelServer::start().await);
        model.otherwise(|_| sigmic_tests::model::Script::answer("OK"));
        installation.use_model("shop", &model).await;
        let declaration =
            json!({ "projects": [{ "name": "shop", "mcpServers": { "far": { "url": "http://127.0.0.1:9/mcp" } } }] });
        let applied = installation.apply(declaration).await;
        let project = applied["projects"][0]["id"].as_str().unwrap().to_owned();
        let app = installation.create_app("shop", &["https://a.example"]).await;
        installation.create_api_key("shop").await;
        let key = installation.run_json(&["key", "list"]).await[0]["id"].as_str().unwrap().to_owned();
        for role in ["viewer", "editor", "owner"] {
            installation.create_account(&format!("{role}@example.com"), role).await;
        }
        let server = installation.start().await;
        let ada = Client::end_user(&server, &app, "ada").await.with_origin("https://a.example");
        let task = ada.create_task("Hello").await;
        ada.finished(&task).await;
        let (app, conversation) = (app.app_id, task.0);
        Self { _installation: installation, _model: model, server, project, app, key, conversation }
    }

    fn path(&self, path: &str) -> String {
        let path = path.replace("{project}", &self.project).replace("{app}", &self.app);
        path.replace("{key}", &self.key).replace("{conversation}", &self.conversation)
    }
}

/// Every page, and who may open it. What destroys comes with a name that does not fit, so that it is there for the next.
const PAGES: &[(Method, &str, Allowed)] = &[
    (Method::GET, "/console", ALL),
    (Method::GET, "/console/account", ALL),
    (Method::POST, "/console/account/password", ALL),
    (Method::GET, "/console/overview", ALL),
    (Method::GET, "/console/conversations", ALL),
    (Method::GET, "/console/conversations/{conversation}", ALL),
    (Method::GET, "/console/conversations/{conversation}/export", ALL),
    (Method::GET, "/console/conversations/{conversation}/erase", EDITORS),
    (Method::POST, "/console/conversations/{conversation}/erase", EDITORS),
    (Method::GET, "/console/conversations/{conversation}/erase-all", EDITORS),
    (Method::POST, "/console/conversations/{conversation}/erase-all", EDITORS),
    (Method::GET, "/console/audit", EDITORS),
    (Method::GET, "/console/health", ALL),
    (Method::GET, "/console/projects", ALL),
    (Method::POST, "/console/projects", EDITORS),
    (Method::GET, "/console/projects/new", EDITORS),
    (Method::GET, "/console/projects/{project}", ALL),
    (Method::POST, "/console/projects/{project}", EDITORS),
    (Method::POST, "/console/projects/{project}/test", EDITORS),
    (Method::POST, "/console/projects/{project}/delete", OWNERS),
    (Method::GET, "/console/projects/{project}/servers", ALL),
    (Method::POST, "/console/projects/{project}/servers", EDITORS),
    (Method::GET, "/console/projects/{project}/servers/new", EDITORS),
    (Method::GET, "/console/projects/{project}/servers/edit?name=far", EDITORS),
    (Method::POST, "/console/projects/{project}/servers/import", EDITORS),
    (Method::POST, "/console/projects/{project}/servers/test", EDITORS),
    (Method::POST, "/console/projects/{project}/servers/remove", EDITORS),
    (Method::GET, "/console/projects/{project}/looks", ALL),
    (Method::POST, "/console/projects/{project}/looks", EDITORS),
    (Method::GET, "/console/projects/{project}/preview", EDITORS),
    (Method::POST, "/console/projects/{project}/preview/token", EDITORS),
    (Method::GET, "/console/apps", ALL),
    (Method::POST, "/console/apps", EDITORS),
    (Method::GET, "/console/apps/new", EDITORS),
    (Method::GET, "/console/apps/{app}", ALL),
    (Method::POST, "/console/apps/{app}/rename", EDITORS),
    (Method::POST, "/console/apps/{app}/origins", EDITORS),
    (Method::POST, "/console/apps/{app}/rotate", EDITORS),
    (Method::POST, "/console/apps/{app}/disable", EDITORS),
    (Method::POST, "/console/apps/{app}/enable", EDITORS),
    (Method::POST, "/console/apps/{app}/delete", EDITORS),
    (Method::GET, "/console/keys", ALL),
    (Method::POST, "/console/keys", EDITORS),
    (Method::POST, "/console/keys/{key}/revoke", EDITORS),
    (Method::POST, "/console/sign-out", ALL),
    (Method::POST, "/console/sign-out-everywhere", ALL),
];

/// A path with its parameters without names, and without a query.
fn shape(path: &str) -> String {
    let path = path.split('?').next().unwrap();
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

#[test]
fn no_page_is_missing_here() {
    let mut tried: Vec<_> = PAGES
        .iter()
        .map(|(method, path, allowed)| {
            let least = [Role::Viewer, Role::Editor, Role::Owner][allowed.iter().position(|may| *may).unwrap()];
            (method.to_string(), shape(path), least)
        })
        .collect();
    let mut there: Vec<_> = list_guarded_console_pages()
        .into_iter()
        .map(|(method, path, role)| (method.to_string(), shape(path), role))
        .collect();
    tried.sort();
    there.sort();
    assert_eq!(tried, there);
}

#[tokio::test]
async fn each_role_on_each_page() {
    let bench = Bench::start().await;
    let nobody = Visitor::new(&bench.server);
    for (place, role) in ["viewer", "editor", "owner"].into_iter().enumerate() {
        let visitor = Visitor::signed_in(&bench.server, &format!("{role}@example.com")).await;
        for (method, path, allowed) in PAGES {
            let path = &bench.path(path);
            let ask = async |visitor: &Visitor| match *method {
                Method::GET => visitor.get(path).await,
                _ => visitor.post(path, &[("was", "far"), ("confirm", "another name")]).await,
            };
            let reply = if path.contains("sign-out") {
                ask(&Visitor::signed_in(&bench.server, &format!("{role}@example.com")).await).await
            } else {
                ask(&visitor).await
            };
            assert_eq!(reply.status != 403, allowed[place], "{role}: {method} {path}: {}", reply.status);
            assert!(reply.status < 500 && reply.status != 404, "{role}: {method} {path}: {}", reply.status);
            assert_eq!(reply.text.contains("FORBIDDEN"), !allowed[place], "{role}: {method} {path}");
            assert_eq!(ask(&nobody).await.status, 303, "nobody: {method} {path}");
        }
    }
}

#[tokio::test]
async fn a_viewer_sees_no_secret_and_an_editor_moves_no_key() {
    let bench = Bench::start().await;
    let viewer = Visitor::signed_in(&bench.server, "viewer@example.com").await;
    let editor = Visitor::signed_in(&bench.server, "editor@example.com").await;
    let servers =
        r#"{ "far": { "url": "https://far.example/mcp?key=hidden-1", "headers": { "Authorization": "hidden-2" } } }"#;
    let import = bench.path("/console/projects/{project}/servers/import");
    assert_eq!(editor.post(&import, &[("declaration", servers)]).await.status, 303);
    for (_, path, _) in PAGES.iter().filter(|(method, ..)| *method == Method::GET) {
        let text = viewer.get(&bench.path(path)).await.text;
        for secret in ["hidden-1", "hidden-2", "sk-scripted"] {
            assert!(!text.contains(secret), "{path}: {secret}");
        }
    }
    let local = r#"{ "near": { "command": "sh", "args": ["-c", "id"] } }"#;
    let reply = editor.post(&import, &[("declaration", local)]).await;
    assert!(reply.status == 400 && reply.text.contains("only an owner"), "{}", reply.text);
    let settings = bench.path("/console/projects/{project}");
    let fields = [
        ("name", "shop"),
        ("provider", "openai"),
        ("model", "other"),
        ("maxSteps", "5"),
        ("baseUrl", "https://evil.example/v1"),
        ("apiKey", "sk-evil"),
        ("forgetKey", "on"),
    ];
    assert_eq!(editor.post(&settings, &fields).await.status, 303);
    let page = editor.get(&settings).await.text;
    assert!(page.contains("value=\"other\"") && page.contains("A key is kept") && !page.contains("evil"), "{page}");
    let reply =
        editor.post(&settings, &[("name", "shop"), ("provider", "gemini"), ("model", "m"), ("maxSteps", "5")]).await;
    assert!(
        reply.status == 400 && reply.text.contains("id=\"provider-error\""),
        "the key would go to another provider"
    );
}
