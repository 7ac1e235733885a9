//! Tools of real MCP servers, from the model to the visitor's eyes, and to their click where a tool asks first.

use crate::scene::{FETCH_TOKEN, Scene, TITLE};
use serde_json::json;
use sigmic_tests::{
    mcp::{Behavior, Everything, Protocol, RemoteServer},
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

#[tokio::test]
async fn the_reference_servers_tools_work_over_each_transport() {
    let (http, sse) = tokio::join!(Everything::start(Protocol::Http), Everything::start(Protocol::Sse));
    let servers = json!({ "pipe": Everything::stdio_config(), "http": http.config(), "sse": sse.config() });
    let scene = Scene::set_with(json!({ "mcpServers": servers })).await;
    scene.show_page(&scene.token(json!({})).await, FETCH_TOKEN, "").await;
    let calls = ["pipe", "http", "sse"].map(|server| (server, format!("{server}__echo"), format!("by {server}")));
    let wanted = calls.iter().fold(Script::new().text("One moment."), |script, (id, tool, message)| {
        script.tool_call(id, tool, &json!({ "message": message }).to_string())
    });
    scene.model.script(wanted.finish("tool_calls")).script(Script::answer("All three answered."));
    scene.open_chat().await;
    scene.send("Is anybody there?").await;
    scene.wait_for_answer("All three answered.").await;
    for line in scene.tab.find_all("button").await {
        if line.name().starts_with("Echo") {
            line.click().await;
        }
    }
    for (_, _, message) in calls {
        scene.wait_for_answer(&message).await;
    }
    scene.tab.screenshot("tools-of-three-transports").await;
    scene.assert_clean();
}
