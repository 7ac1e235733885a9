//! The tests' own MCP servers, asked by the SDK's client: they are what the other tests take them for.

use rmcp::{
    RoleClient, ServiceExt,
    model::{CallToolRequestParams, CallToolResult, ProtocolVersion},
    service::{RunningService, ServiceError},
    transport::StreamableHttpClientTransport,
};
use serde_json::{Value, json};
use sigmic_tests::{
    eventually,
    mcp::{Behavior, Everything, Fault, HUGE_BYTES, LocalServer, Protocol, RemoteServer, ToolSet},
};
use std::process::Stdio;
use tokio::process::{Child, Command};

type Client = RunningService<RoleClient, ()>;

async fn call(client: &Client, tool: &str, arguments: Value) -> Result<CallToolResult, ServiceError> {
    let arguments = arguments.as_object().expect("arguments are an object").clone();
    client.call_tool(CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments)).await
}

fn text(result: &CallToolResult) -> &str {
    &result.content[0].as_text().expect("a text").text
}

fn start(config: &Value) -> Child {
    let mut command = Command::new(config["command"].as_str().unwrap());
    command.args(config["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap()));
    for (name, value) in config["env"].as_object().into_iter().flatten() {
        command.env(name, value.as_str().unwrap());
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap()
}

async fn connect(child: &mut Child) -> Client {
    ().serve((child.stdout.take().unwrap(), child.stdin.take().unwrap())).await.unwrap()
}

#[tokio::test]
async fn a_local_one_answers_tells_what_it_was_started_with_and_ends_with_its_input() {
    let server = LocalServer::new(Behavior::default());
    let mut child = start(&server.config(json!({ "CANARY": "c1" })));
    let client = connect(&mut child).await;
    assert_eq!(text(&call(&client, "echo", json!({ "text": "ž\n" })).await.unwrap()), "ž\n");
    let reached: Value = serde_json::from_str(text(&call(&client, "reached", json!({})).await.unwrap())).unwrap();
    assert_eq!((&reached["env"]["CANARY"], reached["pid"].as_u64()), (&json!("c1"), child.id().map(u64::from)));
    assert_eq!(server.processes()[0].reached.env["CANARY"], "c1");
    let waiting = tokio::join!(call(&client, "wait", json!({})), async {
        server.journal.called("wait", 1).await;
        server.journal.open_gate();
    });
    assert_eq!(text(&waiting.0.unwrap()), "waited");
    drop(client);
    server.processes()[0].ended().await;
    assert!(child.wait().await.unwrap().success());
}

#[tokio::test]
async fn a_local_one_has_the_faults_it_is_told_to_have() {
    let server = LocalServer::new(Behavior { stray_lines: true, lingers: true, ..Behavior::default() });
    let mut child = start(&server.config(json!({})));
    let client = connect(&mut child).await;
    tokio::select! {
        result = call(&client, "hang", json!({})) => panic!("it answered: {result:?}"),
        _ = server.journal.called("hang", 1) => {}
    }
    assert!(call(&client, "crash", json!({})).await.is_err());
    assert_eq!(child.wait().await.unwrap().code(), Some(3));
    eventually("its process has ended", async || server.processes()[0].has_ended().then_some(())).await;
}

#[tokio::test]
async fn a_local_one_goes_with_the_test_however_stubborn_it_is() {
    let server = LocalServer::new(Behavior { lingers: true, on_connect: Some(Fault::Hang), ..Behavior::default() });
    let mut child = start(&server.config(json!({})));
    eventually("it has been started", async || server.processes().pop()).await;
    drop(server);
    assert_eq!(child.wait().await.unwrap().code(), Some(4));
}

#[tokio::test]
async fn a_remote_one_tells_headers_sessions_and_connections() {
    let server = RemoteServer::start(Protocol::Http, Behavior::default()).await;
    let client = ().serve(StreamableHttpClientTransport::from_uri(server.url())).await.unwrap();
    assert_eq!(client.peer_info().unwrap().protocol_version, ProtocolVersion::LATEST_WITH_INITIALIZE);
    let reached: Value = serde_json::from_str(text(&call(&client, "reached", json!({})).await.unwrap())).unwrap();
    assert_eq!(reached["url"], "/mcp");
    assert!(reached["headers"]["mcp-session-id"].is_string(), "{reached}");
    assert_eq!((server.journal.count("initialize"), server.journal.calls("reached").len()), (1, 1));
    assert!(server.connections() > 0);
    for tool in ["garbage", "crash"] {
        assert!(call(&client, tool, json!({})).await.is_err(), "{tool}");
    }
    server.expire_sessions().await;
}

#[tokio::test]
async fn many_tools_come_in_pages_and_odd_ones_as_they_are() {
    for (tools, count) in [(ToolSet::Many, 500), (ToolSet::Odd, 15)] {
        let server = RemoteServer::start(Protocol::Http, Behavior { tools, ..Behavior::default() }).await;
        let client = ().serve(StreamableHttpClientTransport::from_uri(server.url())).await.unwrap();
        assert_eq!(client.list_all_tools().await.unwrap().len(), count);
    }
}

#[tokio::test]
async fn a_huge_answer_is_one_valid_body() {
    let server = RemoteServer::start(Protocol::Http, Behavior::default()).await;
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "huge" } });
    let answer = reqwest::Client::new().post(server.url()).json(&call).send().await.unwrap();
    let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!(body["result"]["content"][0]["text"].as_str().map(str::len), Some(HUGE_BYTES));
}

#[tokio::test]
async fn the_older_protocol_answers_in_the_stream() {
    let server = RemoteServer::start(Protocol::Sse, Behavior::default()).await;
    let http = reqwest::Client::new();
    let mut stream = http.get(server.url()).send().await.unwrap();
    let first = String::from_utf8(stream.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    let endpoint = first.strip_prefix("event: endpoint\ndata: ").unwrap().trim();
    let params =
        json!({ "protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
    let initialize = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params });
    let accepted = http.post(format!("{}{endpoint}", server.origin())).json(&initialize).send().await.unwrap();
    assert_eq!(accepted.status(), 202);
    let answer = String::from_utf8(stream.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    let message: Value = serde_json::from_str(answer.strip_prefix("event: message\ndata: ").unwrap()).unwrap();
    assert_eq!((&message["id"], &message["result"]["protocolVersion"]), (&json!(1), &json!("2024-11-05")));
}

#[tokio::test]
async fn the_reference_server_is_there() {
    let mut child = start(&Everything::stdio_config());
    let client = connect(&mut child).await;
    assert_eq!(text(&call(&client, "echo", json!({ "message": "hi" })).await.unwrap()), "Echo: hi");
    let everything = Everything::start(Protocol::Http).await;
    let url = everything.config()["url"].as_str().unwrap().to_owned();
    let client = ().serve(StreamableHttpClientTransport::from_uri(url)).await.unwrap();
    assert!(client.list_all_tools().await.unwrap().len() > 5);
}
