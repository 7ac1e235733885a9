//! A tool that asks before it runs, from the model to the visitor's click to a real MCP server.

use crate::scene::{FETCH_TOKEN, Scene, TITLE};
use serde_json::json;
use sigmic_tests::{
    mcp::{Behavior, Protocol, RemoteServer},
    model::Script,
};

#[tokio::test]
async fn a_tool_runs_once_the_visitor_says_so() {
    let server = RemoteServer::start(Protocol::Http, Behavior::default()).await;
    let servers = json!({ "shop": server.config(json!({})) });
    let scene = Scene::set_with(json!({ "mcpServers": servers, "toolPolicies": { "shop__echo": "ask" } })).await;
    scene.show_page(&scene.token(json!({})).await, FETCH_TOKEN, "").await;
    let call = Script::new().text("Let me see.").tool_call("c1", "shop__echo", r#"{"text":"Two parcels"}"#);
    scene.model.script(call.finish("tool_calls")).script(Script::answer("Two parcels are on their way."));
    scene.open_chat().await;
    scene.send("Where are they?").await;
    scene.tab.find("group", "Allow “Echo”?").await;
    assert!(server.journal.calls("echo").is_empty(), "nobody allowed it yet");
    scene.tab.reload().await;
    scene.tab.find("dialog", TITLE).await;
    scene.tab.find("group", "Allow “Echo”?").await;
    scene.tab.find("button", "Allow once").await.click().await;
    scene.wait_for_answer("Two parcels are on their way.").await;
    assert_eq!(server.journal.calls("echo").len(), 1);
    let said = scene.tab.find_role("log").await.text().await;
    let places = ["Let me see.", "Echo", "on their way"].map(|piece| said.find(piece));
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{said}");
    scene.assert_clean();
}
