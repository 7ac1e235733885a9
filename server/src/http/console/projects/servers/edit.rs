//! Adding, changing and removing one MCP server.

use super::{
    super::{Tab, Tabs, get_project},
    form::{ServerForm, to_config},
    probe::Outcome,
    sentence,
};
use crate::{
    auth::Role,
    http::{
        console::{
            access::Member,
            failure::{ConsoleError, ConsoleResult},
            form::{Field, Posted},
            page::{Frame, Section, show, show_refused},
        },
        state::AppState,
    },
    project::{self, EditError},
    store::ProjectRecord,
};
use askama::Template;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Template)]
#[template(path = "console/projects/server.html")]
pub(super) struct ServerPage {
    frame: Frame,
    tabs: Tabs,
    /// What it is called now; empty for a new one.
    was: String,
    pub(super) form: ServerForm,
    confirm: Field,
    is_owner: bool,
    /// A line for the value of each KEY, to test with.
    pub(super) samples: Field,
    pub(super) outcome: Option<Outcome>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Which {
    name: String,
}

/// `GET /console/projects/{id}/servers/new`
pub async fn show_new(State(state): State<AppState>, member: Member, Path(id): Path<String>) -> ConsoleResult {
    let project = get_project(&state, &member, &id).await?;
    show(&page(&member, &project, ""))
}

/// `GET /console/projects/{id}/servers/edit`
pub async fn show_edit(
    State(state): State<AppState>,
    member: Member,
    Path(id): Path<String>,
    Query(which): Query<Which>,
) -> ConsoleResult {
    let project = get_project(&state, &member, &id).await?;
    show(&existing(&member, &project, &which.name)?)
}

/// `POST /console/projects/{id}/servers`
pub async fn save(
    State(state): State<AppState>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> ConsoleResult {
    let project = get_project(&state, &member, &id).await?;
    let (was, name) = (posted.text("was"), posted.text("name").trim());
    let mut page = page(&member, &project, was);
    page.form = page.form.typed(&posted);
    let config = match to_config(&posted) {
        Ok(config) => config,
        Err((field, sentence)) => {
            page.form.blame(field, sentence);
            return show_refused(&page);
        }
    };
    let mut servers = project.mcp_servers.0.clone();
    if name != was && servers.contains_key(name) {
        page.form.blame("name", "Another server of the project has this name.");
        return show_refused(&page);
    }
    servers.remove(was);
    servers.insert(name.to_owned(), config);
    let change = json!({ "mcpServers": servers });
    match project::edit(&member.operator(&state), state.auth.keyring(), Some(&id), change).await {
        Ok(_) => {
            let path = format!("/console/projects/{id}/servers");
            Ok(member.go_on(&state, &path, format!("The server {name} is saved.")).await?)
        }
        Err(EditError::Problem(problem)) => {
            let own = problem.place.strip_prefix("mcpServers.").and_then(|place| place.strip_prefix(name));
            let place = own.unwrap_or_default().trim_start_matches('.');
            page.form.blame(place, &format!("{}.", super::capitalised(&problem.problem)));
            show_refused(&page)
        }
        Err(error) => {
            page.form.problem = sentence(&member, error)?;
            show_refused(&page)
        }
    }
}

/// `POST /console/projects/{id}/servers/remove`
pub async fn remove(
    State(state): State<AppState>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> ConsoleResult {
    let project = get_project(&state, &member, &id).await?;
    let name = posted.text("was");
    let mut page = existing(&member, &project, name)?;
    if posted.text("confirm").trim() != name {
        page.confirm.set_error("This is not the server's name.");
        return show_refused(&page);
    }
    let mut servers = project.mcp_servers.0;
    servers.remove(name);
    let change = json!({ "mcpServers": servers });
    match project::edit(&member.operator(&state), state.auth.keyring(), Some(&id), change).await {
        Ok(_) => {
            let path = format!("/console/projects/{id}/servers");
            Ok(member.go_on(&state, &path, format!("The server {name} is removed.")).await?)
        }
        Err(error) => {
            page.form.problem = sentence(&member, error)?;
            show_refused(&page)
        }
    }
}

/// The page of a server that is there.
pub(super) fn existing(member: &Member, project: &ProjectRecord, name: &str) -> Result<ServerPage, ConsoleError> {
    if project.mcp_servers.contains_key(name) {
        Ok(page(member, project, name))
    } else {
        Err(ConsoleError::not_found(member))
    }
}

fn page(member: &Member, project: &ProjectRecord, name: &str) -> ServerPage {
    let config = project.mcp_servers.get(name).cloned().unwrap_or(Value::Null);
    let keys = project::McpServer::read("", name, &config).map(|server| server.keys()).unwrap_or_default();
    let samples: Vec<_> = keys.iter().map(|key| format!("{key}=")).collect();
    ServerPage {
        frame: member.frame(if name.is_empty() { "New MCP server" } else { name }, Section::Projects),
        tabs: Tabs::of(project, Tab::Servers),
        was: name.to_owned(),
        form: ServerForm::of(name, &config),
        confirm: Field::line("confirm", "The server's name").required(),
        is_owner: member.is_at_least(Role::Owner),
        samples: Field::code("samples", "Sample values", 3)
            .value(samples.join("\n"))
            .hint("KEY=value, one a line: what a token would bring along. They are used once and not kept."),
        outcome: None,
    }
}
