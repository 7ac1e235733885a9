//! Erasing one conversation, or everything of an end user. Whoever does types whose it is.

use super::{
    super::{
        form::{Field, Posted},
        page::show_refused,
        words,
    },
    AppState, ConsoleError, ConsoleResult, Frame, Member, PATH, Section, find, show, title,
};
use crate::{
    auth::Deed,
    store::{TaskRecord, TaskScope},
};
use askama::Template;
use axum::extract::{Path, State};
use sigmic_shared::EndUserId;

#[derive(Template)]
#[template(path = "console/conversations/erase.html")]
struct ErasePage {
    frame: Frame,
    id: String,
    title: String,
    who: String,
    /// How many conversations go; empty: this one alone.
    all: String,
    name: Field,
}

/// `GET /console/conversations/{id}/erase`
pub async fn show_erase(State(state): State<AppState>, member: Member, Path(id): Path<String>) -> ConsoleResult {
    let (task, _) = find(&state, &member, id).await?;
    show(&page(&member, task, String::new(), field()))
}

/// `POST /console/conversations/{id}/erase`
pub async fn erase(
    State(state): State<AppState>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> ConsoleResult {
    let (task, scope) = find(&state, &member, id).await?;
    if let Some(refused) = refusal(&posted, &task) {
        return show_refused(&page(&member, task, String::new(), refused));
    }
    // The log outlives what was erased: it holds nothing that somebody wrote.
    let deed = Deed { action: "conversation.erased", subject: task.id.as_str(), ..Deed::default() };
    let store = member.operator(&state).noting(deed);
    if !state.agent.erase(&store, &scope, &task.id).await? {
        return Err(ConsoleError::not_found(&member));
    }
    Ok(member.go_on(&state, PATH, "The conversation is erased.").await?)
}

/// `GET /console/conversations/{id}/erase-all`
pub async fn show_erase_all(State(state): State<AppState>, member: Member, Path(id): Path<String>) -> ConsoleResult {
    let (task, scope) = find(&state, &member, id).await?;
    let (_, _, all) = end_user(&state, &member, &task, &scope).await?;
    show(&page(&member, task, all, field()))
}

/// `POST /console/conversations/{id}/erase-all`
pub async fn erase_all(
    State(state): State<AppState>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> ConsoleResult {
    let (task, scope) = find(&state, &member, id).await?;
    let (project_id, end_user_id, all) = end_user(&state, &member, &task, &scope).await?;
    if let Some(refused) = refusal(&posted, &task) {
        return show_refused(&page(&member, task, all, refused));
    }
    let deed = Deed { action: "end_user.erased", subject: &project_id, detail: &all, ..Deed::default() };
    let store = member.operator(&state).noting(deed);
    state.agent.erase_end_user(&store, &project_id, &end_user_id).await?;
    Ok(member.go_on(&state, PATH, format!("Everything of {end_user_id} is erased.")).await?)
}

/// The end user whose conversation it is, in which project, and how many there are of them.
async fn end_user(
    state: &AppState,
    member: &Member,
    task: &TaskRecord,
    scope: &TaskScope,
) -> Result<(String, EndUserId, String), ConsoleError> {
    let (Some(end_user_id), TaskScope::Project { project_id }) = (&task.end_user_id, scope) else {
        return Err(ConsoleError::not_found(member));
    };
    let all = state.store.count_conversations_of(project_id, end_user_id).await?;
    let all = words::count(all.unsigned_abs(), "conversation", "conversations");
    Ok((project_id.clone(), EndUserId(end_user_id.clone()), all))
}

fn page(member: &Member, task: TaskRecord, all: String, name: Field) -> ErasePage {
    ErasePage {
        frame: member.frame("Erase for good", Section::Conversations),
        title: title(&task.title),
        id: task.id.0,
        who: task.username,
        all,
        name,
    }
}

fn field() -> Field {
    Field::line("name", "Whose it is").required().hint("Type the name above, so that nothing is erased by accident.")
}

/// The field again, when something else was typed into it.
fn refusal(posted: &Posted, task: &TaskRecord) -> Option<Field> {
    if posted.text("name").trim() == task.username.trim() {
        return None;
    }
    let mut field = field().typed(posted);
    field.set_error("This is not the name above.");
    Some(field)
}
