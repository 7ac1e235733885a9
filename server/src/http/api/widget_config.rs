//! `/widget/config`

use super::super::{answer::Answer, error::HttpResult, extract::Authenticated, state::AppState};
use axum::extract::State;
use sigmic_shared::widget::{Features, WidgetConfig};

/// How the caller's app looks, and what its widget offers.
#[utoipa::path(
    get,
    path = "/api/v1/widget/config",
    tag = "widget",
    responses((status = 200, body = sigmic_shared::envelope::Success<WidgetConfig>))
)]
pub async fn get(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
) -> HttpResult<Answer<WidgetConfig>> {
    let project = state.auth.directory().get_project(caller.project_id()).await?;
    Ok(Answer(WidgetConfig { branding: project.branding.0.clone(), features: Features { files: false } }))
}
