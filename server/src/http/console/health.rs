//! How the server is: its nodes, its database, what failed lately, and what will end soon.

use super::{
    super::state::AppState,
    access::Member,
    failure::ConsoleResult,
    page::{Frame, Section, show},
    words,
};
use crate::{
    agent::Outage,
    store::{ApiKeyRecord, AppRecord, WorkingNodeRecord},
};
use askama::Template;
use axum::extract::State;

/// A key that ends within this, or has ended within it, is named.
const SOON_MS: i64 = 14 * words::DAY_MS;

#[derive(Template)]
#[template(path = "console/health.html")]
struct HealthPage {
    frame: Frame,
    node: String,
    version: &'static str,
    live_runs: String,
    database: String,
    database_size: String,
    encryption_keys: String,
    nodes: Vec<Node>,
    outages: Vec<Line>,
    ending: Vec<Line>,
    overlaps: Vec<Line>,
}

struct Node {
    name: String,
    runs: String,
    heard: String,
    is_this: bool,
    is_late: bool,
}

struct Line {
    name: String,
    about: String,
    /// The word beside it, and its colour.
    badge: (&'static str, String),
}

/// `GET /console/health`
pub async fn show_health(State(state): State<AppState>, member: Member) -> ConsoleResult {
    let now_ms = state.clock.now_ms();
    let database = state.store.describe().await?;
    let nodes = state.store.list_working_nodes().await?;
    let (keys, apps) = (state.store.list_api_keys(None).await?, state.store.list_apps(None).await?);
    let kind = if state.store.kind() == "postgres" { "PostgreSQL" } else { "SQLite" };
    let count = state.auth.keyring().len();
    let page = HealthPage {
        frame: member.frame("Health", Section::Health),
        node: state.agent.node_id().to_owned(),
        version: env!("CARGO_PKG_VERSION"),
        live_runs: words::count(state.agent.live_runs() as u64, "run", "runs"),
        database: format!("{kind} {}", database.version),
        database_size: words::size(database.size_bytes.unsigned_abs()),
        encryption_keys: if count == 0 { "none configured".to_owned() } else { count.to_string() },
        nodes: nodes.into_iter().map(|node| told(node, state.agent.node_id(), now_ms)).collect(),
        outages: state.agent.outages().into_iter().map(outage).collect(),
        ending: keys.iter().filter_map(|key| ending(key, now_ms)).collect(),
        overlaps: apps.iter().filter_map(|app| overlap(app, now_ms)).collect(),
    };
    show(&page)
}

fn told(node: WorkingNodeRecord, this: &str, now_ms: i64) -> Node {
    Node {
        runs: words::count(node.runs.unsigned_abs(), "run", "runs"),
        heard: words::second(node.lease_until),
        is_this: node.node_id == this,
        is_late: node.lease_until < now_ms,
        name: node.node_id,
    }
}

fn outage(outage: Outage) -> Line {
    let last = words::second(outage.last_at);
    let times = words::count(outage.times, "time", "times");
    Line { name: outage.sentence, about: format!("Project {}, last at {last}", outage.project), badge: ("bad", times) }
}

/// A key that ends soon, or has ended lately.
fn ending(key: &ApiKeyRecord, now_ms: i64) -> Option<Line> {
    let left = key.expires_at?.checked_sub(now_ms)?;
    if key.revoked_at.is_some() || !(-SOON_MS..=SOON_MS).contains(&left) {
        return None;
    }
    let badge = match left {
        ..=0 => ("bad", "has ended".to_owned()),
        left => ("warn", format!("{} left", words::duration(left.unsigned_abs()))),
    };
    Some(Line { name: key.name.clone(), about: words::minute(now_ms + left), badge })
}

/// An app whose former secret still counts.
fn overlap(app: &AppRecord, now_ms: i64) -> Option<Line> {
    let left = app.old_secret_until?.checked_sub(now_ms).filter(|left| *left > 0)?;
    app.old_secret_hash.as_ref()?;
    Some(Line {
        name: app.name.clone(),
        about: words::minute(now_ms + left),
        badge: ("warn", format!("{} left", words::duration(left.unsigned_abs()))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000;
    const DAY: i64 = words::DAY_MS;

    #[test]
    fn keys_are_named_two_weeks_before_and_after_their_end() {
        for (left, revoked, badge) in [
            (None, None, None),
            (Some(15 * DAY), None, None),
            (Some(14 * DAY), None, Some(("warn", "14 days left"))),
            (Some(3_600_000), None, Some(("warn", "1 h left"))),
            (Some(0), None, Some(("bad", "has ended"))),
            (Some(-14 * DAY), None, Some(("bad", "has ended"))),
            (Some(-15 * DAY), None, None),
            (Some(DAY), Some(1), None),
            (Some(i64::MAX - NOW), None, None),
        ] {
            let key = ApiKeyRecord {
                id: "k".into(),
                project_id: "p".into(),
                name: "Key".into(),
                key_hash: vec![],
                expires_at: left.map(|left| NOW + left),
                revoked_at: revoked,
                created_at: 0,
            };
            let line = ending(&key, NOW);
            let told = line.as_ref().map(|line| (line.badge.0, line.badge.1.as_str()));
            assert_eq!(told, badge, "{left:?}");
        }
    }

    #[test]
    fn a_node_that_is_late_is_said_to_be() {
        for (until, is_late) in [(NOW - 1, true), (NOW, false)] {
            let node = WorkingNodeRecord { node_id: "n".into(), runs: 1, lease_until: until };
            let node = told(node, "n", NOW);
            assert!(node.is_this && node.is_late == is_late);
        }
    }
}
