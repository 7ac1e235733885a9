//! Widget Apps: what websites embed.

mod origins_form;
mod secret;
mod show;
mod snippets;

pub use secret::rotate;
pub use show::{delete, disable, enable, rename, set_origins, show_app};

use super::{
    super::{error::HttpError, state::AppState},
    access::Member,
    failure::ConsoleResult,
    form::{Field, Posted},
    page::{Frame, Section, show, show_refused},
};
use crate::{
    auth::{
        Role, origin, preview,
        registry::{self, RegistryError},
    },
    store::{AppRecord, ProjectRecord, StoreError},
};
use askama::Template;
use axum::extract::{Query, State};
use origins_form::OriginsForm;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "console/apps/list.html")]
struct ListPage {
    frame: Frame,
    apps: Vec<Line>,
    has_projects: bool,
    may_create: bool,
}

struct Line {
    id: String,
    name: String,
    project: String,
    origins: Vec<String>,
    is_disabled: bool,
}

impl Line {
    fn is_for_any(&self) -> bool {
        self.origins.iter().any(|origin| origin == origin::ANY)
    }
}

#[derive(Template)]
#[template(path = "console/apps/new.html")]
struct NewPage {
    frame: Frame,
    name: Field,
    project: Field,
    origins: OriginsForm,
    has_projects: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Choice {
    project: String,
}

/// The apps of one project, or of all, without the Console's own previews.
pub async fn list_apps(state: &AppState, project_id: Option<&str>) -> Result<Vec<AppRecord>, StoreError> {
    let mut apps = state.store.list_apps(project_id).await?;
    apps.retain(|app| !preview::is_preview(app));
    Ok(apps)
}

/// `GET /console/apps`
pub async fn show_list(State(state): State<AppState>, member: Member) -> ConsoleResult {
    let projects = state.store.list_projects().await?;
    let apps = list_apps(&state, None).await?.into_iter().map(|app| Line {
        project: project_name(&projects, &app.project_id),
        id: app.app_id.0,
        name: app.name,
        origins: app.allowed_origins.0,
        is_disabled: app.disabled,
    });
    show(&ListPage {
        frame: member.frame("Widget Apps", Section::Apps),
        apps: apps.collect(),
        has_projects: !projects.is_empty(),
        may_create: member.is_at_least(Role::Editor),
    })
}

/// `GET /console/apps/new`
pub async fn show_new(State(state): State<AppState>, member: Member, Query(choice): Query<Choice>) -> ConsoleResult {
    let mut page = new_page(&member, &state.store.list_projects().await?);
    page.project = page.project.value(choice.project);
    show(&page)
}

/// `POST /console/apps`
pub async fn create(State(state): State<AppState>, member: Member, posted: Posted) -> ConsoleResult {
    let projects = state.store.list_projects().await?;
    let mut page = new_page(&member, &projects);
    page.name = page.name.typed(&posted);
    page.project = page.project.typed(&posted);
    page.origins = OriginsForm::typed(&posted);
    let Some(origins) = page.origins.read() else { return show_refused(&page) };
    let (project_id, name) = (posted.text("project").replace('\0', ""), posted.text("name"));
    match registry::create_app(&member.operator(&state), &project_id, name, &origins).await {
        Ok((app, secret)) => {
            state.auth.directory().invalidate();
            secret::show_once(&member, &app, &project_name(&projects, &project_id), &secret, None)
        }
        Err(RegistryError::Store(error)) => Err(error.into()),
        Err(RegistryError::NoSuchProject) => {
            page.project.set_error("Choose a project.");
            show_refused(&page)
        }
        Err(RegistryError::Origin(error)) => {
            page.origins.blame(&error);
            show_refused(&page)
        }
        Err(error) => {
            page.name.set_error(format!("{error}.").replacen("a name", "A name", 1));
            show_refused(&page)
        }
    }
}

fn new_page(member: &Member, projects: &[ProjectRecord]) -> NewPage {
    let options = projects.iter().map(|project| (project.id.clone(), project.name.clone()));
    NewPage {
        frame: member.frame("New app", Section::Apps),
        name: Field::line("name", "Name").required().hint("What you call it, such as the website's name."),
        project: Field::choice("project", "Project", options).hint("Whose agent answers."),
        origins: OriginsForm::of(&[]),
        has_projects: !projects.is_empty(),
    }
}

fn project_name(projects: &[ProjectRecord], id: &str) -> String {
    projects.iter().find(|project| project.id == id).map(|project| project.name.clone()).unwrap_or_default()
}

/// A change of an app that cannot be made for a reason no field is to blame for.
fn refused(error: RegistryError) -> HttpError {
    match error {
        RegistryError::Store(error) => error.into(),
        _ => HttpError::not_found(),
    }
}
