//! Conversations: what was said, by whom, and what the tools did. Whoever may sign in may read; editors erase.

mod erase;
mod excerpt;
mod export;
mod transcript;

pub use erase::{erase, erase_all, show_erase, show_erase_all};
pub use export::export;
pub use transcript::show_transcript;

use super::{
    super::{error::HttpError, state::AppState},
    access::Member,
    failure::{ConsoleError, ConsoleResult},
    page::{Frame, Section, show},
    query::Asked,
    words,
};
use crate::store::{AppRecord, ConversationFilter, ConversationRecord, Place, TaskRecord, TaskScope};
use askama::Template;
use axum::extract::State;
use sigmic_shared::{TaskId, TaskStatus};

const PATH: &str = "/console/conversations";
const PER_PAGE: usize = 50;
const LONGEST_SEARCH: usize = 200;

#[derive(Template)]
#[template(path = "console/conversations/list.html")]
struct ListPage {
    frame: Frame,
    apps: Vec<Choice>,
    user: String,
    text: String,
    lines: Vec<Line>,
    is_filtered: bool,
    is_first_page: bool,
    is_cut_short: bool,
    newest: String,
    next: Option<String>,
}

struct Choice {
    id: String,
    name: String,
    is_chosen: bool,
}

struct Line {
    id: String,
    title: String,
    who: String,
    whose_href: String,
    app: String,
    messages: String,
    at: String,
    badge: Badge,
}

/// A word with its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Badge {
    colour: &'static str,
    word: &'static str,
}

impl Badge {
    fn of(status: TaskStatus) -> Self {
        let (colour, word) = match status {
            TaskStatus::Pending | TaskStatus::Running => ("", "under way"),
            TaskStatus::AwaitingApproval => ("warn", "waits for approval"),
            TaskStatus::Completed => ("good", "completed"),
            TaskStatus::Failed => ("bad", "failed"),
            TaskStatus::Cancelled => ("", "cancelled"),
        };
        Self { colour, word }
    }
}

/// `GET /console/conversations`
pub async fn show_list(State(state): State<AppState>, member: Member, asked: Asked) -> ConsoleResult {
    let text: String = asked.text("q").chars().take(LONGEST_SEARCH).collect();
    let filter = ConversationFilter {
        app_id: asked.find("app"),
        end_user_id: asked.find("user"),
        text: Some(text.clone()).filter(|text| !text.is_empty()),
        after: read_place(asked.text("after")),
    };
    let apps = state.store.list_apps(None).await?;
    let page = state.store.list_conversations(&filter, PER_PAGE).await?;
    let choice = |app: &AppRecord| Choice {
        id: app.app_id.0.clone(),
        name: app.name.clone(),
        is_chosen: filter.app_id.as_deref() == Some(app.app_id.as_str()),
    };
    show(&ListPage {
        frame: member.frame("Conversations", Section::Conversations),
        user: asked.text("user").to_owned(),
        text,
        is_filtered: filter.app_id.is_some() || filter.end_user_id.is_some() || filter.text.is_some(),
        is_first_page: filter.after.is_none(),
        is_cut_short: page.is_cut_short,
        newest: asked.link(PATH, "after", "", &[]),
        next: page.next.map(|place| asked.link(PATH, "after", &write_place(&place), &[])),
        lines: page.conversations.into_iter().map(|conversation| line(conversation, &apps)).collect(),
        apps: apps.iter().map(choice).collect(),
    })
}

fn line(conversation: ConversationRecord, apps: &[AppRecord]) -> Line {
    let is_end_user = conversation.app_id.is_some();
    Line {
        whose_href: if is_end_user { link_to_all_of(&conversation.username) } else { String::new() },
        app: app_name(apps, conversation.app_id.as_deref()),
        id: conversation.id.0,
        title: title(&conversation.title),
        who: conversation.username,
        messages: words::count(conversation.message_count.unsigned_abs(), "message", "messages"),
        at: words::minute(conversation.last_activity_at),
        badge: Badge::of(conversation.status),
    }
}

fn link_to_all_of(end_user: &str) -> String {
    Asked::default().link(PATH, "user", end_user, &[])
}

/// A title that can be clicked.
fn title(title: &str) -> String {
    if title.trim().is_empty() { "Untitled".to_owned() } else { title.to_owned() }
}

/// What an app is called; none: an API key asked.
fn app_name(apps: &[AppRecord], id: Option<&str>) -> String {
    let Some(id) = id else { return "API key".to_owned() };
    let app = apps.iter().find(|app| app.app_id.as_str() == id);
    app.map_or_else(|| "a deleted app".to_owned(), |app| app.name.clone())
}

/// The conversation, whoever's it is, and what it takes to do something to it.
async fn find(state: &AppState, member: &Member, id: String) -> Result<(TaskRecord, TaskScope), ConsoleError> {
    let (id, absent) = (TaskId(id), || ConsoleError::not_found(member));
    if id.as_str().contains('\0') {
        return Err(absent());
    }
    let project_id = state.store.find_project_of(&id).await?.ok_or_else(absent)?;
    let scope = TaskScope::Project { project_id };
    let task = state.store.find_task(&scope, &id).await?.ok_or_else(absent)?;
    let task = state.agent.settle(task).await.map_err(HttpError::from)?;
    Ok((task, scope))
}

fn write_place(place: &Place) -> String {
    format!("{}.{}", place.last_activity_at, place.id)
}

fn read_place(text: &str) -> Option<Place> {
    let (at, id) = text.split_once('.')?;
    Some(Place { last_activity_at: at.parse().ok()?, id: TaskId(id.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_as_itself() {
        let place = Place { last_activity_at: 17, id: "a.b".into() };
        assert_eq!(read_place(&write_place(&place)), Some(place));
        for text in ["", "x", "17", "x.y", "99999999999999999999.a"] {
            assert_eq!(read_place(text), None, "{text}");
        }
    }

    #[test]
    fn a_conversation_can_always_be_clicked() {
        assert_eq!((title(" \t").as_str(), title("Hi").as_str()), ("Untitled", "Hi"));
    }
}
