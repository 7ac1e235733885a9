//! API keys: what programs of one's own authenticate with.

use super::{
    super::{error::HttpError, state::AppState},
    access::Member,
    failure::{ConsoleError, ConsoleResult},
    form::{Field, Posted},
    page::{Frame, Section, show, show_refused},
};
use crate::{
    auth::{
        Role,
        registry::{self, RegistryError},
    },
    clock,
    store::ApiKeyRecord,
};
use askama::Template;
use axum::extract::{Path, State};
use secrecy::ExposeSecret;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const LIFETIMES: [(&str, &str); 4] =
    [("90", "90 days"), ("30", "30 days"), ("365", "A year"), ("", "Until it is revoked")];
/// A key that ends within this is marked.
const SOON_MS: i64 = 14 * 24 * 60 * 60 * 1000;

#[derive(Template)]
#[template(path = "console/keys/list.html")]
struct ListPage {
    frame: Frame,
    keys: Vec<Line>,
    name: Field,
    project: Field,
    lifetime: Field,
    has_projects: bool,
    may_edit: bool,
}

struct Line {
    id: String,
    name: String,
    project: String,
    created: String,
    expires: String,
    used: String,
    badge: Option<(&'static str, &'static str)>,
    may_revoke: bool,
    /// Whether another name was typed to revoke it.
    error: bool,
}

#[derive(Template)]
#[template(path = "console/keys/once.html")]
struct OncePage<'a> {
    frame: Frame,
    name: &'a str,
    key: &'a str,
    expires: String,
    snippet: String,
}

/// `GET /console/keys`
pub async fn show_list(State(state): State<AppState>, member: Member) -> ConsoleResult {
    show(&page(&state, &member).await?)
}

/// `POST /console/keys`
pub async fn create(State(state): State<AppState>, member: Member, posted: Posted) -> ConsoleResult {
    let project_id = posted.text("project").replace('\0', "");
    let Some(lifetime) = lifetime(posted.text("lifetime")) else {
        let mut page = page(&state, &member).await?;
        page.name = page.name.typed(&posted);
        page.lifetime.set_error("Choose how long the key counts.");
        return show_refused(&page);
    };
    match registry::create_api_key(&member.operator(&state), &project_id, posted.text("name"), lifetime).await {
        Ok((record, key)) => {
            state.auth.directory().invalidate();
            let snippet = format!(
                "curl {}/api/v1/tasks \\\n  -H 'Authorization: Bearer {}' \\\n  -H 'Content-Type: application/json' \\\n  -d '{{\"message\":\"Hello\"}}'",
                member.own_origin,
                key.expose_secret()
            );
            show(&OncePage {
                frame: member.frame("API key", Section::Keys),
                name: &record.name,
                key: key.expose_secret(),
                expires: expiry(&record),
                snippet,
            })
        }
        Err(RegistryError::Store(error)) => Err(error.into()),
        Err(error) => {
            let mut page = page(&state, &member).await?;
            page.name = page.name.typed(&posted);
            page.project = page.project.typed(&posted);
            page.lifetime = page.lifetime.typed(&posted);
            match error {
                RegistryError::NoSuchProject => page.project.set_error("Choose a project."),
                _ => page.name.set_error("A name has 1 to 100 characters, none of them control characters."),
            }
            show_refused(&page)
        }
    }
}

