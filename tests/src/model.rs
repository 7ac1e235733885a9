//! A model server that plays scripts, speaking OpenAI's chat completions as they are on the wire.

mod connection;
mod gate;
mod pairing;
mod playback;
mod request;
mod script;

pub use gate::Gate;
pub use request::ModelRequest;
pub use script::Script;

use crate::DEADLINE;
use axum::{
    Json, Router,
    body::Bytes,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use connection::{Connection, CuttableListener};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex},
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

/// A model under a test's control. Each request plays the next script.
///
/// What a real provider would refuse (a tool call without its output, a request that does not ask
/// for a stream, more requests than were scripted) is refused here too and fails the test when the
/// server is dropped.
#[derive(Debug)]
pub struct ModelServer {
    base_url: String,
    stage: Arc<Stage>,
    serving: JoinHandle<()>,
}

struct Stage {
    scripts: Mutex<VecDeque<Script>>,
    otherwise: Mutex<Option<Responder>>,
    requests: watch::Sender<Vec<ModelRequest>>,
    faults: Mutex<Vec<String>>,
}

type Responder = Box<dyn Fn(&ModelRequest) -> Script + Send>;

impl ModelServer {
    /// A server without any script yet.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let stage = Arc::new(Stage {
            scripts: Mutex::default(),
            otherwise: Mutex::default(),
            requests: watch::Sender::new(Vec::new()),
            faults: Mutex::default(),
        });
        let router = Router::new()
            .route("/v1/chat/completions", post(complete))
            .route("/v1/models", get(list_models))
            .with_state(stage.clone())
            .into_make_service_with_connect_info::<Connection>();
        let serving = tokio::spawn(async move {
            axum::serve(CuttableListener(listener), router).await.expect("serving does not fail");
        });
        Self { base_url: format!("http://{address}/v1"), stage, serving }
    }

    /// What a project's `baseUrl` has to be.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Queues a script for the next request that has none.
    pub fn script(&self, script: Script) -> &Self {
        self.stage.scripts.lock().expect("no holder panics").push_back(script);
        self
    }

    /// Decides what requests get once no queued script is left.
    pub fn otherwise(&self, respond: impl Fn(&ModelRequest) -> Script + Send + 'static) -> &Self {
        *self.stage.otherwise.lock().expect("no holder panics") = Some(Box::new(respond));
        self
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<ModelRequest> {
        self.stage.requests.borrow().clone()
    }

    /// Request number `index`, counted from zero, as soon as it is there.
    pub async fn request(&self, index: usize) -> ModelRequest {
        let mut requests = self.stage.requests.subscribe();
        let found = tokio::time::timeout(DEADLINE, requests.wait_for(|requests| requests.len() > index)).await;
        found.unwrap_or_else(|_| panic!("request {index} never came")).expect("the stage holds the sender")[index]
            .clone()
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        self.serving.abort();
        let faults = std::mem::take(&mut *self.stage.faults.lock().expect("no holder panics"));
        if !std::thread::panicking() {
            assert!(faults.is_empty(), "a real model would have refused: {faults:#?}");
        }
    }
}

impl Stage {
    fn next_script(&self, request: &ModelRequest) -> Option<Script> {
        let queued = self.scripts.lock().expect("no holder panics").pop_front();
        queued.or_else(|| self.otherwise.lock().expect("no holder panics").as_ref().map(|respond| respond(request)))
    }

    fn refuse(&self, fault: String) -> Response {
        let body = json!({ "error": { "message": fault, "type": "invalid_request_error", "code": null } });
        self.faults.lock().expect("no holder panics").push(fault);
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage").field("requests", &self.requests).field("faults", &self.faults).finish_non_exhaustive()
    }
}

async fn complete(
    State(stage): State<Arc<Stage>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body: Value = match serde_json::from_slice(&body) {
        Ok(body) => body,
        Err(error) => return stage.refuse(format!("the body is no JSON: {error}")),
    };
    let (request, presence) = ModelRequest::new(headers, body);
    stage.requests.send_modify(|requests| requests.push(request.clone()));
    if request.body["stream"] != true {
        return stage.refuse("the request does not ask for a stream".into());
    }
    if let Some(fault) = pairing::find_fault(request.messages()) {
        return stage.refuse(fault);
    }
    match stage.next_script(&request) {
        Some(script) => playback::play(script, request, presence, connection).await,
        None => stage.refuse("the test scripted no answer for this request".into()),
    }
}

async fn list_models() -> Json<Value> {
    Json(
        json!({ "object": "list", "data": [{ "id": "scripted", "object": "model", "created": 0, "owned_by": "test" }] }),
    )
}

#[cfg(test)]
mod tests;
