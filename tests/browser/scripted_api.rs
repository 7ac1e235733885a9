//! A server whose streams say what a test wrote down, frame by frame.

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::stream;
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, Mutex},
};
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle};

/// The task that every stream is of.
pub const TASK: &str = "0199f3a0-0000-7000-8000-000000000001";

/// The API as far as the widget calls it. Each stream it asks for plays the next script.
pub struct ScriptedApi {
    base_url: String,
    stage: Arc<Stage>,
    serving: JoinHandle<()>,
}

#[derive(Default)]
struct Stage {
    streams: Mutex<VecDeque<Stream>>,
    refusals: Mutex<VecDeque<Refusal>>,
    requests: Mutex<Vec<(String, Value)>>,
}

struct Refusal {
    path: &'static str,
    status: u16,
    code: &'static str,
}

/// What one stream says.
#[derive(Clone, Default)]
pub struct Stream(Vec<Step>);

#[derive(Clone)]
enum Step {
    Frame(String),
    Wait(Arc<Notify>),
    /// Says nothing more and stays open.
    Mute,
}

impl Stream {
    /// A run that begins with a message.
    pub fn of_run() -> Self {
        Self::default().event("task", json!({ "id": TASK, "status": "running" }))
    }

    /// The saved conversation: a question, and an answer with these fields.
    pub fn of_history(answer: Value, is_streaming: bool) -> Self {
        let at = "2026-01-31T12:00:00.000Z";
        let question = json!({ "id": "m1", "role": "user", "content": "Please", "createdAt": at });
        let mut message = json!({ "id": "m2", "role": "assistant", "createdAt": at });
        let (fields, answer) = (message.as_object_mut().expect("just made"), answer.as_object().cloned());
        fields.extend(answer.unwrap_or_default());
        let history = Self::default().event("history_message", question);
        let history = if fields.contains_key("content") { history.event("history_message", message) } else { history };
        history.event("history_done", json!({ "messageCount": 2, "isStreaming": is_streaming }))
    }

    /// One event.
    pub fn event(self, name: &str, data: Value) -> Self {
        self.step(Step::Frame(format!("event: {name}\ndata: {data}\n\n")))
    }

    /// A piece of the answer.
    pub fn says(self, text: &str) -> Self {
        self.event("content", json!({ "text": text, "isPartial": true }))
    }

    /// A tool that runs or waits for approval.
    pub fn calls(self, call_id: &str, tool_name: &str, status: &str, args: Value) -> Self {
        self.event("tool_call", json!({ "callId": call_id, "toolName": tool_name, "status": status, "args": args }))
    }

    /// What a tool gave back.
    pub fn results(self, call_id: &str, status: &str, output: &str) -> Self {
        self.event("tool_result", json!({ "callId": call_id, "status": status, "output": output }))
    }

    /// The end of the run.
    pub fn done(self, answer: &str) -> Self {
        self.event("done", json!({ "finalResponse": answer, "status": "completed" }))
    }

    /// Waits until the test goes on.
    pub fn wait(self, go_on: &Arc<Notify>) -> Self {
        self.step(Step::Wait(go_on.clone()))
    }

    /// Says nothing more and stays open.
    pub fn mute(self) -> Self {
        self.step(Step::Mute)
    }

    fn step(mut self, step: Step) -> Self {
        self.0.push(step);
        self
    }

    fn into_body(self) -> Body {
        let frames = stream::unfold(self.0.into_iter(), async |mut steps| {
            loop {
                match steps.next()? {
                    Step::Frame(frame) => return Some((Ok::<_, Infallible>(Bytes::from(frame)), steps)),
                    Step::Wait(go_on) => go_on.notified().await,
                    Step::Mute => std::future::pending().await,
                }
            }
        });
        Body::from_stream(frames)
    }
}

impl ScriptedApi {
    /// A server without any stream yet.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base_url = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
        let stage = Arc::new(Stage::default());
        let router = Router::new().fallback(answer).with_state(stage.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("serving does not fail") });
        Self { base_url, stage, serving }
    }

    /// What the page's `host` has to be.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Queues what the next stream says.
    pub fn stream(&self, stream: Stream) -> &Self {
        self.stage.streams.lock().expect("no holder panics").push_back(stream);
        self
    }

    /// Refuses the next request whose path ends like this.
    pub fn refuse(&self, path: &'static str, status: u16, code: &'static str) -> &Self {
        self.stage.refusals.lock().expect("no holder panics").push_back(Refusal { path, status, code });
        self
    }

    /// The bodies of the requests so far whose path ends like this.
    pub fn bodies(&self, path: &str) -> Vec<Value> {
        let requests = self.stage.requests.lock().expect("no holder panics");
        requests.iter().filter(|(asked, _)| asked.ends_with(path)).map(|(_, body)| body.clone()).collect()
    }
}

impl Drop for ScriptedApi {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(State(stage): State<Arc<Stage>>, request: Request) -> Response {
    let mut headers = HeaderMap::new();
    for name in [
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        header::ACCESS_CONTROL_ALLOW_METHODS,
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
    ] {
        headers.insert(name, HeaderValue::from_static("*"));
    }
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("authorization, content-type, idempotency-key, last-event-id"),
    );
    if request.method() == Method::OPTIONS {
        return (headers, StatusCode::NO_CONTENT).into_response();
    }
    let path = request.uri().path().to_owned();
    let body = axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap_or_default();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    stage.requests.lock().expect("no holder panics").push((path.clone(), body));
    let refusal = {
        let mut refusals = stage.refusals.lock().expect("no holder panics");
        let found = refusals.iter().position(|refusal| path.ends_with(refusal.path));
        found.and_then(|index| refusals.remove(index))
    };
    if let Some(Refusal { status, code, .. }) = refusal {
        let error = Json(json!({ "success": false, "error": { "code": code, "message": "Refused." } }));
        return (StatusCode::from_u16(status).expect("a test's status is one"), headers, error).into_response();
    }
    let data = match path.rsplit('/').next().unwrap_or_default() {
        "tasks" | "messages" | "stream" => {
            let stream = stage.streams.lock().expect("no holder panics").pop_front();
            let stream = stream.unwrap_or_else(|| panic!("the test scripted no stream for {path}"));
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
            return (headers, stream.into_body()).into_response();
        }
        "approve" => json!({ "approved": true }),
        "config" => json!({ "branding": {}, "features": {} }),
        _ => json!({ "message": "Task cancelled" }),
    };
    (headers, Json(json!({ "success": true, "data": data }))).into_response()
}
