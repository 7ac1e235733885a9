//! Where one begins.

use super::{
    super::state::AppState,
    access::Member,
    failure::ConsoleResult,
    overview,
    page::{Frame, Section, show},
    query::Asked,
};
use askama::Template;
use axum::extract::State;

#[derive(Template)]
#[template(path = "console/home.html")]
struct HomePage {
    frame: Frame,
}

/// `GET /console`
pub async fn show_home(state: State<AppState>, member: Member, asked: Asked) -> ConsoleResult {
    if state.store.has_runs().await? {
        return overview::show_overview(state, member, asked).await;
    }
    show(&HomePage { frame: member.frame("Overview", Section::Overview) })
}
