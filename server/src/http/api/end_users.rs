//! `/end-users/{endUserId}`

use super::super::{
    answer::Answer,
    error::{HttpError, HttpResult},
    extract::{Authenticated, PathId},
    state::AppState,
};
use crate::{auth::Caller, store::TaskScope};
use axum::extract::State;
use sigmic_shared::{ApiError, EndUserId, ErrorCode, task::MessageResponse};

/// Erases everything of one end user. Erasing somebody unknown is no error: nothing is left either way.
#[utoipa::path(
    delete,
    path = "/api/v1/end-users/{endUserId}",
    tag = "end users",
    params(("endUserId" = String, Path)),
    responses((status = 200, body = sigmic_shared::envelope::Success<MessageResponse>))
)]
pub async fn erase(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    PathId(end_user_id): PathId,
) -> HttpResult<Answer<MessageResponse>> {
    let Caller::ApiKey(key) = caller else {
        return Err(ApiError::new(ErrorCode::Forbidden, "Erasing an end user takes an API key.").into());
    };
    let end_user_id = EndUserId(end_user_id);
    let scope = TaskScope::Project { project_id: key.project_id.clone() };
    for task in state.store.list_end_user_tasks(&key.project_id, &end_user_id).await? {
        state.agent.cancel(&task).await;
        state.store.erase_task(&scope, &task).await?;
    }
    state.store.erase_end_user_contexts(key.project_id.clone(), end_user_id).await.map_err(HttpError::from)?;
    Ok(Answer(MessageResponse { message: "End user erased".into() }))
}
