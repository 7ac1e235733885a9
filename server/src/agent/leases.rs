//! Leases: whoever drives a run says so again and again. A run nobody speaks for is ended, its text kept.

use super::{Agent, service::Parts};
use crate::store::{StoreError, TaskRecord, TaskScope};
use sigmic_shared::{RunErrorCode, TaskId};
use std::{
    collections::HashSet,
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::time::{MissedTickBehavior, interval};

/// How long a node's word counts, in milliseconds.
pub(super) const LEASE_MS: i64 = 15_000;
const RENEW_EVERY: Duration = Duration::from_secs(5);
/// Every so many renewals, runs without a driver are looked for.
const SWEEP_EVERY: u32 = 3;

/// Runs the store believes to be driven here, though they are not: a run and its task.
pub(super) type Suspects = HashSet<(TaskId, u64)>;

/// Ends what an earlier life of this node left behind, and what other nodes let go of.
pub(super) async fn end_left_behind(agent: &Agent) -> Result<(), StoreError> {
    let now_ms = agent.clock().now_ms();
    let own = agent.store().interrupt_runs_of(agent.node_id().to_owned(), now_ms, interrupted()).await?;
    let orphans = agent.store().interrupt_orphans(now_ms, interrupted()).await?;
    if own + orphans > 0 {
        tracing::warn!(own, orphans, "ended runs that were left behind");
    }
    Ok(())
}

/// Keeps the leases of this node, until its agent is gone.
pub(super) fn keep(agent: &Agent) {
    tokio::spawn(keep_all(Arc::downgrade(agent.parts())));
}

/// The task as it is now, after its run was ended if nobody drives it any more.
pub(super) async fn settle(agent: &Agent, task: TaskRecord) -> Result<TaskRecord, StoreError> {
    let is_orphan = task.lease_until.is_some_and(|until| until < agent.clock().now_ms());
    if !is_orphan || agent.hub().control(&task.id).is_some() {
        return Ok(task);
    }
    end_orphans(agent).await?;
    let scope = TaskScope::Project { project_id: task.project_id.clone() };
    Ok(agent.store().find_task(&scope, &task.id).await?.unwrap_or(task))
}

/// Ends runs of other nodes whose leases ran out, and those of this node that the store has twice in a row and the hub
/// has not: their driver is gone, or their message was committed although the database could not say so.
pub(super) async fn sweep(agent: &Agent, suspects: &mut Suspects) -> Result<(), StoreError> {
    end_orphans(agent).await?;
    let mut found = Suspects::new();
    for (task_id, run_no) in agent.store().list_runs_of(agent.node_id()).await? {
        if agent.hub().is_live(&task_id, run_no) {
            continue;
        }
        let run = (task_id, run_no);
        if suspects.contains(&run) {
            tracing::error!(task = %run.0, run = run_no, "ended a run that nobody drove");
            agent.store().interrupt_run(run.0, run_no, agent.clock().now_ms(), interrupted()).await?;
        } else {
            found.insert(run);
        }
    }
    *suspects = found;
    Ok(())
}

async fn keep_all(parts: Weak<Parts>) {
    let mut ticks = interval(RENEW_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut suspects = Suspects::new();
    let mut round = 0;
    loop {
        ticks.tick().await;
        let Some(agent) = parts.upgrade().map(Agent::from_parts) else { return };
        round = (round + 1) % SWEEP_EVERY;
        let kept = if round == 0 { sweep(&agent, &mut suspects).await } else { renew(&agent).await };
        if let Err(error) = kept {
            tracing::warn!(%error, "leases could not be renewed");
        }
        agent.hub().forget_expired();
    }
}

async fn renew(agent: &Agent) -> Result<(), StoreError> {
    if agent.live_runs() == 0 {
        return Ok(());
    }
    agent.store().renew_leases(agent.node_id().to_owned(), agent.clock().now_ms() + LEASE_MS).await
}

async fn end_orphans(agent: &Agent) -> Result<(), StoreError> {
    // First one's own, which may have run out while the database was away.
    renew(agent).await?;
    let ended = agent.store().interrupt_orphans(agent.clock().now_ms(), interrupted()).await?;
    if ended > 0 {
        tracing::warn!(runs = ended, "ended runs whose node is gone");
    }
    Ok(())
}

fn interrupted() -> String {
    format!("{}: The server stopped before the answer was complete.", RunErrorCode::Interrupted)
}
