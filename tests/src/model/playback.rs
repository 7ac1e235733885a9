//! Playing a script to a client.

use super::{
    connection::Connection,
    request::{ModelRequest, Presence},
    script::{Script, Step},
};
use axum::{
    body::Body,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::stream;
use serde_json::{Value, json};
use std::{collections::VecDeque, io};

/// Answers `request` as `script` says.
pub(super) async fn play(
    script: Script,
    request: ModelRequest,
    presence: Presence,
    connection: Connection,
) -> Response {
    if let Some(gate) = &script.before_reply {
        gate.pass().await;
    }
    if matches!(script.steps.first(), Some(Step::Reset)) {
        connection.cut();
        presence.served();
        // What is answered here is never written: the connection is cut.
        return StatusCode::OK.into_response();
    }
    let status = StatusCode::from_u16(script.status).expect("a script has a valid status");
    let playback = Playback {
        steps: script.steps.into(),
        pieces: VecDeque::new(),
        piece_size: script.piece_size.unwrap_or(usize::MAX),
        request,
        presence,
        connection,
    };
    let mut response = (status, Body::from_stream(stream::unfold(playback, Playback::next))).into_response();
    for (name, value) in script.headers {
        let name: axum::http::HeaderName = name.parse().expect("a script has valid header names");
        response.headers_mut().insert(name, value.parse().expect("a script has valid header values"));
    }
    response
}

struct Playback {
    steps: VecDeque<Step>,
    pieces: VecDeque<Bytes>,
    piece_size: usize,
    request: ModelRequest,
    presence: Presence,
    connection: Connection,
}

impl Playback {
    async fn next(mut self) -> Option<(io::Result<Bytes>, Self)> {
        loop {
            if let Some(piece) = self.pieces.pop_front() {
                return Some((Ok(piece), self));
            }
            let Some(step) = self.steps.pop_front() else {
                self.presence.served();
                return None;
            };
            match step {
                Step::Gate(gate) => gate.pass().await,
                Step::Reset => {
                    // What was said before has to be on its way: hyper flushes when the body pauses.
                    tokio::task::yield_now().await;
                    self.connection.cut();
                    self.presence.served();
                    return Some((Err(io::ErrorKind::ConnectionReset.into()), self));
                }
                Step::Delta(delta) => self.send(event(&self.chunk(choice(delta, None)))),
                Step::Finish(reason) => self.send(event(&self.chunk(choice(json!({}), Some(&reason))))),
                Step::Usage { input_tokens, output_tokens } => {
                    if self.request.body["stream_options"]["include_usage"] == true {
                        self.send(event(&self.usage_chunk(input_tokens, output_tokens)));
                    }
                }
                Step::Raw(bytes) => self.send(bytes),
            }
        }
    }

    fn send(&mut self, mut bytes: Bytes) {
        while !bytes.is_empty() {
            self.pieces.push_back(bytes.split_to(self.piece_size.min(bytes.len())));
        }
    }

    fn usage_chunk(&self, input_tokens: u64, output_tokens: u64) -> Value {
        let mut chunk = self.chunk(json!([]));
        chunk["usage"] = json!({
            "prompt_tokens": input_tokens,
            "completion_tokens": output_tokens,
            "total_tokens": input_tokens + output_tokens,
        });
        chunk
    }

    fn chunk(&self, choices: Value) -> Value {
        json!({
            "id": "chatcmpl-scripted",
            "object": "chat.completion.chunk",
            "created": 1_750_000_000,
            "model": self.request.body["model"],
            "choices": choices,
        })
    }
}

fn choice(delta: Value, finish_reason: Option<&str>) -> Value {
    json!([{ "index": 0, "delta": delta, "finish_reason": finish_reason }])
}

fn event(chunk: &Value) -> Bytes {
    format!("data: {chunk}\n\n").into()
}
