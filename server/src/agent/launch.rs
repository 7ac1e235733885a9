//! How a message becomes a run: recorded first, driven after.

use super::{
    Agent,
    driver::{Assignment, Driver, Opening},
    hub::Watch,
    leases::LEASE_MS,
    run_context::RunContext,
};
use crate::store::{IdempotencyKey, NewRun, NewTask, ProjectRecord, RunStart, StoreError, TaskScope};
use sigmic_shared::{MessageId, TaskId};
use std::sync::Arc;

/// A write that was rolled back because of another one beside it is tried again this often.
const ATTEMPTS: u32 = 3;

/// A message to accept and answer.
#[derive(Clone, Debug)]
pub struct Question {
    /// The project whose agent answers, as it is configured now.
    pub project: Arc<ProjectRecord>,
    /// What the user wrote.
    pub message: String,
    /// Whom the run works for.
    pub context: RunContext,
    /// The request's idempotency key.
    pub idempotency: Option<IdempotencyKey>,
    /// The request, as the log names it.
    pub request_id: Option<String>,
}

/// A message that was accepted. It is committed, and its answer is under way.
pub struct Accepted {
    /// The task it belongs to.
    pub task_id: TaskId,
    /// The run that answers it.
    pub run_no: u64,
    /// The id it got; `None` when the request was a repetition.
    pub user_message_id: Option<MessageId>,
    /// The run from its very beginning; `None` when a repeated request's run is no longer known here.
    pub watch: Option<Watch>,
    /// Whether the same request was accepted before, so that nothing was done.
    pub repeated: bool,
}

/// Why a message was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// This server is stopping and takes no more messages.
    #[error("the server is stopping")]
    Stopping,
    /// The scope holds no such task.
    #[error("no such task")]
    NotFound,
    /// The task's last run is still under way.
    #[error("the task is still running")]
    Running,
    /// The task has no such tool call.
    #[error("no such tool call")]
    NoSuchCall,
    /// The tool call does not wait for approval.
    #[error("the tool call does not wait for approval")]
    NotAwaiting,
    /// Another node has the run.
    #[error("another node has the run")]
    Elsewhere,
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// It could not be recorded.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where the message goes.
pub(super) enum Destination {
    New(NewTask),
    Existing(TaskScope, TaskId),
}

/// Records the message and starts its run. Has to run to its end even if whoever asked is gone: a message that was
/// recorded has to be answered.
pub(super) async fn launch(agent: Agent, to: Destination, question: Question) -> Result<Accepted, AgentError> {
    let task_id = to.task_id().clone();
    let announcement = agent.hub().announce(task_id.clone());
    let new_id = || MessageId(agent.clock().new_uuid_v7().to_string());
    let (user_message_id, answer_id) = (new_id(), new_id());
    let run_no = match record(&agent, &to, &question, &user_message_id, &answer_id).await? {
        RunStart::Started { run_no } => run_no,
        RunStart::Running => return Err(AgentError::Running),
        RunStart::NotFound => return Err(AgentError::NotFound),
        RunStart::Repeated { same_request: false, .. } => return Err(AgentError::KeyReused),
        RunStart::Repeated { task_id, run_no, .. } => {
            drop(announcement);
            agent.hub().settled(&task_id).await;
            let watch = agent.hub().watch_run(&task_id, run_no);
            return Ok(Accepted { task_id, run_no, user_message_id: None, watch, repeated: true });
        }
    };
    let (publisher, watch, control) = agent.hub().open(task_id.clone(), run_no, answer_id.clone());
    drop(announcement);
    let Question { project, message, context, .. } = question;
    let opening = match to {
        Destination::New(task) => {
            Opening::Fresh { message, system_prompt: task.system_prompt, auto_execute: task.auto_execute }
        }
        Destination::Existing(..) => Opening::Continued,
    };
    let assignment = Assignment { task_id: task_id.clone(), run_no, answer_id, project, context, opening };
    agent.spawn(Driver::drive(agent.clone(), assignment, publisher, control));
    Ok(Accepted { task_id, run_no, user_message_id: Some(user_message_id), watch: Some(watch), repeated: false })
}

async fn record(
    agent: &Agent,
    to: &Destination,
    question: &Question,
    user_message_id: &MessageId,
    answer_id: &MessageId,
) -> Result<RunStart, StoreError> {
    let mut attempt = 1;
    loop {
        let now_ms = agent.clock().now_ms();
        let run = NewRun {
            message: question.message.clone(),
            attached_files: Vec::new(),
            user_message_id: user_message_id.clone(),
            answer_id: answer_id.clone(),
            context_jti: question.context.jti().map(str::to_owned),
            node_id: agent.node_id().to_owned(),
            lease_until: now_ms + LEASE_MS,
            idempotency: question.idempotency.clone(),
            request_id: question.request_id.clone(),
            now_ms,
        };
        let recorded = match to {
            Destination::New(task) => agent.store().create_task(task.clone(), run).await,
            Destination::Existing(scope, task_id) => agent.store().begin_run(scope, task_id, run).await,
        };
        match recorded {
            Err(StoreError::RolledBack) if attempt < ATTEMPTS => attempt += 1,
            recorded => return recorded,
        }
    }
}

impl Destination {
    fn task_id(&self) -> &TaskId {
        match self {
            Self::New(task) => &task.id,
            Self::Existing(_, task_id) => task_id,
        }
    }
}
