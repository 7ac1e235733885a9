//! Servers at a URL, over both protocols.

use super::*;
use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use futures::channel::mpsc;
use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

/// A server that answers as it is told, and remembers who asked.
#[derive(Clone, Default)]
struct Server(Arc<Mutex<Memory>>);

#[derive(Default)]
struct Memory {
    sessions: BTreeSet<String>,
    begun: usize,
    /// Method of HTTP and of MCP.
    asked: Vec<String>,
    /// Events go here, once a stream is open.
    events: Option<mpsc::UnboundedSender<Result<String, std::io::Error>>>,
    /// Answers calls with this instead.
    instead: Option<(u16, String)>,
    /// Answers a session it does not know with 400 and an error that names no request.
    is_vague: bool,
    /// What the first event of a stream says.
    endpoint: String,
}

impl Server {
    /// Serves until the test ends.
    async fn start(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        address
    }

    fn asked(&self) -> Vec<String> {
        self.0.lock().unwrap().asked.clone()
    }
}

async fn answer(State(server): State<Server>, method: Method, uri: Uri, headers: HeaderMap, body: String) -> Response {
    let message: Value = serde_json::from_str(&body).unwrap_or_default();
    let named = message["method"].as_str().unwrap_or_default().to_owned();
    let mut memory = server.0.lock().unwrap();
    memory.asked.push(format!("{method} {named}").trim_end().to_owned());
    if uri.path().starts_with("/moved") {
        let place = uri.query().unwrap_or_default().to_owned();
        return (StatusCode::TEMPORARY_REDIRECT, [("location", place)]).into_response();
    }
    if uri.path().starts_with("/status") {
        let status = uri.path().rsplit('/').next().unwrap().parse().unwrap();
        return StatusCode::from_u16(status).unwrap().into_response();
    }
    let is_sse = uri.path().starts_with("/sse") || uri.path().starts_with("/messages");
    if method == Method::GET {
        if !is_sse {
            return StatusCode::METHOD_NOT_ALLOWED.into_response();
        }
        let (sender, receiver) = mpsc::unbounded();
        sender.unbounded_send(Ok(format!(": hello\n\nevent: endpoint\ndata: {}\n\n", memory.endpoint))).unwrap();
        memory.events = Some(sender);
        return ([("content-type", "text/event-stream")], Body::from_stream(receiver)).into_response();
    }
    let session = headers.get("mcp-session-id").map(|id| id.to_str().unwrap().to_owned());
    if method == Method::DELETE {
        memory.sessions.remove(&session.unwrap());
        return StatusCode::NO_CONTENT.into_response();
    }
    if !is_sse && named != "initialize" && !session.is_some_and(|id| memory.sessions.contains(&id)) {
        if memory.is_vague {
            let error = json!({ "jsonrpc": "2.0", "id": null, "error": { "code": -32000, "message": "Bad Request" } });
            return (StatusCode::BAD_REQUEST, axum::Json(error)).into_response();
        }
        return StatusCode::NOT_FOUND.into_response();
    }
    let result = match named.as_str() {
        "initialize" => {
            memory.begun += 1;
            let id = format!("session-{}", memory.begun);
            memory.sessions.insert(id);
            json!({
                "protocolVersion": message["params"]["protocolVersion"],
                "serverInfo": { "name": "test", "version": "1" },
                "capabilities": { "tools": {} },
            })
        }
        "tools/list" => json!({ "tools": [{ "name": "echo", "inputSchema": { "type": "object" } }, { "name": 1 }] }),
        "tools/call" => {
            let headers: BTreeMap<_, _> =
                headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
            json!({ "structuredContent": { "uri": uri.to_string(), "headers": headers } })
        }
        _ => return StatusCode::ACCEPTED.into_response(),
    };
    if named == "tools/call"
        && let Some((status, body)) = memory.instead.take()
    {
        return (StatusCode::from_u16(status).unwrap(), [("content-type", "application/json")], body).into_response();
    }
    let reply = json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }).to_string();
    if is_sse {
        let event = Ok(format!("event: message\ndata: {reply}\n\n"));
        let sent = memory.events.as_ref().is_some_and(|events| events.unbounded_send(event).is_ok());
        return if sent { StatusCode::ACCEPTED } else { StatusCode::GONE }.into_response();
    }
    let id = format!("session-{}", memory.begun);
    ([("content-type", "application/json".to_owned()), ("mcp-session-id", id)], reply).into_response()
}

