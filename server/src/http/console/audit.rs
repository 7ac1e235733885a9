//! The audit log: who changed what, and when.

use super::{
    super::state::AppState,
    access::Member,
    failure::ConsoleResult,
    page::{Frame, Section, show},
    query::Asked,
    words,
};
use crate::store::{AuditFilter, AuditRecord};
use askama::Template;
use axum::extract::State;

const PATH: &str = "/console/audit";
const PER_PAGE: usize = 50;

/// The kinds of things, as actions name them, and as people do.
const KINDS: [(&str, &str); 6] = [
    ("account", "Accounts"),
    ("app", "Widget Apps"),
    ("conversation", "Conversations"),
    ("end_user", "End users"),
    ("key", "API keys"),
    ("project", "Projects"),
];

/// What was done, as the rest of a sentence that begins with who did it. Others are told as they are.
const ACTIONS: [(&str, &str); 20] = [
    ("account.created", "made the account"),
    ("account.deleted", "deleted the account"),
    ("account.password_changed", "changed the password of"),
    ("account.signed_in", "signed in as"),
    ("account.signed_out_everywhere", "signed out everywhere as"),
    ("app.created", "made the app"),
    ("app.deleted", "deleted the app"),
    ("app.disabled", "switched off the app"),
    ("app.enabled", "switched on the app"),
    ("app.renamed", "renamed the app"),
    ("app.origins_set", "set the origins of the app"),
    ("app.preview_opened", "previewed the looks with"),
    ("app.secret_rotated", "changed the secret of the app"),
    ("conversation.erased", "erased the conversation"),
    ("end_user.erased", "erased everything of an end user in the project"),
    ("key.created", "made the API key"),
    ("key.revoked", "revoked the API key"),
    ("project.created", "made the project"),
    ("project.changed", "changed the project"),
    ("project.deleted", "deleted the project"),
];

#[derive(Template)]
#[template(path = "console/audit.html")]
struct AuditPage {
    frame: Frame,
    people: Vec<Choice>,
    kinds: Vec<Choice>,
    lines: Vec<Line>,
    /// The thing whose entries these are.
    subject: String,
    is_filtered: bool,
    newest: Option<String>,
    older: Option<String>,
}

struct Choice {
    value: String,
    name: String,
    is_chosen: bool,
}

struct Line {
    at: String,
    actor: String,
    phrase: String,
    subject: String,
    subject_href: String,
    detail: String,
}

/// `GET /console/audit`
pub async fn show_log(State(state): State<AppState>, member: Member, asked: Asked) -> ConsoleResult {
    let filter = AuditFilter {
        actor: asked.find("who"),
        kind: asked.find("kind").filter(|kind| KINDS.iter().any(|(known, _)| known == kind)),
        subject: asked.find("subject"),
        before: asked.find("before"),
    };
    let mut entries = state.store.list_audit(&filter, PER_PAGE as i64 + 1).await?;
    let has_more = entries.len() > PER_PAGE;
    entries.truncate(PER_PAGE);
    let last = entries.last().filter(|_| has_more);
    let person = |name: String| Choice { is_chosen: filter.actor.as_ref() == Some(&name), value: name.clone(), name };
    let kind = |(value, name): (&str, &str)| Choice {
        value: value.to_owned(),
        name: name.to_owned(),
        is_chosen: filter.kind.as_deref() == Some(value),
    };
    show(&AuditPage {
        frame: member.frame("Audit log", Section::Audit),
        people: state.store.list_audit_actors().await?.into_iter().map(person).collect(),
        kinds: KINDS.map(kind).into(),
        older: last.map(|entry| asked.link(PATH, "before", &entry.id, &[])),
        newest: filter.before.is_some().then(|| asked.link(PATH, "before", "", &[])),
        is_filtered: filter.actor.is_some() || filter.kind.is_some() || filter.subject.is_some(),
        lines: entries.into_iter().map(|entry| line(entry, &asked)).collect(),
        subject: filter.subject.unwrap_or_default(),
    })
}

fn line(entry: AuditRecord, asked: &Asked) -> Line {
    let subject_href = asked.link(PATH, "subject", &entry.subject, &["before", "who", "kind"]);
    Line {
        at: words::second(entry.at),
        phrase: phrase(&entry.action),
        subject: if entry.subject_name.is_empty() { entry.subject } else { entry.subject_name },
        subject_href,
        actor: entry.actor,
        detail: entry.detail,
    }
}

fn phrase(action: &str) -> String {
    let known = ACTIONS.iter().find(|(known, _)| *known == action);
    known.map_or_else(|| action.replace(['.', '_'], " "), |(_, phrase)| (*phrase).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_sentences_even_if_nobody_wrote_one() {
        for (action, said) in [("app.disabled", "switched off the app"), ("app.looked_at", "app looked at"), ("", "")] {
            assert_eq!(phrase(action), said);
        }
        for (action, _) in ACTIONS {
            let kind = action.split('.').next().unwrap();
            assert!(KINDS.iter().any(|(known, _)| *known == kind), "{action} can be looked for");
        }
    }
}
