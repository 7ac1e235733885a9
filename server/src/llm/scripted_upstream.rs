//! A provider's server for tests: it answers what it was told to, in pieces, and breaks off on demand.

use super::{
    provider::{ModelError, ModelEvent, ModelMessage, ModelRequest, Provider},
    upstream::Patience,
};
use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request, State},
    response::Response,
};
use futures::{StreamExt, stream};
use reqwest::Url;
use serde_json::Value;
use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::mpsc;

/// Short enough for a test to wait for, long enough for a busy machine not to run into.
pub const SHORT_PATIENCE: Patience = Patience {
    connect: Duration::from_secs(5),
    before_answer: Duration::from_secs(2),
    between_pieces: Duration::from_millis(500),
};

/// What happens next in an answer's body.
#[derive(Clone, Debug)]
pub enum Step {
    /// These bytes come, in a piece of their own.
    Send(Vec<u8>),
    /// Nothing more comes, and the connection stays open.
    Stall,
    /// The connection breaks.
    Break,
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Script {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub steps: Vec<Step>,
}

impl Script {
    /// An event stream with this body, in one piece.
    pub fn stream(body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type", "text/event-stream".to_owned())];
        Self { status: 200, headers, steps: vec![Step::Send(body.into())] }
    }

    /// Another answer.
    pub fn reply(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), steps: vec![Step::Send(body.into())] }
    }

    pub fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// A request as the server saw it.
#[derive(Debug)]
pub struct Seen {
    pub peer: SocketAddr,
    pub target: String,
    pub headers: HashMap<String, String>,
    pub body: Value,
}

/// The server. It answers with its scripts in turn, and goes on with the last one.
pub struct ScriptedUpstream {
    pub url: Url,
    pub seen: mpsc::UnboundedReceiver<Seen>,
    /// Gets a message whenever a client turned away from an answer that was not over.
    pub abandoned: mpsc::UnboundedReceiver<()>,
}

struct Shared {
    scripts: Mutex<VecDeque<Script>>,
    seen: mpsc::UnboundedSender<Seen>,
    abandoned: mpsc::UnboundedSender<()>,
}

impl ScriptedUpstream {
    pub async fn start(scripts: impl IntoIterator<Item = Script>) -> Self {
        let (seen_sender, seen) = mpsc::unbounded_channel();
        let (abandoned_sender, abandoned) = mpsc::unbounded_channel();
        let scripts = Mutex::new(scripts.into_iter().collect());
        let shared = Arc::new(Shared { scripts, seen: seen_sender, abandoned: abandoned_sender });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let app = Router::new().fallback(answer).with_state(shared);
        tokio::spawn(axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).into_future());
        Self { url, seen, abandoned }
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let seen = Seen {
        peer,
        target: parts.uri.to_string(),
        headers: headers.collect(),
        body: serde_json::from_slice(&body).unwrap(),
    };
    let _ = shared.seen.send(seen);
    let script = {
        let mut scripts = shared.scripts.lock().unwrap();
        if scripts.len() > 1 { scripts.pop_front() } else { scripts.front().cloned() }
    };
    let script = script.expect("a script");
    let mut response = Response::builder().status(script.status);
    for (name, value) in &script.headers {
        response = response.header(*name, value);
    }
    let guard = Abandonment { sender: shared.abandoned.clone(), is_over: false };
    let steps = stream::unfold((script.steps.into_iter(), guard), async |(mut steps, mut guard)| {
        // The server writes what it has when there is nothing more for the moment.
        tokio::task::yield_now().await;
        let step = steps.next();
        guard.is_over = matches!(step, None | Some(Step::Break));
        let bytes = match step? {
            Step::Send(bytes) => Ok(bytes),
            Step::Stall => std::future::pending().await,
            Step::Break => Err(std::io::Error::other("broken on demand")),
        };
        Some((bytes, (steps, guard)))
    });
    response.body(Body::from_stream(steps)).unwrap()
}

struct Abandonment {
    sender: mpsc::UnboundedSender<()>,
    is_over: bool,
}

impl Drop for Abandonment {
    fn drop(&mut self) {
        if !self.is_over {
            let _ = self.sender.send(());
        }
    }
}

/// A question without tools.
pub fn question() -> ModelRequest {
    ModelRequest {
        model: "m".into(),
        system: "Be brief.".into(),
        messages: vec![ModelMessage::User("hi".into())],
        tools: vec![],
    }
}

/// All events of an answer, and the error that ended it.
pub async fn listen(provider: &dyn Provider, request: ModelRequest) -> (Vec<ModelEvent>, Option<ModelError>) {
    let mut events = Vec::new();
    let mut stream = match provider.ask(request).await {
        Ok(stream) => stream,
        Err(error) => return (events, Some(error)),
    };
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => events.push(event),
            Err(error) => {
                assert!(stream.next().await.is_none(), "an error is the last thing a stream says");
                return (events, Some(error));
            }
        }
    }
    (events, None)
}