/// `POST /console/keys/{id}/revoke`
pub async fn revoke(
    State(state): State<AppState>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> ConsoleResult {
    let found = if id.contains('\0') { None } else { state.store.find_api_key(&id).await? };
    let key = found.ok_or_else(|| ConsoleError::not_found(&member))?;
    if posted.text("confirm").trim() != key.name {
        let mut page = page(&state, &member).await?;
        page.keys.iter_mut().filter(|line| line.id == key.id).for_each(|line| line.error = true);
        return show_refused(&page);
    }
    registry::revoke_api_key(&member.operator(&state), &key.id).await.map_err(|error| match error {
        RegistryError::Store(error) => error.into(),
        _ => HttpError::not_found(),
    })?;
    Ok(member.go_on(&state, "/console/keys", format!("The key {} is revoked.", key.name)).await?)
}

/// How long a key counts, if that was chosen at all; inside: `None` for until it is revoked.
fn lifetime(days: &str) -> Option<Option<Duration>> {
    if days.is_empty() {
        return Some(None);
    }
    let days = days.parse::<u32>().ok().filter(|days| (1..=3650).contains(days))?;
    Some(Some(DAY * days))
}

async fn page(state: &AppState, member: &Member) -> Result<ListPage, ConsoleError> {
    let projects = state.store.list_projects().await?;
    // What is written down now and then is looked at now.
    state.auth.keep_key_uses().await?;
    let uses = state.store.list_api_key_uses().await?;
    let now_ms = state.clock.now_ms();
    let mut keys = state.store.list_api_keys(None).await?;
    // Those that count come first.
    keys.sort_by_key(|key| !counts(key, now_ms));
    let lines = keys.into_iter().map(|key| Line {
        project: projects
            .iter()
            .find(|project| project.id == key.project_id)
            .map(|project| project.name.clone())
            .unwrap_or_default(),
        created: date(key.created_at),
        expires: expiry(&key),
        used: uses.get(&key.id).map_or("never used".to_owned(), |at| format!("last used {}", date(*at))),
        badge: badge(&key, now_ms),
        may_revoke: key.revoked_at.is_none(),
        error: false,
        id: key.id,
        name: key.name,
    });
    Ok(ListPage {
        frame: member.frame("API keys", Section::Keys),
        keys: lines.collect(),
        name: Field::line("name", "Name").required().hint("What you call it, such as the program's name."),
        project: Field::choice(
            "project",
            "Project",
            projects.iter().map(|project| (project.id.clone(), project.name.clone())),
        ),
        lifetime: Field::choice("lifetime", "Counts for", LIFETIMES).value(LIFETIMES[0].0),
        has_projects: !projects.is_empty(),
        may_edit: member.is_at_least(Role::Editor),
    })
}

fn badge(key: &ApiKeyRecord, now_ms: i64) -> Option<(&'static str, &'static str)> {
    match (key.revoked_at, key.expires_at) {
        (Some(_), _) => Some(("revoked", "bad")),
        (None, Some(at)) if at <= now_ms => Some(("expired", "bad")),
        (None, Some(at)) if at - now_ms < SOON_MS => Some(("expires soon", "warn")),
        _ => None,
    }
}

fn counts(key: &ApiKeyRecord, now_ms: i64) -> bool {
    key.revoked_at.is_none() && key.expires_at.is_none_or(|at| at > now_ms)
}

fn expiry(key: &ApiKeyRecord) -> String {
    key.expires_at.map_or("counts until it is revoked".to_owned(), |at| format!("counts until {}", date(at)))
}

fn date(ms: i64) -> String {
    clock::timestamp(ms).0.chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_lifetime_is_not_taken_for_ever() {
        for (days, expected) in
            [("", Some(None)), ("30", Some(Some(DAY * 30))), ("0", None), ("-1", None), ("x", None), ("99999", None)]
        {
            assert_eq!(lifetime(days), expected, "{days}");
        }
    }

    #[test]
    fn a_key_says_whether_it_counts() {
        let key = |expires_at, revoked_at| ApiKeyRecord {
            id: "k".into(),
            project_id: "p".into(),
            name: "K".into(),
            key_hash: Vec::new(),
            expires_at,
            revoked_at,
            created_at: 0,
        };
        let now = 1_000_000;
        for (key, expected, does) in [
            (key(None, None), None, true),
            (key(Some(now + SOON_MS), None), None, true),
            (key(Some(now + SOON_MS - 1), None), Some("expires soon"), true),
            (key(Some(now), None), Some("expired"), false),
            (key(Some(now + SOON_MS), Some(1)), Some("revoked"), false),
        ] {
            assert_eq!((badge(&key, now).map(|badge| badge.0), counts(&key, now)), (expected, does), "{key:?}");
        }
    }
}
