//! A remote server: Streamable HTTP or the older HTTP with server-sent events.

use super::{Behavior, Fault, Journal, Reached, handler::Handler, huge, legacy_sse::LegacySse};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{Request, StatusCode, header},
    response::{IntoResponse, Response},
    serve::ListenerExt,
};
use futures::{StreamExt, stream};
use http::request::Parts;
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
};
use serde_json::Value;
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{net::TcpListener, task::JoinHandle};

/// A request's body is no larger than this.
const MAX_BODY_BYTES: usize = 16 << 20;

/// What a remote server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Streamable HTTP.
    Http,
    /// The older one.
    Sse,
}

/// A remote server in the test's own process. It answers at every path.
#[derive(Debug)]
pub struct RemoteServer {
    /// What arrived.
    pub journal: Journal,
    origin: String,
    protocol: Protocol,
    connections: Arc<AtomicUsize>,
    sessions: Arc<LocalSessionManager>,
    serving: JoinHandle<()>,
}

#[derive(Clone)]
struct Stage {
    journal: Journal,
    behavior: Arc<Behavior>,
    speaker: Speaker,
}

#[derive(Clone)]
enum Speaker {
    Http(StreamableHttpService<Handler, LocalSessionManager>),
    Sse(Arc<LegacySse>),
}

impl RemoteServer {
    /// Starts one.
    pub async fn start(protocol: Protocol, behavior: Behavior) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
        let (journal, behavior) = (Journal::new(), Arc::new(behavior));
        let (sessions, connections) = (Arc::<LocalSessionManager>::default(), Arc::<AtomicUsize>::default());
        let speaker = match protocol {
            Protocol::Http => {
                let (behavior, gate) = (behavior.clone(), journal.gate());
                let make = move || Ok(Handler::new(behavior.clone(), gate.clone(), Reached::default()));
                let config = StreamableHttpServerConfig::default().disable_allowed_hosts();
                Speaker::Http(StreamableHttpService::new(make, sessions.clone(), config))
            }
            Protocol::Sse => Speaker::Sse(Arc::new(LegacySse::new(behavior.clone(), journal.gate()))),
        };
        let stage = Stage { journal: journal.clone(), behavior, speaker };
        let router = Router::new().fallback(answer).with_state(stage);
        let counted = connections.clone();
        let listener = listener.tap_io(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
        });
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("serving does not fail") });
        Self { journal, origin, protocol, connections, sessions, serving }
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("{}/{}", self.origin, if self.protocol == Protocol::Http { "mcp" } else { "sse" })
    }

    /// Its configuration in a project, with these headers.
    pub fn config(&self, headers: Value) -> Value {
        let protocol = if self.protocol == Protocol::Http { "http" } else { "sse" };
        serde_json::json!({ "url": self.url(), "type": protocol, "headers": headers })
    }

    /// How many connections were ever made to it.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Forgets all sessions of Streamable HTTP: what belongs to one gets a 404 from now on.
    pub async fn expire_sessions(&self) {
        let expired = std::mem::take(&mut *self.sessions.sessions.write().await);
        assert!(!expired.is_empty(), "there was no session to expire");
        for session in expired.into_values() {
            // One that has ended by itself is expired as well.
            let _ = session.close().await;
        }
    }
}

impl Drop for RemoteServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(State(stage): State<Stage>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    stage.journal.note(message.clone(), Reached::from(&parts));
    if let Some(target) = &stage.behavior.redirect_to {
        return (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, target.clone())]).into_response();
    }
    match stage.behavior.fault_for(&message) {
        None => stage.speak(parts, body).await,
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Crash) => json_body(Body::from_stream(stream::once(async {
            Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset))
        }))),
        Some(Fault::Garbage) => json_body(Body::from("\0<html>}{")),
        Some(Fault::Huge) => {
            json_body(Body::from_stream(stream::iter(huge::answer(&message["id"])).map(Ok::<_, io::Error>)))
        }
    }
}

impl Stage {
    async fn speak(&self, parts: Parts, body: Bytes) -> Response {
        match &self.speaker {
            Speaker::Http(service) => {
                let request = Request::from_parts(parts, Body::from(body));
                service.handle(request).await.map(Body::new).into_response()
            }
            Speaker::Sse(speaker) => speaker.answer(&parts, &body).await,
        }
    }
}

fn json_body(body: Body) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}
