//! One conversation, from its newest message backwards.

use super::{
    super::words,
    AppState, Badge, ConsoleResult, Frame, Member, PATH, Section, app_name,
    excerpt::{Budget, Excerpt},
    find, link_to_all_of, show, title,
};
use crate::{
    auth::Role,
    http::console::query::Asked,
    store::{MessageRecord, RunRecord, TaskRecord},
};
use askama::Template;
use axum::extract::{Path, State};
use sigmic_shared::{Role as Speaker, Thought, ToolCall, ToolCallStatus};
use std::collections::BTreeMap;

/// Most messages on one page.
const PER_PAGE: i64 = 30;
/// What a page's texts may take up, in bytes of HTML, with what surrounds each message, call and thought.
const BUDGET: usize = 78_000;
const AROUND_A_MESSAGE: usize = 900;
const AROUND_A_CALL: usize = 420;
const AROUND_A_THOUGHT: usize = 60;
/// The longest excerpts.
const LONGEST_MESSAGE: usize = 12_000;
const LONGEST_PART: usize = 2_000;
const LONGEST_NAME: usize = 200;

#[derive(Template)]
#[template(path = "console/conversations/transcript.html")]
struct TranscriptPage {
    frame: Frame,
    id: String,
    title: String,
    who: String,
    whose_href: String,
    app: String,
    badge: Badge,
    created: String,
    active: String,
    prompt: Excerpt,
    messages: Vec<Line>,
    earlier: Option<String>,
    newest: Option<String>,
    is_end_user: bool,
    may_erase: bool,
}

struct Line {
    seq: i64,
    is_visitor: bool,
    at: String,
    text: Excerpt,
    files: Vec<String>,
    thoughts: Vec<(Excerpt, Excerpt)>,
    hidden_thoughts: usize,
    calls: Vec<Call>,
    hidden_calls: usize,
    run: Option<Run>,
}

struct Call {
    tool: Excerpt,
    badge: Badge,
    took: String,
    arguments: Excerpt,
    output: Option<Excerpt>,
}

/// What is known of the run that made an answer.
struct Run {
    badge: Option<Badge>,
    error: Option<(String, Excerpt)>,
    request_id: String,
    facts: String,
}

/// `GET /console/conversations/{id}`
pub async fn show_transcript(
    State(state): State<AppState>,
    member: Member,
    Path(id): Path<String>,
    asked: Asked,
) -> ConsoleResult {
    let (task, _) = find(&state, &member, id).await?;
    let before: Option<i64> = asked.text("before").parse().ok();
    let records = state.store.list_messages_before(&task.id, before, PER_PAGE).await?;
    let runs = state.store.list_runs(&task.id).await?;
    let apps = state.store.list_apps(None).await?;
    let here = format!("{PATH}/{}", task.id);
    let mut budget = Budget::new(BUDGET);
    let prompt = budget.cut(task.system_prompt.as_deref().unwrap_or_default(), LONGEST_PART);
    let messages = lines(records, &runs, &task, &mut budget);
    let first = messages.first().map_or(1, |line| line.seq);
    show(&TranscriptPage {
        frame: member.frame(title(&task.title), Section::Conversations),
        title: title(&task.title),
        whose_href: link_to_all_of(&task.username),
        app: app_name(&apps, task.app_id.as_deref()),
        badge: Badge::of(task.status),
        created: words::second(task.created_at),
        active: words::second(task.last_activity_at),
        earlier: (first > 1).then(|| format!("{here}?before={first}")),
        newest: before.map(|_| here),
        is_end_user: task.end_user_id.is_some(),
        may_erase: member.is_at_least(Role::Editor),
        id: task.id.0,
        who: task.username,
        prompt,
        messages,
    })
}

