//! A project's settings: made, changed, tried, deleted.

use super::{
    super::{
        super::state::AppState,
        access::Member,
        failure::ConsoleResult,
        form::{Field, Posted},
        page::{Frame, Section, show, show_refused},
    },
    Tab, Tabs,
    form::{SettingsForm, to_change},
    get_project,
};
use crate::{
    agent::ModelFault,
    auth::Role,
    project::{self, EditError},
    store::ProjectRecord,
};
use askama::Template;
use axum::extract::{Path, State};

#[derive(Template)]
#[template(path = "console/projects/new.html")]
struct NewPage {
    frame: Frame,
    form: SettingsForm,
}

#[derive(Template)]
#[template(path = "console/projects/settings.html")]
struct SettingsPage {
    frame: Frame,
    tabs: Tabs,
    form: SettingsForm,
    may_edit: bool,
    may_delete: bool,
    fault: Option<ModelFault>,
    apps: usize,
    confirm: Field,
}

/// `GET /console/projects/new`
pub async fn show_new(member: Member) -> ConsoleResult {
    let is_owner = member.is_at_least(Role::Owner);
    show(&NewPage { frame: member.frame("New project", Section::Projects), form: SettingsForm::of(&blank(), is_owner) })
}

/// `POST /console/projects`
pub async fn create(State(state): State<AppState>, member: Member, posted: Posted) -> ConsoleResult {
    let is_owner = member.is_at_least(Role::Owner);
    let change = to_change(&posted, is_owner);
    match project::edit(&member.operator(&state), state.auth.keyring(), None, change).await {
        Ok(project) => {
            let notice =
                format!("The project {} is there. Test its model, then make an app for your website.", project.name);
            Ok(member.go_on(&state, &format!("/console/projects/{}", project.id), notice).await?)
        }
        Err(EditError::Store(error)) => Err(error.into()),
        Err(error) => {
            let mut form = SettingsForm::of(&blank(), is_owner).typed(&posted, is_owner);
            form.blame(&error);
            show_refused(&NewPage { frame: member.frame("New project", Section::Projects), form })
        }
    }
}

/// `GET /console/projects/{id}`
pub async fn show_settings(State(state): State<AppState>, member: Member, Path(id): Path<String>) -> ConsoleResult {
    let project = get_project(&state, &member, &id).await?;
    show(&page(&state, &member, &project).await?)
}

/// `POST /console/projects/{id}`
pub async fn change(
    State(state): State<AppState>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> ConsoleResult {
    let before = get_project(&state, &member, &id).await?;
    let is_owner = member.is_at_least(Role::Owner);
    let change = to_change(&posted, is_owner);
    match project::edit(&member.operator(&state), state.auth.keyring(), Some(&id), change).await {
        Ok(_) => Ok(member.go_on(&state, &format!("/console/projects/{id}"), "Saved.").await?),
        Err(EditError::Store(error)) => Err(error.into()),
        Err(error) => {
            let mut page = page(&state, &member, &before).await?;
            page.form = page.form.typed(&posted, is_owner);
            page.form.blame(&error);
            show_refused(&page)
        }
    }
}

/// `POST /console/projects/{id}/test`
pub async fn test_model(State(state): State<AppState>, member: Member, Path(id): Path<String>) -> ConsoleResult {
    let project = get_project(&state, &member, &id).await?;
    let mut page = page(&state, &member, &project).await?;
    match state.agent.check_model(&project).await {
        Ok(answer) => {
            let notice =
                format!("The model answers. It began after {} ms: “{}”", answer.first_piece.as_millis(), answer.text);
            page.frame = page.frame.with_notice(notice);
        }
        Err(fault) => page.fault = Some(fault),
    }
    show(&page)
}

/// `POST /console/projects/{id}/delete`
pub async fn delete(
    State(state): State<AppState>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> ConsoleResult {
    let project = get_project(&state, &member, &id).await?;
    if posted.text("confirm").trim() != project.name {
        let mut page = page(&state, &member, &project).await?;
        page.confirm.set_error("This is not the project's name.");
        return show_refused(&page);
    }
    project::apply::delete(&member.operator(&state), &project).await?;
    Ok(member.go_on(&state, "/console/projects", format!("The project {} is deleted.", project.name)).await?)
}

async fn page(state: &AppState, member: &Member, project: &ProjectRecord) -> Result<SettingsPage, super::ConsoleError> {
    Ok(SettingsPage {
        frame: member.frame(&project.name, Section::Projects),
        tabs: Tabs::of(project, Tab::Settings),
        form: SettingsForm::of(project, member.is_at_least(Role::Owner)),
        may_edit: member.is_at_least(Role::Editor),
        may_delete: member.is_at_least(Role::Owner),
        fault: None,
        apps: super::super::apps::list_apps(state, Some(&project.id)).await?.len(),
        confirm: Field::line("confirm", "The project's name").required(),
    })
}

/// What a new project's form begins with.
fn blank() -> ProjectRecord {
    ProjectRecord::new("", "openai", "", String::new(), 0)
}
