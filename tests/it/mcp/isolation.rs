//! Two visitors at once never meet.

use super::errand::{run, scene_with};
use futures::future::join_all;
use serde_json::{Value, json};
use sigmic_shared::ToolCallStatus;
use sigmic_tests::mcp::{Behavior, LocalServer, Protocol, RemoteServer};

const RUNS: usize = 20;
const CALLS: usize = 25;

/// 2 visitors x 20 runs x 25 calls, all at the same time, spread over three servers.
#[tokio::test]
async fn a_thousand_interleaved_calls_reach_their_servers_as_whoever_asks() {
    let (http, sse) = (
        RemoteServer::start(Protocol::Http, Behavior::default()).await,
        RemoteServer::start(Protocol::Sse, Behavior::default()).await,
    );
    let local = LocalServer::new(Behavior::default());
    let headers = json!({ "X-Tenant": "{{mcp.TENANT}}", "Authorization": "Bearer {{mcp.TOKEN}}" });
    let scene = scene_with(json!({
        "http": http.config(headers.clone()), "sse": sse.config(headers),
        "local": local.config(json!({ "TENANT": "{{mcp.TENANT}}", "TOKEN": "{{mcp.TOKEN}}" })),
    }))
    .await;
    let visitors = ["alice", "bob"].map(|name| (name, format!("token-of-{name}")));
    let clients = join_all(
        visitors.iter().map(|(name, token)| scene.visitor(name, json!({ "TENANT": name }), json!({ "TOKEN": token }))),
    )
    .await;
    let errands = clients.iter().zip(&visitors).flat_map(|(client, (name, _))| {
        (0..RUNS).map(move |_| {
            let calls: Vec<Value> = (0..CALLS)
                .map(|number| json!([format!("{}__echo", ["http", "sse", "local"][number % 3]), { "text": name }]))
                .collect();
            async move { (name, run(client, json!(calls)).await) }
        })
    });
    for (name, errand) in join_all(errands).await {
        let results = errand.expect_done().results();
        assert_eq!(results.len(), CALLS);
        for result in results {
            assert_eq!((result.status, &*result.output), (ToolCallStatus::Success, *name));
        }
    }
    let mut calls = 0;
    for call in http.journal.calls("echo").into_iter().chain(sse.journal.calls("echo")) {
        let who = call.arguments()["text"].as_str().unwrap();
        assert_eq!(call.reached.header("x-tenant"), who);
        assert_eq!(call.reached.header("authorization"), format!("Bearer token-of-{who}"));
        calls += 1;
    }
    for call in local.journal.calls("echo") {
        let who = call.arguments()["text"].as_str().unwrap();
        assert_eq!((&*call.reached.env["TENANT"], &call.reached.env["TOKEN"]), (who, &format!("token-of-{who}")));
        calls += 1;
    }
    assert_eq!(calls, 2 * RUNS * CALLS);
    assert_eq!(local.processes().len(), 2, "one process for each visitor");
    assert_eq!((http.journal.count("initialize"), sse.journal.count("initialize")), (2, 2));
}