/// The newest messages that fit, in their order. There is always one.
fn lines(records: Vec<MessageRecord>, runs: &[RunRecord], task: &TaskRecord, budget: &mut Budget) -> Vec<Line> {
    let runs: BTreeMap<_, _> = runs.iter().map(|run| (run.run_no, run)).collect();
    let mut lines = Vec::new();
    for record in records.into_iter().rev() {
        if !budget.spend(AROUND_A_MESSAGE) && !lines.is_empty() {
            break;
        }
        let run = runs.get(&(record.seq / 2)).filter(|_| record.role == Speaker::Assistant);
        lines.push(line(&record, run.copied(), task, budget));
    }
    lines.reverse();
    lines
}

fn line(record: &MessageRecord, run: Option<&RunRecord>, task: &TaskRecord, budget: &mut Budget) -> Line {
    let text = budget.cut(&record.content, LONGEST_MESSAGE);
    let run = run.map(|run| told(run, task, budget));
    let files = record.attached_files.iter().map(|file| budget.cut(&file.name, LONGEST_NAME).text).collect();
    let mut calls = Vec::new();
    for record in &*record.tool_calls {
        if !budget.spend(AROUND_A_CALL) {
            break;
        }
        calls.push(call(&record.call, budget));
    }
    let mut thoughts = Vec::new();
    for Thought { subject, description } in &*record.thoughts {
        if !budget.spend(AROUND_A_THOUGHT) {
            break;
        }
        thoughts.push((budget.cut(subject, LONGEST_NAME), budget.cut(description, LONGEST_PART)));
    }
    Line {
        seq: record.seq,
        is_visitor: record.role == Speaker::User,
        at: words::second(record.created_at),
        hidden_thoughts: record.thoughts.len() - thoughts.len(),
        hidden_calls: record.tool_calls.len() - calls.len(),
        text,
        files,
        thoughts,
        calls,
        run,
    }
}

fn call(call: &ToolCall, budget: &mut Budget) -> Call {
    let arguments = serde_json::to_string_pretty(&call.args).unwrap_or_default();
    Call {
        tool: budget.cut(&call.tool_name, LONGEST_NAME),
        badge: badge(call.status),
        took: call.duration_ms.map(words::duration).unwrap_or_default(),
        arguments: budget.cut(&arguments, LONGEST_PART),
        output: call.output.as_deref().map(|output| budget.cut(output, LONGEST_PART)),
    }
}

fn told(run: &RunRecord, task: &TaskRecord, budget: &mut Budget) -> Run {
    let is_last = run.run_no == task.run_no;
    let wait = run.first_sign_ms.map(|ms| format!("first sign after {}", words::duration(ms.unsigned_abs())));
    let took = run.started_at.zip(run.ended_at).map(|(started, ended)| (ended - started).max(0).unsigned_abs());
    let took = took.map(|ms| format!("took {}", words::duration(ms)));
    let tokens = run.input_tokens.zip(run.output_tokens).filter(|(read, written)| read + written > 0);
    let tokens = tokens.map(|(read, written)| {
        let (read, written) = (words::number(read.unsigned_abs()), words::number(written.unsigned_abs()));
        format!("{read} tokens read, {written} written")
    });
    Run {
        badge: run.end().or(is_last.then_some(task.status)).map(Badge::of),
        error: run.error.as_deref().map(|error| {
            let (code, sentence) = error.split_once(':').unwrap_or((error, ""));
            (code.to_owned(), budget.cut(sentence.trim(), LONGEST_PART))
        }),
        request_id: run.request_id.clone().unwrap_or_default(),
        facts: [wait, took, tokens].into_iter().flatten().collect::<Vec<_>>().join(" · "),
    }
}

fn badge(status: ToolCallStatus) -> Badge {
    let (colour, word) = match status {
        ToolCallStatus::Executing => ("", "under way"),
        ToolCallStatus::AwaitingApproval => ("warn", "waits for approval"),
        ToolCallStatus::Success => ("good", "worked"),
        ToolCallStatus::Error => ("bad", "failed"),
        ToolCallStatus::Cancelled => ("", "cancelled"),
    };
    Badge { colour, word }
}
