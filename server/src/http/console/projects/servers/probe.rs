//! Trying a server with sample values.

use super::{super::get_project, edit::existing, form::pairs};
use crate::{
    agent::ToolCheck,
    http::{
        console::{
            access::Member,
            failure::ConsoleResult,
            form::Posted,
            page::{show, show_refused},
        },
        state::AppState,
    },
};
use axum::extract::{Path, State};

/// What came of it.
pub type Outcome = ToolCheck;

/// `POST /console/projects/{id}/servers/test`
pub async fn test(
    State(state): State<AppState>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> ConsoleResult {
    let project = get_project(&state, &member, &id).await?;
    let name = posted.text("was");
    let mut page = existing(&member, &project, name)?;
    let Some(samples) = pairs(posted.text("samples"), '=') else {
        page.samples.set_error("Write each as KEY=value, on a line of its own.");
        return show_refused(&page);
    };
    let samples = samples.into_iter().filter_map(|(key, value)| Some((key, value.as_str()?.into()))).collect();
    page.outcome = Some(state.agent.check_tools(&project, name, samples).await);
    show(&page)
}
