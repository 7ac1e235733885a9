//! MCP servers at the Console: added, tried with sample values, changed, taken elsewhere, removed.

use serde_json::{Value, json};
use sigmic_tests::{
    console::Visitor,
    installation::Installation,
    mcp::{Behavior, Protocol, RemoteServer},
    server::Server,
};

struct Bench {
    installation: Installation,
    _server: Server,
    owner: Visitor,
    /// `/console/projects/{id}/servers`
    path: String,
}

impl Bench {
    async fn start() -> Self {
        let installation = Installation::new();
        let applied = installation.apply(json!({ "projects": [{ "name": "shop", "provider": "demo" }] })).await;
        let path = format!("/console/projects/{}/servers", applied["projects"][0]["id"].as_str().unwrap());
        installation.create_account("ada@example.com", "owner").await;
        let server = installation.start().await;
        let owner = Visitor::signed_in(&server, "ada@example.com").await;
        Self { installation, _server: server, owner, path }
    }

    /// What the page exports.
    async fn exported(&self) -> Value {
        let page = self.owner.get(&self.path).await.text;
        let (_, rest) = page.split_once("name=\"declaration\"").expect("the page exports");
        let (_, rest) = rest.split_once(">\n").unwrap();
        let text = rest.split("</textarea>").next().unwrap();
        let text = text.replace("&#34;", "\"").replace("&#60;", "<").replace("&#62;", ">").replace("&#38;", "&");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"))
    }
}

#[tokio::test]
async fn a_server_is_added_tried_renamed_and_removed() {
    let (bench, remote) = (Bench::start().await, RemoteServer::start(Protocol::Http, Behavior::default()).await);
    let url = remote.url();
    let fields = |was, name, kind| {
        let headers = "X-Token: Bearer {{mcp.API_TOKEN}}";
        [("was", was), ("name", name), ("kind", kind), ("url", url.as_str()), ("headers", headers), ("enabled", "on")]
    };
    let reply = bench.owner.post(&bench.path, &fields("", "orders", "http")).await;
    assert_eq!(reply.status, 303, "{}", reply.text);
    let page = bench.owner.get(&bench.path).await.text;
    assert!(page.contains("<mark>API_TOKEN</mark>") && page.contains("A token has to bring along"), "{page}");

    let test = format!("{}/test", bench.path);
    let reply = bench.owner.post(&test, &[("was", "orders"), ("samples", "")]).await;
    assert!(
        reply.text.contains("API_TOKEN") && reply.text.contains("role=\"alert\""),
        "the KEY is named: {}",
        reply.text
    );
    let reply = bench.owner.post(&test, &[("was", "orders"), ("samples", "API_TOKEN=sample-value-1")]).await;
    assert!(reply.text.contains("It answers, and has") && reply.text.contains("<code>orders__"), "{}", reply.text);
    assert!(!reply.text.contains("sample-value-1"), "sample values are used once");

    assert_eq!(bench.owner.post(&bench.path, &fields("orders", "shop", "http")).await.status, 303);
    let servers = bench.exported().await["mcpServers"].clone();
    assert_eq!(servers.as_object().unwrap().keys().collect::<Vec<_>>(), ["shop"], "{servers}");
    assert_eq!(servers["shop"]["headers"]["X-Token"], "Bearer {{mcp.API_TOKEN}}");

    let remove = format!("{}/remove", bench.path);
    assert_eq!(bench.owner.post(&remove, &[("was", "shop"), ("confirm", "orders")]).await.status, 400);
    assert_eq!(bench.owner.post(&remove, &[("was", "shop"), ("confirm", "shop")]).await.status, 303);
    assert_eq!(bench.exported().await, json!({ "mcpServers": {} }));
}

#[tokio::test]
async fn what_cannot_be_reached_says_why() {
    let bench = Bench::start().await;
    let servers = r#"{ "mcpServers": { "away": { "url": "http://127.0.0.1:9/mcp" }, "none": { "command": "/no/such/program" } } }"#;
    assert_eq!(bench.owner.post(&format!("{}/import", bench.path), &[("declaration", servers)]).await.status, 303);
    for name in ["away", "none"] {
        let reply = bench.owner.post(&format!("{}/test", bench.path), &[("was", name)]).await;
        let sentence = format!("The MCP server &#34;{name}&#34; ");
        assert!(reply.text.contains(&sentence) && reply.text.contains("role=\"alert\""), "{name}: {}", reply.text);
    }
}

#[tokio::test]
async fn what_was_exported_is_imported_unchanged_and_what_is_wrong_is_named() {
    let bench = Bench::start().await;
    let servers = json!({ "mcpServers": {
        "a": { "url": "https://a.example/{{mcp.TENANT}}", "type": "sse", "timeout": 5000 },
        "b": { "command": "b", "args": ["-x", "a b"], "env": { "K": "{{mcp.K}}" }, "excludeTools": ["t"] }
    } });
    let import = format!("{}/import", bench.path);
    assert_eq!(bench.owner.post(&import, &[("declaration", &servers.to_string())]).await.status, 303);
    let exported = bench.exported().await;
    assert_eq!(exported, servers);
    for (text, said) in [
        ("{", "not valid JSON"),
        ("[]", "no object"),
        (r#"{ "a": {} }"#, "either `url` or `command`"),
        (r#"{ "a": { "url": "{{mcp.HOST}}" } }"#, "a.url"),
        (r#"{ "a b": { "url": "https://a.com" } }"#, "name has 1 to 40"),
        (r#"{ "a": { "command": "{{mcp.X}}" } }"#, "no template may stand here"),
    ] {
        let reply = bench.owner.post(&import, &[("declaration", text)]).await;
        assert!(reply.status == 400 && reply.text.contains("declaration-error"), "{text}");
        let plain = reply.text.replace("&#96;", "`");
        assert!(plain.contains(said), "{text}: {said} in {plain}");
    }
    assert_eq!(bench.exported().await, servers, "what was refused changed nothing");
    let form = [("was", ""), ("name", "c"), ("kind", "http"), ("url", "https://c.example"), ("headers", "no colon")];
    let reply = bench.owner.post(&bench.path, &form).await;
    assert!(reply.status == 400 && reply.text.contains("headers-error"), "{}", reply.text);
    assert!(reply.text.contains("no colon</textarea>") && reply.text.contains("value=\"https://c.example\""));
    assert_eq!(bench.installation.run_json(&["app", "list"]).await, json!([]));
}
