//! Projects: what the agent is.

mod form;
pub mod looks;
pub mod servers;
pub mod settings;

use super::{
    super::state::AppState,
    access::Member,
    failure::{ConsoleError, ConsoleResult},
    page::{Frame, Section, show},
};
use crate::{
    auth::{Role, preview},
    store::ProjectRecord,
};
use askama::Template;
use axum::extract::State;

#[derive(Template)]
#[template(path = "console/projects/list.html")]
struct ListPage {
    frame: Frame,
    projects: Vec<Line>,
    may_create: bool,
}

struct Line {
    id: String,
    name: String,
    model: String,
    apps: usize,
    servers: usize,
}

/// The tabs of a project, and which of them is open.
#[derive(Clone, Debug)]
pub struct Tabs {
    id: String,
    name: String,
    open: Tab,
}

/// One of a project's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// The model, the prompt, the limits.
    Settings,
    /// Its MCP servers.
    Servers,
    /// How its widgets look.
    Looks,
}

impl Tabs {
    /// The tabs of `project`.
    pub fn of(project: &ProjectRecord, open: Tab) -> Self {
        Self { id: project.id.clone(), name: project.name.clone(), open }
    }

    /// Every tab: its path below the project, its name, and whether it is the open one.
    pub fn all(&self) -> [(&'static str, &'static str, bool); 3] {
        [("", "Settings", Tab::Settings), ("/servers", "MCP servers", Tab::Servers), ("/looks", "Looks", Tab::Looks)]
            .map(|(path, name, tab)| (path, name, tab == self.open))
    }
}

/// `GET /console/projects`
pub async fn show_list(State(state): State<AppState>, member: Member) -> ConsoleResult {
    let apps = state.store.list_apps(None).await?;
    let lines = state.store.list_projects().await?.into_iter().map(|project| Line {
        apps: apps.iter().filter(|app| app.project_id == project.id && !preview::is_preview(app)).count(),
        servers: project.mcp_servers.len(),
        model: model_name(&project),
        id: project.id,
        name: project.name,
    });
    show(&ListPage {
        projects: lines.collect(),
        may_create: member.is_at_least(Role::Editor),
        frame: member.frame("Projects", Section::Projects),
    })
}

/// The project with this id, or a page that says there is none.
pub async fn get_project(state: &AppState, member: &Member, id: &str) -> Result<ProjectRecord, ConsoleError> {
    let project = if id.contains('\0') { None } else { state.store.find_project(id).await? };
    project.ok_or_else(|| ConsoleError::not_found(member))
}

fn model_name(project: &ProjectRecord) -> String {
    if project.provider == "demo" { "demo".to_owned() } else { format!("{} · {}", project.provider, project.model) }
}
