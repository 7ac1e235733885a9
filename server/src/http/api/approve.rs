//! `/tasks/{id}/tools/{callId}/approve`

use super::{
    super::{
        answer::Answer,
        error::HttpResult,
        extract::{Authenticated, PathCall, ValidJson},
        state::AppState,
    },
    tasks::{find, run_context},
};
use crate::{
    agent::ApprovalRequest,
    auth::{Caller, Context},
};
use axum::extract::State;
use sigmic_shared::tool_call::{ApprovalOutcome, ApproveRequest, ApproveResponse};

/// Decides about a tool call that waits for approval.
#[utoipa::path(
    post,
    path = "/api/v1/tasks/{id}/tools/{callId}/approve",
    tag = "tasks",
    params(("id" = String, Path), ("callId" = String, Path)),
    request_body = ApproveRequest,
    responses((status = 200, body = sigmic_shared::envelope::Success<ApproveResponse>))
)]
pub async fn approve(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    PathCall { task_id, call_id }: PathCall,
    ValidJson(ApproveRequest { outcome }): ValidJson<ApproveRequest>,
) -> HttpResult<Answer<ApproveResponse>> {
    let task = find(&state, &caller, &task_id).await?;
    let project = state.auth.directory().get_project(&task.project_id).await?;
    // A program sends no secrets along with its decision: a run that is resumed by it has the task's env.
    let variables = match &caller {
        Caller::ApiKey(_) => {
            Context { env: task.env.clone().map(|env| env.0).unwrap_or_default(), ..Context::default() }
        }
        Caller::EndUser(_) => Context::default(),
    };
    let context = run_context(&caller, variables);
    state.agent.approve(ApprovalRequest { project, task, call_id, outcome, context }).await?;
    Ok(Answer(ApproveResponse { approved: outcome != ApprovalOutcome::Cancel }))
}