async fn echoed(tools: &Toolset) -> Value {
    serde_json::from_str(&ask(tools, "echo").await.unwrap()).unwrap()
}

#[tokio::test]
async fn headers_and_url_carry_the_values() {
    let (bench, server) = (Bench::new(), Server::default());
    let url = format!("http://{}/{{{{mcp.TENANT}}}}/mcp?k={{{{mcp.EMPTY}}}}", server.start().await);
    let config = json!({ "url": url, "headers": { "Authorization": "Bearer {{mcp.A}}" } });
    let mut request = request(&[("s", &config)], "u", &[("A", "hunter22")]);
    request.variables.env = [("TENANT", "a/b"), ("EMPTY", "")].map(|(key, value)| (key.into(), value.into())).into();
    let tools = bench.pool.open(request).await;
    assert_eq!(reasons(&tools), [""; 0]);
    assert_eq!(names(&tools), ["s__echo"]);
    let said = echoed(&tools).await;
    assert_eq!(said["uri"], "/a%2Fb/mcp?k=");
    assert_eq!(said["headers"]["authorization"], "Bearer [secret]");
    bench.pool.close().await;
    assert_eq!(server.asked().last().unwrap(), "DELETE");
}

#[tokio::test]
async fn a_second_message_pays_no_connection() {
    let (bench, server) = (Bench::new(), Server::default());
    let config = json!({ "url": format!("http://{}/mcp", server.start().await) });
    drop(bench.open(&config, "u", &[]).await);
    let before = server.asked().len();
    let tools = bench.open(&config, "u", &[]).await;
    assert_eq!(names(&tools), ["s__echo"]);
    assert_eq!(server.asked().len(), before);
    echoed(&tools).await;
    assert_eq!(server.asked().split_off(before), ["POST tools/call"]);
    bench.pool.close().await;
}

#[tokio::test]
async fn an_expired_session_is_begun_again_and_the_call_repeated() {
    for is_vague in [false, true] {
        let (bench, server) = (Bench::new(), Server::default());
        server.0.lock().unwrap().is_vague = is_vague;
        let config = json!({ "url": format!("http://{}/mcp", server.start().await) });
        let tools = bench.open(&config, "u", &[]).await;
        server.0.lock().unwrap().sessions.clear();
        echoed(&tools).await;
        let memory = server.0.lock().unwrap();
        assert_eq!(memory.begun, 2);
        assert_eq!(memory.asked.iter().filter(|asked| *asked == "POST tools/call").count(), 2);
    }
}

