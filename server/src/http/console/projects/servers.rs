//! A project's MCP servers.

mod edit;
mod form;
mod probe;

pub use edit::{remove, save, show_edit, show_new};
pub use probe::test;

use super::{
    super::{
        super::state::AppState,
        access::Member,
        failure::{ConsoleError, ConsoleResult},
        form::{Field, Posted},
        page::{Frame, Section, show, show_refused},
    },
    Tab, Tabs,
    form::capitalised,
    get_project,
};
use crate::{
    auth::Role,
    project::{self, EditError, McpServer, mcp_server::Transport},
    store::ProjectRecord,
};
use askama::Template;
use axum::extract::{Path, State};
use serde_json::{Value, json};

#[derive(Template)]
#[template(path = "console/projects/servers.html")]
struct ServersPage {
    frame: Frame,
    tabs: Tabs,
    servers: Vec<Line>,
    /// What a token has to bring along for all of them.
    keys: Vec<String>,
    declaration: Field,
    may_edit: bool,
}

struct Line {
    name: String,
    kind: &'static str,
    target: Vec<Piece>,
    keys: Vec<String>,
    is_enabled: bool,
}

/// A piece of a text with templates in it.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub is_template: bool,
}

/// `GET /console/projects/{id}/servers`
pub async fn show_list(State(state): State<AppState>, member: Member, Path(id): Path<String>) -> ConsoleResult {
    let project = get_project(&state, &member, &id).await?;
    show(&page(&member, &project))
}

/// `POST /console/projects/{id}/servers/import`
pub async fn import(
    State(state): State<AppState>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> ConsoleResult {
    let project = get_project(&state, &member, &id).await?;
    let sentence = match read_declaration(posted.text("declaration")) {
        Ok(servers) => {
            let change = json!({ "mcpServers": servers });
            match project::edit(&member.operator(&state), state.auth.keyring(), Some(&id), change).await {
                Ok(_) => return Ok(member.go_on(&state, &format!("/console/projects/{id}/servers"), "Saved.").await?),
                Err(error) => sentence(&member, error)?,
            }
        }
        Err(sentence) => sentence,
    };
    let mut page = page(&member, &project);
    page.declaration = page.declaration.typed(&posted);
    page.declaration.set_error(sentence);
    show_refused(&page)
}

/// What is wrong with servers, for people; or what is no matter of theirs.
fn sentence(member: &Member, error: EditError) -> Result<String, ConsoleError> {
    match error {
        EditError::Problem(problem) => {
            let place = problem.place.strip_prefix("mcpServers.").unwrap_or(&problem.place);
            Ok(format!("{place}: {}.", problem.problem))
        }
        EditError::OwnerNeeded(_) => {
            Ok("A server with a command is a program on this server's machine: only an owner may add or change one."
                .to_owned())
        }
        EditError::Store(error) => Err(error.into()),
        EditError::Gone => Err(ConsoleError::not_found(member)),
        EditError::ApiKey(error) => Ok(capitalised(&error.to_string())),
    }
}

/// The servers in a text that is pasted: the usual `{ "mcpServers": { … } }`, or what is inside.
fn read_declaration(text: &str) -> Result<Value, String> {
    let value: Value = serde_json::from_str(text)
        .map_err(|error| format!("This is not valid JSON: line {}, column {}.", error.line(), error.column()))?;
    match value {
        Value::Object(mut map) => match map.remove("mcpServers") {
            Some(servers) => Ok(servers),
            None => Ok(Value::Object(map)),
        },
        _ => Err("This is no object: expected { \"mcpServers\": { … } }.".to_owned()),
    }
}

fn page(member: &Member, project: &ProjectRecord) -> ServersPage {
    let may_edit = member.is_at_least(Role::Editor);
    let servers: Vec<_> = project.mcp_servers.iter().map(|(name, config)| line(name, config, may_edit)).collect();
    let mut keys: Vec<_> = servers.iter().filter(|line| line.is_enabled).flat_map(|line| line.keys.clone()).collect();
    keys.sort();
    keys.dedup();
    // Headers and variables may hold secrets that were written there outright.
    let declaration = if may_edit {
        serde_json::to_string_pretty(&json!({ "mcpServers": *project.mcp_servers })).unwrap_or_default()
    } else {
        String::new()
    };
    ServersPage {
        frame: member.frame(&project.name, Section::Projects),
        tabs: Tabs::of(project, Tab::Servers),
        servers,
        keys,
        declaration: Field::code("declaration", "All servers, as MCP clients write them", 12)
            .value(declaration)
            .required()
            .hint("Copy it to another client, or paste another client's here. Saving replaces all servers."),
        may_edit,
    }
}

fn line(name: &str, config: &Value, may_edit: bool) -> Line {
    let read = McpServer::read("", name, config);
    let (kind, target) = match read.as_ref().map(|server| &server.transport) {
        Ok(Transport::Local(local)) => ("local", local.command.clone()),
        Ok(Transport::Remote(_)) => {
            let kind = if config["type"] == "sse" { "sse" } else { "http" };
            (kind, config["url"].as_str().unwrap_or_default().to_owned())
        }
        Err(_) => ("broken", String::new()),
    };
    let target = if may_edit { target } else { without_query(&target).to_owned() };
    Line {
        name: name.to_owned(),
        kind,
        target: pieces(&target),
        keys: read.as_ref().map(McpServer::keys).unwrap_or_default().into_iter().collect(),
        is_enabled: read.is_ok_and(|server| server.enabled),
    }
}

/// The text with its templates told apart.
pub fn pieces(text: &str) -> Vec<Piece> {
    let piece = |text: &str, is_template| Piece { text: text.to_owned(), is_template };
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some((before, inside)) = rest.split_once("{{")
        && let Some((inside, after)) = inside.split_once("}}")
    {
        pieces.push(piece(before, false));
        pieces.push(piece(&format!("{{{{{inside}}}}}"), true));
        rest = after;
    }
    pieces.push(piece(rest, false));
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

/// A URL's query may hold a secret that was written there outright.
fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_told_apart() {
        let plain = |text: &str| Piece { text: text.into(), is_template: false };
        let template = |text: &str| Piece { text: text.into(), is_template: true };
        for (text, expected) in [
            ("", vec![]),
            ("https://a.com", vec![plain("https://a.com")]),
            ("Bearer {{mcp.A}}", vec![plain("Bearer "), template("{{mcp.A}}")]),
            ("{{ mcp.A }}/{{mcp.B}}", vec![template("{{ mcp.A }}"), plain("/"), template("{{mcp.B}}")]),
            ("{{mcp.A", vec![plain("{{mcp.A")]),
        ] {
            assert_eq!(pieces(text), expected, "{text}");
        }
    }

    #[test]
    fn a_declaration_is_read_in_both_shapes() {
        for text in [r#"{"mcpServers":{"a":{"url":"https://a.com"}}}"#, r#"{"a":{"url":"https://a.com"}}"#] {
            assert_eq!(read_declaration(text).unwrap(), json!({ "a": { "url": "https://a.com" } }));
        }
        for text in ["", "[]", "{"] {
            assert!(read_declaration(text).is_err(), "{text}");
        }
    }
}
