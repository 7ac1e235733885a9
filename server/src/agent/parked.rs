//! Runs that wait for somebody's approval and that no node has: resumed by whoever decides, or cancelled.

use super::{
    Agent,
    driver::{Assignment, Driver, Opening},
    hub::{Approval, Control, Ruling, seq_after},
    launch::AgentError,
    leases::LEASE_MS,
    run_context::RunContext,
};
use crate::store::{MessageRecord, ProjectRecord, RunCheckpoint, RunEnd, StoreError, TaskRecord, ToolCallRecord};
use sigmic_shared::{CallId, Role, TaskId, TaskStatus, ToolCallStatus, stream::Usage, tool_call::ApprovalOutcome};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// A decision about a tool call that waits for it.
#[derive(Clone, Debug)]
pub struct ApprovalRequest {
    /// The task's project, as it is configured now.
    pub project: Arc<ProjectRecord>,
    /// The task, which the caller may see.
    pub task: TaskRecord,
    /// The call.
    pub call_id: CallId,
    /// The decision.
    pub outcome: ApprovalOutcome,
    /// Whoever decides: a run that is resumed goes on with their context.
    pub context: RunContext,
}

/// Decides where the run is: here, or in the store.
pub(super) async fn approve(agent: Agent, request: ApprovalRequest) -> Result<(), AgentError> {
    let task_id = &request.task.id;
    // The second time the run is here, whoever has resumed it.
    for _ in 0..2 {
        agent.hub().settled(task_id).await;
        if let Some(control) = agent.hub().control(task_id) {
            match tell(&control, request.call_id.clone(), request.outcome).await {
                Some(Ruling::Decided) => return Ok(()),
                Some(Ruling::NotAwaiting) => return Err(AgentError::NotAwaiting),
                // It may be of an earlier run.
                Some(Ruling::UnknownCall) => {}
                // What it has to store comes before anything that is done to it here.
                None => control.closed().await,
            }
        }
        let messages = agent.store().list_messages(task_id).await?;
        let mut calls = messages.iter().flat_map(|message| &*message.tool_calls).map(|record| &record.call);
        let call = calls.find(|call| call.call_id == request.call_id).ok_or(AgentError::NoSuchCall)?;
        if call.status != ToolCallStatus::AwaitingApproval {
            return Err(AgentError::NotAwaiting);
        }
        resume(&agent, &request).await?;
    }
    Err(AgentError::Elsewhere)
}

/// Cancels the run, if no node has it.
pub(super) async fn cancel(agent: &Agent, task_id: &TaskId) -> Result<(), StoreError> {
    // Whoever decides meanwhile waits, and then finds it cancelled.
    let _announcement = agent.hub().announce(task_id.clone());
    let Some((run_no, _)) = take(agent, task_id, None).await? else { return Ok(()) };
    let Some(answer) = agent.store().find_last_answer(task_id).await? else { return Ok(()) };
    let calls = answer.tool_calls.0.into_iter().map(cancelled);
    let answer = RunCheckpoint {
        task_id: task_id.clone(),
        answer_id: answer.id,
        text: answer.content,
        thoughts: answer.thoughts.0,
        tool_calls: calls.collect(),
        run_no,
        node_id: agent.node_id().to_owned(),
        now_ms: agent.clock().now_ms(),
    };
    let end =
        RunEnd { answer, status: TaskStatus::Cancelled, error: None, usage: Usage::default(), first_sign_at: None };
    agent.store().finish_run(end).await.map(drop)
}

/// Takes the run and drives it, unless somebody else was quicker.
async fn resume(agent: &Agent, request: &ApprovalRequest) -> Result<(), AgentError> {
    if agent.is_stopping() {
        return Err(AgentError::Stopping);
    }
    let task_id = request.task.id.clone();
    let announcement = agent.hub().announce(task_id.clone());
    let Some((run_no, started_at)) = take(agent, &task_id, request.context.jti()).await? else { return Ok(()) };
    // Read now that nobody else writes it. Should that fail, the lease is let go of in a while.
    let messages = agent.store().list_messages(&task_id).await?;
    let Some(answer_id) = last_answer(&messages) else { return Ok(()) };
    tracing::info!(task = %task_id, run = run_no, "a run that waited for approval is resumed");
    let last_seq = seq_after(agent.clock().now_ms() - started_at);
    let (publisher, _, control) = agent.hub().reopen(task_id.clone(), run_no, answer_id.clone(), last_seq);
    drop(announcement);
    let assignment = Assignment {
        task_id,
        run_no,
        answer_id,
        project: request.project.clone(),
        context: request.context.clone(),
        opening: Opening::Parked { task: Box::new(request.task.clone()), messages },
    };
    agent.spawn(Driver::drive(agent.clone(), assignment, publisher, control));
    Ok(())
}

async fn take(agent: &Agent, task_id: &TaskId, jti: Option<&str>) -> Result<Option<(u64, i64)>, StoreError> {
    let lease_until = agent.clock().now_ms() + LEASE_MS;
    let (node_id, jti) = (agent.node_id().to_owned(), jti.map(str::to_owned));
    let taken = agent.store().take_parked_run(task_id.clone(), node_id, lease_until, jti).await?;
    Ok(taken.map(|run| (run.run_no, run.started_at)))
}

/// Tells a run that is under way. `None` when it has ended.
async fn tell(control: &mpsc::UnboundedSender<Control>, call_id: CallId, outcome: ApprovalOutcome) -> Option<Ruling> {
    let (reply, ruling) = oneshot::channel();
    control.send(Control::Decide(Box::new(Approval { call_id, outcome, reply }))).ok()?;
    ruling.await.ok()
}

fn last_answer(messages: &[MessageRecord]) -> Option<sigmic_shared::MessageId> {
    messages.iter().rfind(|message| message.role == Role::Assistant).map(|message| message.id.clone())
}

fn cancelled(mut record: ToolCallRecord) -> ToolCallRecord {
    if matches!(record.call.status, ToolCallStatus::Executing | ToolCallStatus::AwaitingApproval) {
        record.call.status = ToolCallStatus::Cancelled;
        record.call.output = Some("The run ended before this call did.".to_owned());
    }
    record
}
