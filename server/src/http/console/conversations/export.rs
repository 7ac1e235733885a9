//! A conversation as a file.

use super::{AppState, ConsoleResult, Member, find};
use crate::{
    clock::timestamp,
    http::api::views,
    store::{RunRecord, TaskRecord},
};
use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::IntoResponse,
};
use serde::Serialize;
use sigmic_shared::{Message, Timestamp, task::Task};

/// The whole conversation, in the words of the API.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Exported {
    task: Task,
    app_id: Option<String>,
    end_user_id: Option<String>,
    messages: Vec<Message>,
    runs: Vec<ExportedRun>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExportedRun {
    run: i64,
    request_id: Option<String>,
    status: Option<String>,
    error: Option<String>,
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    first_sign_ms: Option<i64>,
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
}

/// `GET /console/conversations/{id}/export`
pub async fn export(State(state): State<AppState>, member: Member, Path(id): Path<String>) -> ConsoleResult {
    let (mut task, _) = find(&state, &member, id).await?;
    // What a program sent for its tools is not what anybody said.
    task.env = None;
    let messages = state.store.list_messages(&task.id).await?.into_iter().map(views::message).collect();
    let runs = state.store.list_runs(&task.id).await?.into_iter().map(run).collect();
    let name = file_name(&task);
    let (app_id, end_user_id) = (task.app_id.clone(), task.end_user_id.clone());
    let exported = Exported { task: views::task(task), app_id, end_user_id, messages, runs };
    Ok(([(header::CONTENT_DISPOSITION, name)], Json(exported)).into_response())
}

fn file_name(task: &TaskRecord) -> HeaderValue {
    let is_plain = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '-';
    let id: String = task.id.as_str().chars().filter(is_plain).collect();
    let value = HeaderValue::from_str(&format!("attachment; filename=\"conversation-{id}.json\""));
    value.unwrap_or(HeaderValue::from_static("attachment"))
}

fn run(run: RunRecord) -> ExportedRun {
    ExportedRun {
        run: run.run_no,
        request_id: run.request_id,
        status: run.status,
        error: run.error,
        started_at: run.started_at.map(timestamp),
        ended_at: run.ended_at.map(timestamp),
        first_sign_ms: run.first_sign_ms,
        input_tokens: run.input_tokens,
        output_tokens: run.output_tokens,
    }
}
