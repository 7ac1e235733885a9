//! Connections are kept for the next message of the same visitor, and for nobody else.

use super::errand::{call, scene_with};
use serde_json::json;
use sigmic_tests::{
    eventually,
    mcp::{Behavior, LocalServer, Protocol, RemoteServer},
};

#[tokio::test]
async fn a_second_message_opens_no_connection() {
    let (http, sse) = (
        RemoteServer::start(Protocol::Http, Behavior::default()).await,
        RemoteServer::start(Protocol::Sse, Behavior::default()).await,
    );
    let local = LocalServer::new(Behavior::default());
    let headers = json!({ "X": "{{mcp.A}}" });
    let scene = scene_with(json!({
        "http": http.config(headers.clone()), "sse": sse.config(headers), "local": local.config(json!({ "A": "{{mcp.A}}" })),
    }))
    .await;
    let opened = || (http.journal.count("initialize"), sse.journal.count("initialize"), local.processes().len());
    let user = scene.visitor("u1", json!({ "A": "1" }), json!({})).await;
    for tool in ["http__echo", "sse__echo", "local__echo", "http__echo"] {
        call(&user, tool, json!({ "text": "x" })).await;
        assert_eq!(opened(), (1, 1, 1), "{tool}");
    }
    let renewed = scene.visitor("u1", json!({ "A": "1" }), json!({})).await;
    call(&renewed, "http__echo", json!({ "text": "x" })).await;
    assert_eq!(opened(), (1, 1, 1), "a new token with the same values");
    for (visitor, value, expected) in [("u1", "2", 2), ("u2", "1", 3)] {
        let other = scene.visitor(visitor, json!({ "A": value }), json!({})).await;
        call(&other, "http__echo", json!({ "text": "x" })).await;
        assert_eq!(opened(), (expected, expected, expected), "{visitor} with {value}");
    }
}

#[tokio::test]
async fn a_changed_configuration_and_an_expired_token_end_connections() {
    let local = LocalServer::new(Behavior::default());
    let scene = scene_with(json!({ "s": local.config(json!({ "V": "1" })) })).await;
    let user = scene.user("u1").await;
    call(&user, "s__echo", json!({ "text": "x" })).await;
    let changed = json!({ "projects": [{ "name": crate::scene::PROJECT, "mcpServers": { "s": local.config(json!({ "V": "2" })) } }] });
    scene.installation.apply(changed).await;
    eventually("the new configuration is used", async || {
        call(&user, "s__echo", json!({ "text": "x" })).await;
        local.processes().iter().find(|process| process.reached.env["V"] == "2").cloned()
    })
    .await;
    local.processes()[0].ended().await;

    let token = scene.anonymous().token_with(&scene.app, "u2", json!({ "expiresIn": "3s", "env": { "A": "1" } })).await;
    let before = local.processes().len();
    call(&scene.anonymous().with_bearer(&token), "s__echo", json!({ "text": "x" })).await;
    let processes = local.processes();
    assert_eq!(processes.len(), before + 1);
    processes[before].ended().await;
}
