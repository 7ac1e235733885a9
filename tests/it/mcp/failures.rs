//! Servers that hang, crash, or talk garbage cost their own tools, never the run.

use super::errand::{call, run, run_steps, scene_on, scene_with};
use serde_json::{Value, json};
use sigmic_shared::ToolCallStatus;
use sigmic_tests::{
    installation::Installation,
    mcp::{Behavior, Fault, LocalServer, Protocol, RemoteServer, ToolSet},
};

fn impatient(mut config: Value) -> Value {
    config["timeout"] = json!(1000);
    config
}

#[tokio::test]
async fn a_server_that_fails_from_the_start_costs_its_tools() {
    let mut servers = serde_json::Map::new();
    let (mut remotes, mut locals) = (Vec::new(), Vec::new());
    for fault in [Fault::Hang, Fault::Crash, Fault::Garbage, Fault::Huge] {
        for (when, behavior) in [
            ("connect", Behavior { on_connect: Some(fault), ..Behavior::default() }),
            ("list", Behavior { on_list: Some(fault), ..Behavior::default() }),
        ] {
            for protocol in [Protocol::Http, Protocol::Sse] {
                let server = RemoteServer::start(protocol, behavior.clone()).await;
                servers.insert(format!("{protocol:?}-{fault:?}-{when}"), impatient(server.config(json!({}))));
                remotes.push(server);
            }
            let server = LocalServer::new(behavior);
            servers.insert(format!("Local-{fault:?}-{when}"), impatient(server.config(json!({}))));
            locals.push(server);
        }
    }
    servers.insert("Gone".into(), json!({ "url": "http://127.0.0.1:9/mcp" }));
    servers.insert("NoProgram".into(), json!({ "command": "/no/such/program" }));
    servers.insert("NoServer".into(), json!({ "command": "true" }));
    let failing = servers.len();
    let healthy = LocalServer::new(Behavior { stray_lines: true, ..Behavior::default() });
    servers.insert("Healthy".into(), healthy.config(json!({})));
    let scene = scene_with(Value::Object(servers)).await;
    let errand = run(&scene.user("u1").await, json!([["Healthy__echo", { "text": "still here" }]])).await;
    assert_eq!(errand.expect_done().results()[0].output, "still here");
    assert_eq!(errand.unavailable().len(), failing, "{:#?}", errand.unavailable());
    let tools = scene.model.request(0).await.body["tools"].clone();
    let names: Vec<&str> =
        tools.as_array().unwrap().iter().map(|tool| tool["function"]["name"].as_str().unwrap()).collect();
    assert!(names.iter().all(|name| name.starts_with("Healthy__")), "{names:?}");
}

async fn a_failing_call_costs_that_call(config: Value) {
    let scene = scene_with(json!({ "s": impatient(config) })).await;
    let user = scene.user("u1").await;
    for tool in ["hang", "garbage", "huge", "crash"] {
        let errand = run_steps(&user, json!([[[format!("s__{tool}"), {}]], [["s__echo", { "text": tool }]]])).await;
        let results = errand.expect_done().results();
        assert_eq!(results[0].status, ToolCallStatus::Error, "{tool}: {results:?}");
        assert!(results[0].output.len() < 1000, "{tool}");
        let again = run(&user, json!([["s__echo", { "text": "again" }]])).await;
        assert_eq!(again.expect_done().results()[0].output, "again", "after {tool}: {:#?}", again.events);
    }
}

#[tokio::test]
async fn a_failing_call_of_a_local_server_costs_that_call() {
    a_failing_call_costs_that_call(LocalServer::new(Behavior::default()).config(json!({}))).await;
}

#[tokio::test]
async fn a_failing_call_over_http_costs_that_call() {
    let server = RemoteServer::start(Protocol::Http, Behavior::default()).await;
    a_failing_call_costs_that_call(server.config(json!({}))).await;
}

#[tokio::test]
async fn a_failing_call_over_sse_costs_that_call() {
    let server = RemoteServer::start(Protocol::Sse, Behavior::default()).await;
    a_failing_call_costs_that_call(server.config(json!({}))).await;
}

#[tokio::test]
async fn a_session_that_has_expired_is_begun_anew() {
    let server = RemoteServer::start(Protocol::Http, Behavior::default()).await;
    let scene = scene_with(json!({ "s": server.config(json!({})) })).await;
    let user = scene.user("u1").await;
    for expected in [1, 2] {
        let echoed = call(&user, "s__echo", json!({ "text": "x" })).await;
        assert_eq!(echoed, (ToolCallStatus::Success, "x".to_owned()));
        assert_eq!(server.journal.count("initialize"), expected);
        server.expire_sessions().await;
    }
}

#[tokio::test]
async fn the_newest_protocol_works_too() {
    let behavior = || Behavior { newest_protocol: true, ..Behavior::default() };
    let (remote, local) = (RemoteServer::start(Protocol::Http, behavior()).await, LocalServer::new(behavior()));
    let scene = scene_with(json!({ "remote": remote.config(json!({})), "local": local.config(json!({})) })).await;
    let user = scene.user("u1").await;
    for tool in ["remote__echo", "local__echo"] {
        assert_eq!(call(&user, tool, json!({ "text": "x" })).await, (ToolCallStatus::Success, "x".to_owned()));
    }
}

#[tokio::test]
async fn a_tool_that_is_new_is_offered_in_the_next_step() {
    let server = LocalServer::new(Behavior::default());
    let scene = scene_with(json!({ "s": server.config(json!({})) })).await;
    let user = scene.user("u1").await;
    run(&user, json!([["s__grow", {}]])).await.expect_done();
    server.journal.seen("tools/list").await;
    sigmic_tests::eventually("the new tool can be called", async || {
        let (status, _) = call(&user, "s__grown", json!({})).await;
        (status == ToolCallStatus::Success).then_some(())
    })
    .await;
}

#[tokio::test]
async fn many_and_odd_tools_have_names_that_models_take() {
    let behavior = |tools| Behavior { tools, ..Behavior::default() };
    let (many, odd) = (LocalServer::new(behavior(ToolSet::Many)), LocalServer::new(behavior(ToolSet::Odd)));
    let servers = json!({ "many": many.config(json!({})), "odd": odd.config(json!({})) });
    let fields = json!({ "contextTokens": 1_000_000, "mcpServers": servers });
    let scene = scene_on(Installation::new(), fields).await;
    let user = scene.user("u1").await;
    let errand = run(&user, json!([["many__tool_0", {}], ["odd__with_dot", { "a": 1 }]])).await;
    for result in errand.expect_done().results() {
        assert_eq!(result.status, ToolCallStatus::Success, "{result:?}");
    }
    let tools = scene.model.request(0).await.body["tools"].clone();
    let names: Vec<&str> =
        tools.as_array().unwrap().iter().map(|tool| tool["function"]["name"].as_str().unwrap()).collect();
    let distinct: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!(distinct.len(), names.len());
    assert!(names.len() > 256, "{}", names.len());
    for name in names {
        let fits = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        assert!(fits && name.len() <= 64, "{name}");
    }
}
