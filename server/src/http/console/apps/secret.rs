//! An app's secret, which is shown once: when the app is made, and when it gets another.

use super::{
    super::{
        super::state::AppState,
        access::Member,
        failure::ConsoleResult,
        form::Posted,
        page::{Frame, Section, show},
    },
    refused,
    snippets::{Snippet, backends, tags},
};
use crate::{auth::registry, clock, store::AppRecord};
use askama::Template;
use axum::extract::{Path, State};
use secrecy::{ExposeSecret, SecretString};
use sigmic_shared::AppId;
use std::time::Duration;

#[derive(Template)]
#[template(path = "console/apps/secret.html")]
struct SecretPage<'a> {
    frame: Frame,
    app_id: &'a str,
    name: &'a str,
    project: &'a str,
    secret: &'a str,
    /// Until when the secret before counts; none: there is none.
    old_until: Option<String>,
    environment: String,
    backends: Vec<Snippet>,
    tags: Snippet,
}

/// `POST /console/apps/{app_id}/rotate`
pub async fn rotate(
    State(state): State<AppState>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> ConsoleResult {
    let app_id = AppId(id.replace('\0', ""));
    let app = registry::get_app(&state.store, &app_id).await.map_err(refused)?;
    // What is no duration of the form's counts as none, which is the safe one.
    let overlap = humantime::parse_duration(posted.text("overlap")).unwrap_or(Duration::ZERO);
    let rotated = registry::rotate_secret(&member.operator(&state), &app_id, overlap).await.map_err(refused)?;
    state.auth.directory().invalidate();
    let (secret, until) = rotated;
    let project = state.store.find_project(&app.project_id).await?.map(|project| project.name).unwrap_or_default();
    show_once(&member, &app, &project, &secret, (!overlap.is_zero()).then(|| clock::timestamp(until).0))
}

/// The page with the secret on it. It answers the form itself: the secret is nowhere else.
pub fn show_once(
    member: &Member,
    app: &AppRecord,
    project: &str,
    secret: &SecretString,
    old_until: Option<String>,
) -> ConsoleResult {
    let (app_id, text) = (app.app_id.as_str(), secret.expose_secret());
    show(&SecretPage {
        frame: member.frame(&app.name, Section::Apps),
        app_id,
        name: &app.name,
        project,
        secret: text,
        old_until,
        environment: format!("SIGMIC_APP_ID={app_id}\nSIGMIC_APP_SECRET={text}"),
        backends: backends(&member.own_origin, app_id, Some(text)),
        tags: tags(&member.own_origin),
    })
}
