//! What both ways of sending a message have in common: the answer is JSON, or the run's stream.

use super::super::{
    answer::Answer,
    error::{HttpError, HttpResult},
    observe::REQUEST_ID,
    sse_body::event_stream,
    state::AppState,
};
use crate::{
    agent::Accepted,
    auth::Caller,
    store::{IdempotencyKey, MessageRecord},
};
use axum::{
    http::{HeaderMap, header::ACCEPT},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use sigmic_shared::{
    Role, StreamEvent, TaskStatus, sse,
    stream::{Content, Done},
    task::TaskStarted,
};

/// What the caller wants to be answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// What was documented first: go and open the stream yourself.
    Json,
    /// The stream itself: one round trip to the first token.
    Stream,
}

impl Wish {
    /// What the `Accept` header says.
    pub fn of(headers: &HeaderMap) -> Self {
        let accepts = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let streams = accepts.flat_map(|value| value.split(',')).any(|item| {
            item.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream"))
        });
        if streams { Self::Stream } else { Self::Json }
    }
}

/// The key under which this caller's request is remembered, if it sent one.
pub fn idempotency_key(caller: &Caller, key: Option<String>, request_hash: Vec<u8>) -> Option<IdempotencyKey> {
    key.map(|key| IdempotencyKey { caller: caller.name(), key, request_hash })
}

/// The request's id, as the log and its answer name it.
pub fn request_id(headers: &HeaderMap) -> Option<String> {
    headers.get(&REQUEST_ID).and_then(|id| id.to_str().ok()).map(str::to_owned)
}

/// Answers a message that was accepted.
pub async fn answer(
    state: &AppState,
    caller: &Caller,
    wish: Wish,
    accepted: Accepted,
    status: TaskStatus,
    json: impl Serialize,
) -> HttpResult<Response> {
    if wish == Wish::Json {
        return Ok(Answer(json).into_response());
    }
    let mut opening = Vec::new();
    let started = TaskStarted { id: accepted.task_id.clone(), status, message_id: accepted.user_message_id.clone() };
    sse::encode(&StreamEvent::Task(started), None, &mut opening);
    if accepted.watch.is_none() {
        retell(state, caller, &accepted, &mut opening).await?;
    }
    Ok(event_stream(opening, accepted.watch))
}

/// A repeated request whose run ended long ago: tells from the store what a watcher saw.
async fn retell(state: &AppState, caller: &Caller, accepted: &Accepted, out: &mut Vec<u8>) -> HttpResult<()> {
    let task = state.store.find_task(&caller.scope(), &accepted.task_id).await?.ok_or_else(HttpError::not_found)?;
    let messages = state.store.list_messages(&task.id).await?;
    let seq = 2 * accepted.run_no as i64;
    let answer = messages.into_iter().find(|message| message.seq == seq && message.role == Role::Assistant);
    let text = answer.map(|MessageRecord { content, .. }| content).unwrap_or_default();
    let is_last = task.run_no.unsigned_abs() == accepted.run_no;
    let status = if is_last { task.status } else { TaskStatus::Completed };
    if !text.is_empty() {
        sse::encode(&StreamEvent::Content(Content { text: text.clone(), is_partial: false }), None, out);
    }
    sse::encode(&StreamEvent::Done(Done { final_response: text, status, usage: None }), None, out);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_sent_only_to_who_asks_for_one() {
        for (accept, wish) in [
            ("text/event-stream", Wish::Stream),
            ("application/json, text/event-stream;q=0.9", Wish::Stream),
            ("Text/Event-Stream", Wish::Stream),
            ("application/json", Wish::Json),
            ("*/*", Wish::Json),
            ("text/event-stream2", Wish::Json),
        ] {
            assert_eq!(Wish::of(&[(ACCEPT, accept.parse().unwrap())].into_iter().collect()), wish, "{accept}");
        }
        assert_eq!(Wish::of(&HeaderMap::new()), Wish::Json);
    }
}
