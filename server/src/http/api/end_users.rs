//! `/end-users/{endUserId}`

use super::super::{
    answer::Answer,
    error::HttpResult,
    extract::{Authenticated, PathId},
    state::AppState,
};
use crate::auth::Caller;
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
    state.agent.erase_end_user(&state.store, &key.project_id, &EndUserId(end_user_id)).await?;
    Ok(Answer(MessageResponse { message: "End user erased".into() }))
}
