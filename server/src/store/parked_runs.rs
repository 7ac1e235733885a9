//! Runs that wait for somebody's approval and that no node has: a restart does not end them.

use super::{RunCheckpoint, Store, StoreError, db::write};
use sigmic_shared::TaskId;

/// A parked run that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedRun {
    /// Its number within the task.
    pub run_no: u64,
    /// When it started, in milliseconds since 1970.
    pub started_at: i64,
}

impl Store {
    /// Lets go of a run that waits for approval, with its answer as it is now. Whether it was still this node's.
    pub async fn park_run(&self, checkpoint: RunCheckpoint) -> Result<bool, StoreError> {
        let (task_id, run_no, node_id) =
            (checkpoint.task_id.0.clone(), checkpoint.run_no as i64, checkpoint.node_id.clone());
        if !self.turn_run(checkpoint, sigmic_shared::TaskStatus::AwaitingApproval).await? {
            return Ok(false);
        }
        write!(self, |conn| {
            let parked = sqlx::query(
                "UPDATE tasks SET node_id = NULL, lease_until = NULL, context_jti = NULL WHERE id = $1 AND run_no = $2 \
                 AND node_id = $3 AND lease_until IS NOT NULL AND status = 'awaiting_approval'",
            )
            .bind(task_id)
            .bind(run_no)
            .bind(node_id)
            .execute(conn)
            .await?;
            Ok(parked.rows_affected() > 0)
        })
    }

    /// Takes a parked run for a node, which has to drive it from now on. `None` when the task has none, or another was
    /// quicker.
    pub async fn take_parked_run(
        &self,
        task_id: TaskId,
        node_id: String,
        lease_until: i64,
        context_jti: Option<String>,
    ) -> Result<Option<ParkedRun>, StoreError> {
        write!(self, |conn| {
            let taken: Option<(i64, Option<i64>)> = sqlx::query_as(
                "UPDATE tasks SET node_id = $2, lease_until = $3, context_jti = $4 \
                 WHERE id = $1 AND status = 'awaiting_approval' AND lease_until IS NULL RETURNING run_no, started_at",
            )
            .bind(task_id.0)
            .bind(node_id)
            .bind(lease_until)
            .bind(context_jti)
            .fetch_optional(conn)
            .await?;
            Ok(taken.map(|(run_no, started_at)| ParkedRun {
                run_no: run_no.unsigned_abs(),
                started_at: started_at.unwrap_or_default(),
            }))
        })
    }
}
