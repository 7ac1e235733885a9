//! The server's side of HTTP with server-sent events, which the SDK has no longer: a GET opens a stream whose first
//! event says where messages are posted to; answers arrive in the stream.

use super::{Behavior, Reached, handler::Handler};
use axum::{
    body::Body,
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{StreamExt, stream};
use http::request::Parts;
use rmcp::ServiceExt;
use std::{collections::HashMap, io, sync::Arc};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf},
    sync::{Mutex, watch},
};
use uuid::Uuid;

const BUFFER_BYTES: usize = 1 << 16;

/// All open streams.
pub(super) struct LegacySse {
    behavior: Arc<Behavior>,
    gate: watch::Receiver<bool>,
    sessions: Mutex<HashMap<String, WriteHalf<DuplexStream>>>,
}

impl LegacySse {
    pub(super) fn new(behavior: Arc<Behavior>, gate: watch::Receiver<bool>) -> Self {
        Self { behavior, gate, sessions: Mutex::default() }
    }

    pub(super) async fn answer(&self, request: &Parts, body: &Bytes) -> Response {
        if request.method == Method::GET {
            return self.open(request).await;
        }
        let id = request.uri.query().and_then(|query| query.strip_prefix("session=")).unwrap_or_default();
        let mut sessions = self.sessions.lock().await;
        let Some(session) = sessions.get_mut(id) else { return StatusCode::NOT_FOUND.into_response() };
        let line = [body.as_ref(), b"\n"].concat();
        match session.write_all(&line).await {
            Ok(()) => StatusCode::ACCEPTED.into_response(),
            Err(_) => StatusCode::GONE.into_response(),
        }
    }

    async fn open(&self, request: &Parts) -> Response {
        let (own_end, protocol_end) = tokio::io::duplex(BUFFER_BYTES);
        let (answers, requests) = tokio::io::split(own_end);
        let id = Uuid::now_v7().to_string();
        self.sessions.lock().await.insert(id.clone(), requests);
        let handler = Handler::new(self.behavior.clone(), self.gate.clone(), Reached::from(request));
        tokio::spawn(async move {
            // It ends with the stream, whichever way that does.
            if let Ok(service) = handler.serve(protocol_end).await {
                let _ = service.waiting().await;
            }
        });
        let endpoint = Bytes::from(format!("event: endpoint\ndata: /messages?session={id}\n\n"));
        let events = stream::once(async { Ok::<_, io::Error>(endpoint) }).chain(messages(answers));
        ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(events)).into_response()
    }
}

fn messages(answers: ReadHalf<DuplexStream>) -> impl futures::Stream<Item = io::Result<Bytes>> {
    stream::unfold(BufReader::new(answers).lines(), |mut lines| async {
        let line = lines.next_line().await.transpose()?;
        Some((line.map(|line| format!("event: message\ndata: {line}\n\n").into()), lines))
    })
}
