//! The overview: what was asked lately, how it ended, and what it cost.

mod numbers;
mod plot;

use super::{
    super::state::AppState,
    access::Member,
    failure::{ConsoleError, ConsoleResult},
    page::{Frame, Section, show},
    query::Asked,
    words,
};
use crate::store::{AppRecord, UsageFilter};
use askama::Template;
use axum::extract::State;
use numbers::{AppLine, Numbers};
use plot::Plot;

/// The choices of how far back one looks, in days.
const RANGES: [u16; 3] = [7, 30, 90];
const USUAL_RANGE: u16 = 30;

#[derive(Template)]
#[template(path = "console/overview/overview.html")]
struct OverviewPage {
    frame: Frame,
    ranges: Vec<Range>,
    apps: Vec<Choice>,
    days: u16,
    facts: Vec<(&'static str, String, String)>,
    plots: Vec<Plot>,
    failures: Vec<Failure>,
    by_app: Vec<AppLine>,
    is_empty: bool,
}

struct Range {
    days: u16,
    href: String,
    is_current: bool,
}

struct Choice {
    id: String,
    name: String,
    is_chosen: bool,
}

struct Failure {
    code: String,
    runs: String,
    last: String,
}

/// `GET /console/overview`
pub async fn show_overview(State(state): State<AppState>, member: Member, asked: Asked) -> ConsoleResult {
    show(&page(&state, &member, &asked).await?)
}

async fn page(state: &AppState, member: &Member, asked: &Asked) -> Result<OverviewPage, ConsoleError> {
    let days = RANGES.into_iter().find(|days| days.to_string() == asked.text("days")).unwrap_or(USUAL_RANGE);
    let first_day = state.clock.now_ms() / words::DAY_MS - i64::from(days) + 1;
    let filter = UsageFilter { since_ms: first_day * words::DAY_MS, app_id: asked.find("app") };
    let apps = state.store.list_apps(None).await?;
    let numbers = Numbers::of(
        first_day,
        usize::from(days),
        &state.store.usage_by_day(&filter).await?,
        &state.store.waits_by_day(&filter).await?,
    );
    let people = state.store.count_end_users(&filter).await?;
    let failures = state.store.failures_by_code(&filter).await?.into_iter().map(|failure| Failure {
        code: failure.code,
        runs: words::number(failure.runs.unsigned_abs()),
        last: words::minute(failure.last_at),
    });
    Ok(OverviewPage {
        frame: member.frame("Overview", Section::Overview),
        ranges: RANGES.map(|choice| range(choice, days, asked)).into(),
        facts: numbers.facts(people.unsigned_abs()),
        is_empty: numbers.is_empty(),
        plots: numbers.plots(),
        by_app: numbers.by_app(&apps),
        failures: failures.collect(),
        apps: choices(&apps, asked.text("app")),
        days,
    })
}

fn range(choice: u16, days: u16, asked: &Asked) -> Range {
    let href = asked.link("/console/overview", "days", &choice.to_string(), &[]);
    Range { days: choice, href, is_current: choice == days }
}

fn choices(apps: &[AppRecord], chosen: &str) -> Vec<Choice> {
    let choice = |app: &AppRecord| Choice {
        id: app.app_id.0.clone(),
        name: app.name.clone(),
        is_chosen: app.app_id.as_str() == chosen,
    };
    apps.iter().map(choice).collect()
}
