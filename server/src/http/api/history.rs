//! `/tasks/{id}/history`

use super::{
    super::{
        answer::Answer,
        error::{HttpError, HttpResult},
        extract::{Authenticated, PathId},
        state::AppState,
    },
    tasks::find,
    views,
};
use axum::extract::State;
use sigmic_shared::{
    TaskId,
    task::{HistoryResponse, MessageResponse},
};

/// All messages of a task.
#[utoipa::path(
    get,
    path = "/api/v1/tasks/{id}/history",
    tag = "tasks",
    params(("id" = String, Path)),
    responses((status = 200, body = sigmic_shared::envelope::Success<HistoryResponse>))
)]
pub async fn get(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    PathId(id): PathId,
) -> HttpResult<Answer<HistoryResponse>> {
    let task = find(&state, &caller, &TaskId(id)).await?;
    let messages = state.store.list_messages(&task.id).await?;
    Ok(Answer(HistoryResponse {
        conversation_id: task.id.clone(),
        task_id: task.id,
        status: task.status,
        messages: messages.into_iter().map(views::message).collect(),
    }))
}

/// Erases a conversation for good; a running one is cancelled first.
#[utoipa::path(
    delete,
    path = "/api/v1/tasks/{id}/history",
    tag = "tasks",
    params(("id" = String, Path)),
    responses((status = 200, body = sigmic_shared::envelope::Success<MessageResponse>))
)]
pub async fn erase(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    PathId(id): PathId,
) -> HttpResult<Answer<MessageResponse>> {
    let task = find(&state, &caller, &TaskId(id)).await?;
    if !state.agent.erase(&state.store, &caller.scope(), &task.id).await? {
        return Err(HttpError::not_found());
    }
    Ok(Answer(MessageResponse { message: "Conversation erased".into() }))
}
