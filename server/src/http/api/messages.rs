//! `/tasks/{id}/messages`

use super::{
    super::{
        error::HttpResult,
        extract::{Authenticated, IdempotencyHeader, PathId, Submitted},
        state::AppState,
    },
    launch::{self, Wish},
    tasks::{find, refuse_for_end_users, run_context},
};
use crate::{agent::Question, auth::context};
use axum::{extract::State, http::HeaderMap, response::Response};
use sigmic_shared::{TaskId, TaskStatus, task::FollowUpResponse};

/// Sends a follow-up and starts the task's next run.
#[utoipa::path(
    post,
    path = "/api/v1/tasks/{id}/messages",
    tag = "tasks",
    params(("id" = String, Path)),
    request_body = sigmic_shared::task::FollowUpRequest,
    responses((status = 200, body = sigmic_shared::envelope::Success<FollowUpResponse>))
)]
pub async fn follow_up(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    PathId(id): PathId,
    IdempotencyHeader(key): IdempotencyHeader,
    headers: HeaderMap,
    submitted: Submitted,
) -> HttpResult<Response> {
    let Submitted { form, message, hash } = submitted;
    // Whose task it is comes first: a stranger learns nothing of what a follow-up may hold.
    let task = find(&state, &caller, &TaskId(id)).await?;
    if caller.is_end_user() {
        refuse_for_end_users([("env", form.env.is_some()), ("secrets", form.secrets.is_some())])?;
    }
    let mut variables = context::check(form.env.as_ref(), form.secrets.as_ref())?;
    state.limits.count_message(&caller.name())?;
    if form.env.is_none() {
        variables.env = task.env.map(|env| env.0).unwrap_or_default();
    }
    let question = Question {
        project: state.auth.directory().get_project(&task.project_id).await?,
        message,
        context: run_context(&caller, variables),
        idempotency: launch::idempotency_key(&caller, key, hash),
        request_id: launch::request_id(&headers),
    };
    let accepted = state.agent.follow_up(&caller.scope(), &task.id, question).await?;
    let answer = FollowUpResponse { status: TaskStatus::Running };
    launch::answer(&state, &caller, Wish::of(&headers), accepted, TaskStatus::Running, answer).await
}
