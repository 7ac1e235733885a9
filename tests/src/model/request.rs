//! What the model was asked.

use crate::DEADLINE;
use axum::http::HeaderMap;
use serde_json::Value;
use tokio::sync::watch;

/// One request as it arrived, and what became of its client.
#[derive(Clone, Debug)]
pub struct ModelRequest {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Value,
    client: watch::Receiver<ClientState>,
}

/// What became of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClientState {
    /// It is still answered.
    Waiting,
    /// It got everything the script held.
    Served,
    /// It went away before that.
    Gone,
}

/// Held by whatever answers a request; dropped early, it means that the client went away.
#[derive(Debug)]
pub(super) struct Presence(watch::Sender<ClientState>);

impl ModelRequest {
    pub(super) fn new(headers: HeaderMap, body: Value) -> (Self, Presence) {
        let (state, client) = watch::channel(ClientState::Waiting);
        (Self { headers, body, client }, Presence(state))
    }

    /// The conversation, system prompt included.
    pub fn messages(&self) -> &[Value] {
        self.body["messages"].as_array().map_or(&[], Vec::as_slice)
    }

    /// Role and text of each message; text sent in parts is joined.
    pub fn conversation(&self) -> Vec<(String, String)> {
        let role = |message: &Value| message["role"].as_str().unwrap_or_default().to_owned();
        self.messages().iter().map(|message| (role(message), text(&message["content"]))).collect()
    }

    /// The text of the last message.
    pub fn last_text(&self) -> String {
        self.messages().last().map(|message| text(&message["content"])).unwrap_or_default()
    }

    /// Waits until the client has closed the connection before the script's end.
    pub async fn abandoned(&self) {
        let mut client = self.client.clone();
        let end = tokio::time::timeout(DEADLINE, client.wait_for(|&state| state != ClientState::Waiting)).await;
        let state =
            *end.expect("the client still waits for its answer").expect("the state is told before it is dropped");
        assert_eq!(state, ClientState::Gone, "the client stayed to the end");
    }

    /// Whether the script was played to its end.
    pub fn was_served(&self) -> bool {
        *self.client.borrow() == ClientState::Served
    }
}

impl Presence {
    pub(super) fn served(&self) {
        self.0.send_replace(ClientState::Served);
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.0.send_if_modified(|state| {
            let gone = *state == ClientState::Waiting;
            if gone {
                *state = ClientState::Gone;
            }
            gone
        });
    }
}

fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => String::new(),
    }
}
