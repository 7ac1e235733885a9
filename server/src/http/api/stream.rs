//! `/tasks/{id}/stream`

use super::{
    super::{
        error::HttpResult,
        extract::{Authenticated, PathId},
        sse_body::event_stream,
        state::AppState,
    },
    tasks::find,
    views,
};
use crate::{agent::Watching, auth::Caller};
use axum::{extract::State, http::HeaderMap, response::Response};
use sigmic_shared::{MessageId, StreamEvent, TaskId, sse, stream::HistoryDone};

/// History, then what happens, until the run is done.
#[utoipa::path(
    get,
    path = "/api/v1/tasks/{id}/stream",
    tag = "tasks",
    params(("id" = String, Path), ("last-event-id" = Option<u64>, Header)),
    responses((status = 200, content_type = "text/event-stream"))
)]
pub async fn open(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    PathId(id): PathId,
    headers: HeaderMap,
) -> HttpResult<Response> {
    let id = TaskId(id);
    find(&state, &caller, &id).await?;
    // Watching comes before reading: what happens in between is then seen, not missed.
    match state.agent.watch(&id, last_event_id(&headers)).await {
        Some(Watching::Resumed(watch)) => Ok(event_stream(Vec::new(), Some(watch))),
        Some(Watching::Fresh { watch, answer_id }) => {
            let history = history(&state, &caller, &id, Some(&answer_id)).await?;
            Ok(event_stream(history, Some(watch)))
        }
        None => Ok(event_stream(history(&state, &caller, &id, None).await?, None)),
    }
}

/// The task's messages as events, without the answer that is being watched.
async fn history(state: &AppState, caller: &Caller, id: &TaskId, watched: Option<&MessageId>) -> HttpResult<Vec<u8>> {
    find(state, caller, id).await?;
    let mut out = Vec::new();
    let mut message_count = 0;
    for record in state.store.list_messages(id).await? {
        if Some(&record.id) != watched {
            sse::encode(&StreamEvent::HistoryMessage(views::message(record)), None, &mut out);
            message_count += 1;
        }
    }
    let done = HistoryDone { message_count, is_streaming: watched.is_some() };
    sse::encode(&StreamEvent::HistoryDone(done), None, &mut out);
    Ok(out)
}

fn last_event_id(headers: &HeaderMap) -> Option<u64> {
    headers.get("last-event-id")?.to_str().ok()?.trim().parse().ok()
}
