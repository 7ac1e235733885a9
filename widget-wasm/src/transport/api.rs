//! The calls of the API that the widget makes.

use super::{
    Delivery, Failure, StreamHandle, TaskSummary, Tokens,
    fetch::{self, Call, Reply},
    follow::{self, Outgoing},
    follower::Start,
    pause::pause,
    retry::Backoff,
};
use crate::session::TokenFailure;
use serde::{Serialize, de::DeserializeOwned};
use sigmic_shared::{
    CallId, TaskId,
    envelope::{Page, Success},
    routes,
    task::{HistoryResponse, RenameTaskRequest},
    tool_call::ApprovalOutcome,
    widget::WidgetConfig,
};

/// Retries of a request that is not a stream.
const RETRIES: u32 = 3;

/// The server's API. Clones are cheap.
#[derive(Clone, Debug)]
pub struct Api {
    host: String,
    tokens: Tokens,
}

impl Api {
    /// Talks to `host`, for example `https://api.example.com`, with `tokens`.
    pub fn new(host: &str, tokens: Tokens) -> Self {
        Self { host: host.trim_end_matches('/').to_owned(), tokens }
    }

    /// The server, without a slash at the end.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The token it uses.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Creates a task and follows its first run. The first event is `task`.
    /// The same `idempotency_key` with the same message never runs twice.
    pub fn create_task_stream(
        &self,
        message: &str,
        idempotency_key: &str,
        deliver: impl FnMut(Delivery) + 'static,
    ) -> StreamHandle {
        self.send_message(Start::Create, message, idempotency_key, deliver)
    }

    /// Sends a follow-up and follows the run. The first event is `task`.
    pub fn follow_up_stream(
        &self,
        task_id: &TaskId,
        message: &str,
        idempotency_key: &str,
        deliver: impl FnMut(Delivery) + 'static,
    ) -> StreamHandle {
        self.send_message(Start::FollowUp(task_id.clone()), message, idempotency_key, deliver)
    }

    /// Follows a task: its history first, then the run if one is under way. With a `last_event_id` only what came after.
    pub fn watch(
        &self,
        task_id: &TaskId,
        last_event_id: Option<String>,
        deliver: impl FnMut(Delivery) + 'static,
    ) -> StreamHandle {
        let start = Start::Watch(task_id.clone());
        follow::follow(self.clone(), start, Outgoing::default(), last_event_id, deliver)
    }

    /// The messages of a task.
    pub async fn history(&self, task_id: &TaskId) -> Result<HistoryResponse, Failure> {
        let path = routes::history(&segment(task_id.as_str()));
        Ok(self.json::<Success<_>>("GET", &path, None).await?.data)
    }

    /// The user's tasks, latest activity first. `limit` is at most 100.
    pub async fn list(&self, limit: u64, offset: u64) -> Result<Page<TaskSummary>, Failure> {
        self.json("GET", &format!("{}?limit={limit}&offset={offset}", routes::TASKS), None).await
    }

    /// Cancels a task's run. The stream then ends with `done`, status `cancelled`.
    pub async fn cancel(&self, task_id: &TaskId) -> Result<(), Failure> {
        self.call("DELETE", &routes::task(&segment(task_id.as_str())), None).await.map(drop)
    }

    /// Gives a task another title, 1 to 200 characters.
    pub async fn rename(&self, task_id: &TaskId, title: &str) -> Result<(), Failure> {
        let body = to_json(&RenameTaskRequest { title: title.to_owned() });
        self.call("PATCH", &routes::task(&segment(task_id.as_str())), Some(&body)).await.map(drop)
    }

    /// Erases a task for good.
    pub async fn erase(&self, task_id: &TaskId) -> Result<(), Failure> {
        self.call("DELETE", &routes::history(&segment(task_id.as_str())), None).await.map(drop)
    }

    /// Decides about a tool call that waits.
    pub async fn approve(&self, task_id: &TaskId, call_id: &CallId, outcome: ApprovalOutcome) -> Result<(), Failure> {
        #[derive(Serialize)]
        struct Body {
            outcome: ApprovalOutcome,
        }
        let path = routes::approve(&segment(task_id.as_str()), &segment(call_id.as_str()));
        self.call("POST", &path, Some(&to_json(&Body { outcome }))).await.map(drop)
    }

    /// Branding and features of the token's app.
    pub async fn widget_config(&self) -> Result<WidgetConfig, Failure> {
        Ok(self.json::<Success<_>>("GET", routes::WIDGET_CONFIG, None).await?.data)
    }

    /// The whole address of a path.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.host)
    }

    /// Makes a request with the token. When the server refuses the token, once more with a new one.
    pub(super) async fn send(&self, call: &Call<'_>) -> Result<Reply, Failure> {
        let mut token = self.tokens.current().await.map_err(Failure::Token)?;
        let mut again = false;
        loop {
            let reply = fetch::send(call, &token).await?;
            if reply.status() != 401 {
                self.tokens.accepted(&token);
                return if reply.status() < 400 { Ok(reply) } else { Err(reply.failure().await) };
            }
            let renewed = self.tokens.refused(token, again).await;
            token = match renewed {
                Ok(token) if !again => token,
                // The page gave no way to another token, so what the server says is what there is to say.
                Ok(_) | Err(TokenFailure::NoFetchToken) => return Err(reply.failure().await),
                Err(failure) => return Err(Failure::Token(failure)),
            };
            again = true;
        }
    }

    fn send_message(
        &self,
        start: Start,
        message: &str,
        idempotency_key: &str,
        deliver: impl FnMut(Delivery) + 'static,
    ) -> StreamHandle {
        let outgoing = Outgoing { message: message.to_owned(), idempotency_key: idempotency_key.to_owned() };
        follow::follow(self.clone(), start, outgoing, None, deliver)
    }

    async fn json<T: DeserializeOwned>(
        &self,
        method: &'static str,
        path: &str,
        body: Option<&str>,
    ) -> Result<T, Failure> {
        let text = self.call(method, path, body).await?;
        sigmic_shared::json::from_str(&text).map_err(|_| Failure::Unreadable)
    }

    /// Makes a request that may be repeated: asking twice changes no more than asking once.
    async fn call(&self, method: &'static str, path: &str, body: Option<&str>) -> Result<String, Failure> {
        let call = Call { method, url: self.url(path), headers: vec![], body };
        let mut backoff = Backoff::new(RETRIES);
        loop {
            let answer = match self.send(&call).await {
                Ok(reply) => reply.text().await,
                Err(failure) => Err(failure),
            };
            match answer {
                Ok(text) => return Ok(text),
                Err(failure) => match backoff.after(&failure, js_sys::Math::random()) {
                    Some(wait_ms) => pause(wait_ms).await,
                    None => return Err(failure),
                },
            }
        }
    }
}

/// An id as a segment of a path. The page and the model's provider choose some of them.
pub(super) fn segment(id: &str) -> String {
    js_sys::encode_uri_component(id).into()
}

fn to_json(body: &impl Serialize) -> String {
    serde_json::to_string(body).unwrap_or_default()
}
