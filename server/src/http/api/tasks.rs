//! `/tasks` and `/tasks/{id}`.

use super::{
    super::{
        answer::{Answer, PageAnswer},
        error::{HttpError, HttpResult},
        extract::{Authenticated, IdempotencyHeader, PageQuery, PathId, Submitted, ValidJson},
        state::AppState,
    },
    launch::{self, Wish},
    views,
};
use crate::{
    agent::{Question, RunContext},
    auth::{Caller, Context, context},
    store::{NewTask, TaskRecord},
};
use axum::{extract::State, http::HeaderMap, response::Response};
use sigmic_shared::{
    ApiError, TaskId, TaskStatus,
    envelope::Page,
    task::{CreateTaskResponse, MessageResponse, RenameTaskRequest, TaskDetail, TaskListItem},
};

const LONGEST_TITLE: usize = 200;
/// A title made from a message is cut after this many characters.
const MADE_TITLE: usize = 80;

/// Creates a task and starts its first run.
#[utoipa::path(
    post,
    path = "/api/v1/tasks",
    tag = "tasks",
    request_body = sigmic_shared::task::CreateTaskRequest,
    responses((status = 200, body = sigmic_shared::envelope::Success<CreateTaskResponse>))
)]
pub async fn create(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    IdempotencyHeader(key): IdempotencyHeader,
    headers: HeaderMap,
    submitted: Submitted,
) -> HttpResult<Response> {
    let Submitted { form, message, hash } = submitted;
    if caller.is_end_user() {
        refuse_for_end_users([
            ("systemPrompt", form.system_prompt.is_some()),
            ("env", form.env.is_some()),
            ("secrets", form.secrets.is_some()),
        ])?;
    }
    let context = context::check(form.env.as_ref(), form.secrets.as_ref())?;
    state.limits.count_message(&caller.name())?;
    let project = state.auth.directory().get_project(caller.project_id()).await?;
    let task = NewTask {
        id: TaskId(state.clock.new_uuid_v7().to_string()),
        project_id: project.id.clone(),
        owner: owner(&caller),
        api_key_id: api_key_id(&caller),
        username: username(&caller),
        title: title_from(&message),
        system_prompt: form.system_prompt.map(|prompt| prompt.replace('\0', "\u{fffd}")),
        show_in_history: form.show_in_history.unwrap_or(true),
        auto_execute: form.auto_execute.unwrap_or(true),
        env: form.env.is_some().then(|| context.env.clone()),
    };
    let question = Question {
        project,
        message,
        context: run_context(&caller, context),
        idempotency: launch::idempotency_key(&caller, key, hash),
        request_id: launch::request_id(&headers),
    };
    let accepted = state.agent.create_task(task, question).await?;
    let id = accepted.task_id.clone();
    launch::answer(
        &state,
        &caller,
        Wish::of(&headers),
        accepted,
        TaskStatus::Pending,
        CreateTaskResponse { id, status: TaskStatus::Pending },
    )
    .await
}

/// The caller's tasks, newest activity first.
#[utoipa::path(
    get,
    path = "/api/v1/tasks",
    tag = "tasks",
    params(("limit" = Option<u64>, Query), ("offset" = Option<u64>, Query)),
    responses((status = 200, body = Page<TaskListItem>))
)]
pub async fn list(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    PageQuery { limit, offset }: PageQuery,
) -> HttpResult<PageAnswer<TaskListItem>> {
    let (records, total) = state.store.list_tasks(&caller.scope(), limit, offset).await?;
    let mut items = Vec::with_capacity(records.len());
    for record in records {
        items.push(views::list_item(state.agent.settle(record).await?));
    }
    Ok(PageAnswer(Page::new(items, total, limit, offset)))
}

/// One task with its last answer.
#[utoipa::path(
    get,
    path = "/api/v1/tasks/{id}",
    tag = "tasks",
    params(("id" = String, Path)),
    responses((status = 200, body = sigmic_shared::envelope::Success<TaskDetail>))
)]
pub async fn get(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    PathId(id): PathId,
) -> HttpResult<Answer<TaskDetail>> {
    let record = find(&state, &caller, &TaskId(id)).await?;
    let answer = state.store.find_last_answer(&record.id).await?;
    Ok(Answer(views::detail(record, answer)))
}

