//! The agent with a real SQLite store, and a model and tools under the tests' control.

mod ending;
mod orphans;
mod parked;
mod running;
mod scripted;
mod tools;

use super::*;
use crate::{
    auth::context::Context,
    clock::{Clock, ClockHand},
    llm::provider::{FinishReason, ModelError, ModelErrorKind, ModelEvent, ModelMessage, ModelToolCall},
    secrets::{Keyring, keyring::generate_encryption_key},
    store::{IdempotencyKey, NewTask, ProjectRecord, Store, TaskRecord, TaskScope},
};
use scripted::{Models, Script, Tools};
use serde_json::json;
use sigmic_shared::{
    StreamEvent, TaskId, TaskStatus,
    sse::Decoder,
    tool_call::ApprovalOutcome::{self, Cancel, ProceedAlways, ProceedOnce},
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// A hang becomes a failure after this; nothing is measured.
const DEADLINE: Duration = Duration::from_secs(30);
const START_MS: i64 = 1_769_860_800_000;

/// A node with its database.
struct Node {
    agent: Agent,
    store: Store,
    models: Arc<Models>,
    tools: Arc<Tools>,
    hand: ClockHand,
    project: Arc<ProjectRecord>,
    keys: Arc<Keyring>,
    clock: Clock,
    folder: Arc<tempfile::TempDir>,
}

impl Node {
    async fn start() -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        Self::start_in(folder, "node", START_MS).await
    }

    /// A node on the database in `folder`, for instance the next life of one that died.
    async fn start_in(folder: Arc<tempfile::TempDir>, name: &str, now_ms: i64) -> Self {
        let (clock, hand) = Clock::manual(now_ms);
        let store = Store::open(None, folder.path()).await.unwrap();
        let project = project();
        store.save_project(project.clone()).await.unwrap();
        let (models, tools) = (Arc::new(Models::default()), Arc::new(Tools::default()));
        let keys = Arc::new(Keyring::parse(&generate_encryption_key(&clock)).unwrap());
        let agent =
            Agent::with(store.clone(), clock.clone(), name.into(), models.clone(), tools.clone(), keys.clone()).await;
        let (agent, project) = (agent.unwrap(), Arc::new(project));
        Self { agent, store, models, tools, hand, project, keys, clock, folder }
    }

    fn scope(&self) -> TaskScope {
        TaskScope::Project { project_id: self.project.id.clone() }
    }

    fn question(&self, message: &str) -> Question {
        let context = RunContext::Program { api_key_id: "key".into(), variables: Context::default() };
        Question {
            project: self.project.clone(),
            message: message.into(),
            context,
            idempotency: None,
            request_id: None,
        }
    }

    fn new_task(&self, id: &str) -> NewTask {
        NewTask {
            id: id.into(),
            project_id: self.project.id.clone(),
            owner: None,
            api_key_id: None,
            username: "key".into(),
            title: "title".into(),
            system_prompt: Some("Be brief.".into()),
            show_in_history: true,
            auto_execute: true,
            env: None,
        }
    }

    /// Asks in a new task and watches from the beginning.
    async fn ask(&self, task: &str, message: &str) -> Watch {
        let accepted = self.agent.create_task(self.new_task(task), self.question(message)).await.unwrap();
        assert_eq!(accepted.task_id, task.into());
        accepted.watch.unwrap()
    }

    async fn follow_up(&self, task: &str, message: &str) -> Result<Accepted, AgentError> {
        self.agent.follow_up(&self.scope(), &task.into(), self.question(message)).await
    }

    async fn approve(&self, task: &str, call: &str, outcome: ApprovalOutcome) -> Result<(), AgentError> {
        let Question { project, context, .. } = self.question("");
        let task = self.task(task).await;
        in_time(self.agent.approve(ApprovalRequest { project, task, call_id: call.into(), outcome, context })).await
    }

    async fn task(&self, id: &str) -> TaskRecord {
        self.store.find_task(&self.scope(), &TaskId::from(id)).await.unwrap().unwrap()
    }

    async fn answer(&self, id: &str) -> String {
        self.store.find_last_answer(&TaskId::from(id)).await.unwrap().unwrap().content
    }
}

fn project() -> ProjectRecord {
    ProjectRecord {
        id: "project".into(),
        name: "default".into(),
        provider: "demo".into(),
        model: "scripted".into(),
        base_url: None,
        sealed_api_key: None,
        system_prompt: "Be kind.".into(),
        auto_execute: true,
        max_steps: 5,
        context_tokens: None,
        mcp_servers: BTreeMap::from([("shop".to_owned(), json!({}))]).into(),
        tool_policies: BTreeMap::from([("shop__refund".to_owned(), "ask".to_owned())]).into(),
        branding: Default::default(),
        created_at: START_MS,
        updated_at: START_MS,
    }
}

async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, work).await.expect("it takes too long")
}

/// Returns when `holds` does. For what the store alone can tell.
async fn until(holds: impl AsyncFn() -> bool) {
    let mut looks = tokio::time::interval(Duration::from_millis(5));
    in_time(async {
        while !holds().await {
            looks.tick().await;
        }
    })
    .await;
}

/// Reads a watch until an event makes `found` true, and returns all events up to there.
async fn read_until(watch: &mut Watch, mut found: impl FnMut(&StreamEvent) -> bool) -> Vec<StreamEvent> {
    let mut decoder = Decoder::new();
    let mut events = Vec::new();
    loop {
        let bytes = in_time(watch.next()).await.expect("the watch ended too early");
        let before = events.len();
        decoder.feed(&bytes, |frame| {
            events.push(StreamEvent::from_parts(&frame.event, &frame.data).unwrap().unwrap());
        });
        if events[before..].iter().any(&mut found) {
            return events;
        }
    }
}

/// Reads a watch to its end, which `done` has to be.
async fn read(watch: &mut Watch) -> Vec<StreamEvent> {
    let events = read_until(watch, |event| matches!(event, StreamEvent::Done(_))).await;
    assert!(in_time(watch.next()).await.is_none(), "nothing follows done");
    events
}

fn text(text: &str) -> ModelEvent {
    ModelEvent::Text(text.into())
}

fn wants(id: &str, tool: &str) -> ModelEvent {
    let call = ModelToolCall { call_id: id.into(), tool_name: tool.into(), arguments: "{}".into() };
    ModelEvent::ToolCall(call)
}

fn complete() -> ModelEvent {
    ModelEvent::Finished(FinishReason::Complete)
}

/// Events as short lines.
fn lines(events: &[StreamEvent]) -> String {
    let line = |event: &StreamEvent| match event {
        StreamEvent::Content(piece) => format!("content {:?}", piece.text),
        StreamEvent::Error(error) => format!("error {}", error.code),
        StreamEvent::Done(done) => format!("done {} {:?}", done.status.as_str(), done.final_response),
        StreamEvent::Status(status) => format!("{:?}", status.status).to_lowercase(),
        StreamEvent::ToolCall(call) => format!("tool {} {:?}", call.call_id, call.status),
        StreamEvent::ToolResult(result) => format!("result {} {:?} {:?}", result.call_id, result.status, result.output),
        other => other.name().to_owned(),
    };
    events.iter().map(line).collect::<Vec<_>>().join(" | ")
}