#[tokio::test]
async fn a_call_that_may_have_been_carried_out_is_not_repeated() {
    let (bench, server) = (Bench::new(), Server::default());
    let config = json!({ "url": format!("http://{}/mcp", server.start().await) });
    let tools = bench.open(&config, "u", &[]).await;
    server.0.lock().unwrap().instead = Some((502, String::new()));
    assert_eq!(ask(&tools, "echo").await, Err("The MCP server \"s\" answered with HTTP 502.".to_owned()));
    assert_eq!(server.asked().iter().filter(|asked| *asked == "POST tools/call").count(), 1);
    // What was unclear is left behind.
    echoed(&tools).await;
    assert_eq!(server.0.lock().unwrap().begun, 2);
    bench.pool.close().await;
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_refused() {
    let server = Server::default();
    let bench = Bench::with(|limits| limits.message_bytes = 64 * 1024);
    let config = json!({ "url": format!("http://{}/mcp", server.start().await) });
    let tools = bench.open(&config, "u", &[]).await;
    server.0.lock().unwrap().instead = Some((200, " ".repeat(1024 * 1024)));
    let refused = Err("The MCP server \"s\" sent more at once than is allowed.".to_owned());
    assert_eq!(ask(&tools, "echo").await, refused);
    bench.pool.close().await;
}

#[tokio::test]
async fn redirects_stay_at_the_origin() {
    let (bench, server, other) = (Bench::new(), Server::default(), Server::default());
    let (address, elsewhere) = (server.start().await, other.start().await);
    let within = json!({ "url": format!("http://{address}/moved?/mcp") });
    assert_eq!(echoed(&bench.open(&within, "u", &[]).await).await["uri"], "/mcp");
    for kind in ["http", "sse"] {
        let away = json!({ "url": format!("http://{address}/moved?http://{elsewhere}/sse"), "type": kind });
        let tools = bench.open(&away, "u", &[]).await;
        assert_eq!(reasons(&tools), ["The MCP server \"s\" answered with HTTP 307."], "{kind}");
    }
    assert_eq!(other.asked(), [""; 0]);
    bench.pool.close().await;
}

#[tokio::test]
async fn a_name_that_leads_to_a_private_address_is_not_contacted() {
    let (bench, server) = (Bench::new(), Server::default());
    let port = server.start().await.port();
    let url = format!("http://{{{{mcp.HOST}}}}:{port}/mcp");
    let config = json!({ "url": url, "allowTemplatedHost": true });
    for kind in ["http", "sse"] {
        let mut config = config.clone();
        config["type"] = json!(kind);
        let tools = bench.open(&config, "u", &[("HOST", "localhost")]).await;
        assert_eq!(
            reasons(&tools),
            ["The MCP server \"s\" was not contacted: its name leads to a private address."],
            "{kind}"
        );
    }
    assert_eq!(server.asked(), [""; 0]);
    let allowed = json!({ "url": url, "allowTemplatedHost": true, "allowPrivate": true });
    echoed(&bench.open(&allowed, "u", &[("HOST", "127.0.0.1")]).await).await;
    bench.pool.close().await;
}

#[tokio::test]
async fn what_went_wrong_is_said_without_a_value() {
    let (bench, server) = (Bench::new(), Server::default());
    let address = server.start().await;
    // Nobody listens where a listener was a moment ago.
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for (host, path, kind, reason) in [
        (closed, "", "http", "could not be reached"),
        (closed, "", "sse", "could not be reached"),
        (address, "status/401", "http", "refused the credentials it was given (HTTP 401)"),
        (address, "status/401", "sse", "refused the credentials it was given (HTTP 401)"),
        (address, "status/404", "http", "answered with HTTP 404"),
        (address, "status/500", "http", "answered with HTTP 500"),
        (address, "status/500", "sse", "answered with HTTP 500"),
        (address, "status/204", "sse", "did not speak the protocol as expected"),
    ] {
        let config = json!({ "url": format!("http://{host}/{path}?key={{{{mcp.A}}}}"), "type": kind });
        let tools = bench.open(&config, "u", &[("A", "hunter22")]).await;
        assert_eq!(reasons(&tools), [format!("The MCP server \"s\" {reason}.")], "{path} {kind}");
    }
    bench.pool.close().await;
}

#[tokio::test]
async fn the_older_protocol_works() {
    let (bench, server) = (Bench::new(), Server::default());
    server.0.lock().unwrap().endpoint = "/messages?session=1".into();
    let url = format!("http://{}/sse", server.start().await);
    let config = json!({ "url": url, "type": "sse", "headers": { "X-Key": "{{mcp.A}}" } });
    let tools = bench.open(&config, "u", &[("A", "hunter22")]).await;
    assert_eq!(reasons(&tools), [""; 0]);
    let said = echoed(&tools).await;
    assert_eq!((&said["uri"], &said["headers"]["x-key"]), (&json!("/messages?session=1"), &json!("[secret]")));
    // The stream breaks off: whoever hears of it first opens another.
    server.0.lock().unwrap().events = None;
    let _ = ask(&tools, "echo").await;
    echoed(&tools).await;
    assert_eq!(server.0.lock().unwrap().begun, 2);
    bench.pool.close().await;
}

#[tokio::test]
async fn messages_go_to_the_same_origin_only() {
    let (bench, server, other) = (Bench::new(), Server::default(), Server::default());
    server.0.lock().unwrap().endpoint = format!("http://{}/messages", other.start().await);
    let config = json!({ "url": format!("http://{}/sse", server.start().await), "type": "sse" });
    let tools = bench.open(&config, "u", &[]).await;
    assert_eq!(reasons(&tools), ["The MCP server \"s\" did not speak the protocol as expected."]);
    assert_eq!(other.asked(), [""; 0]);
}