/// Renames a task.
#[utoipa::path(
    patch,
    path = "/api/v1/tasks/{id}",
    tag = "tasks",
    params(("id" = String, Path)),
    request_body = RenameTaskRequest,
    responses((status = 200, body = sigmic_shared::envelope::Success<TaskDetail>))
)]
pub async fn rename(
    state: State<AppState>,
    Authenticated(caller): Authenticated,
    PathId(id): PathId,
    ValidJson(request): ValidJson<RenameTaskRequest>,
) -> HttpResult<Answer<TaskDetail>> {
    let title = request.title.replace(char::is_control, " ").trim().to_owned();
    if title.is_empty() || title.chars().nth(LONGEST_TITLE).is_some() {
        return Err(ApiError::validation("The field title has to have 1 to 200 characters.").into());
    }
    if !state.store.rename_task(&caller.scope(), &TaskId(id.clone()), title).await? {
        return Err(HttpError::not_found());
    }
    get(state, Authenticated(caller), PathId(id)).await
}

/// Cancels a task's run. A finished one stays as it is.
#[utoipa::path(
    delete,
    path = "/api/v1/tasks/{id}",
    tag = "tasks",
    params(("id" = String, Path)),
    responses((status = 200, body = sigmic_shared::envelope::Success<MessageResponse>))
)]
pub async fn cancel(
    State(state): State<AppState>,
    Authenticated(caller): Authenticated,
    PathId(id): PathId,
) -> HttpResult<Answer<MessageResponse>> {
    let record = find(&state, &caller, &TaskId(id)).await?;
    state.agent.cancel(&record.id).await;
    Ok(Answer(MessageResponse { message: "Task cancelled".into() }))
}

/// The task, as far as the caller may see it, and not waiting for a node that is gone.
pub(super) async fn find(state: &AppState, caller: &Caller, id: &TaskId) -> HttpResult<TaskRecord> {
    let record = state.store.find_task(&caller.scope(), id).await?.ok_or_else(HttpError::not_found)?;
    Ok(state.agent.settle(record).await?)
}

/// The page's user must not rewrite the agent: these fields take an API key.
pub(super) fn refuse_for_end_users<const N: usize>(fields: [(&str, bool); N]) -> Result<(), ApiError> {
    match fields.into_iter().find(|(_, present)| *present) {
        Some((field, _)) => Err(ApiError::validation(format!(
            "The field {field} is only for API keys: a widget's token cannot set it."
        ))),
        None => Ok(()),
    }
}

/// Whom the run works for. `variables` are a program's; a visitor's came with the token.
pub(super) fn run_context(caller: &Caller, variables: Context) -> RunContext {
    match caller {
        Caller::EndUser(user) => RunContext::Visitor {
            app_id: user.app.app_id.clone(),
            end_user_id: user.end_user_id.clone(),
            jti: user.jti.clone(),
        },
        Caller::ApiKey(key) => RunContext::Program { api_key_id: key.id.clone(), variables },
    }
}

fn owner(caller: &Caller) -> Option<(sigmic_shared::AppId, sigmic_shared::EndUserId)> {
    match caller {
        Caller::EndUser(user) => Some((user.app.app_id.clone(), user.end_user_id.clone())),
        Caller::ApiKey(_) => None,
    }
}

fn api_key_id(caller: &Caller) -> Option<String> {
    match caller {
        Caller::EndUser(_) => None,
        Caller::ApiKey(key) => Some(key.id.clone()),
    }
}

fn username(caller: &Caller) -> String {
    match caller {
        Caller::EndUser(user) => user.end_user_id.0.clone(),
        Caller::ApiKey(key) => key.name.clone(),
    }
}

/// The first line of a message, cut at a word's end.
fn title_from(message: &str) -> String {
    let line = message.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let line: String = line.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let Some((end, _)) = line.char_indices().nth(MADE_TITLE) else { return line };
    let cut = line[..end].rfind(' ').filter(|&space| space > end / 2).unwrap_or(end);
    format!("{}…", line[..cut].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_come_from_the_first_line() {
        let long = "word ".repeat(40);
        for (message, title) in [
            ("Hello", "Hello".to_owned()),
            ("\n  Where is my order?\nIt is late.", "Where is my order?".to_owned()),
            ("a\tb", "a b".to_owned()),
            (&long, format!("{}…", "word ".repeat(16).trim_end())),
            (&"ü".repeat(90), format!("{}…", "ü".repeat(80))),
        ] {
            assert_eq!(title_from(message), title);
        }
    }
}
