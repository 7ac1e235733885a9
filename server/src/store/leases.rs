//! Leases: a run belongs to the node that renews its lease. A run whose lease ran out is an orphan.

use super::{
    Store, StoreError,
    db::{read, write},
    ended_runs::{EndNote, Whose, note_end, returning},
};
use sigmic_shared::{TaskId, TaskStatus};

/// Ends runs under way as failed and keeps their text. Those that wait for approval are let go of instead: nothing is
/// lost as long as nobody decides, and whoever does resumes them, see [`Store::take_parked_run`].
macro_rules! interrupt {
    ($runs:literal) => {
        returning!(
            "UPDATE tasks SET node_id = NULL, lease_until = NULL, context_jti = NULL, \
             status = CASE WHEN status = 'awaiting_approval' THEN status ELSE 'failed' END, \
             error = CASE WHEN status = 'awaiting_approval' THEN error ELSE $1 END, \
             completed_at = CASE WHEN status = 'awaiting_approval' THEN completed_at ELSE $2 END, \
             last_activity_at = CASE WHEN status = 'awaiting_approval' THEN last_activity_at ELSE $2 END ",
            $runs
        )
    };
}

/// Notes the ends of the runs that were interrupted. Those let go of have not ended.
macro_rules! note_ends {
    ($conn:ident, $interrupted:ident, $now_ms:ident, $error:ident) => {
        for whose in $interrupted {
            if whose.5 != AWAITING {
                let note = EndNote { ended_at: $now_ms, error: Some($error.clone()), ..EndNote::default() };
                note_end!(&mut *$conn, whose, note);
            }
        }
    };
}

const AWAITING: &str = TaskStatus::AwaitingApproval.as_str();

impl Store {
    /// Renews the leases of all runs of a node.
    pub async fn renew_leases(&self, node_id: String, lease_until: i64) -> Result<(), StoreError> {
        write!(self, |conn| {
            sqlx::query("UPDATE tasks SET lease_until = $2 WHERE node_id = $1 AND lease_until IS NOT NULL")
                .bind(node_id)
                .bind(lease_until)
                .execute(conn)
                .await?;
            Ok(())
        })
    }

    /// Ends, or lets go of, all runs whose lease has run out. `error` is what their tasks say. How many.
    pub async fn interrupt_orphans(&self, now_ms: i64, error: String) -> Result<u64, StoreError> {
        write!(self, |conn| {
            let interrupted: Vec<Whose> = sqlx::query_as(interrupt!("WHERE lease_until < $2"))
                .bind(error.clone())
                .bind(now_ms)
                .fetch_all(&mut *conn)
                .await?;
            let count = interrupted.len() as u64;
            note_ends!(conn, interrupted, now_ms, error);
            Ok(count)
        })
    }

    /// Ends, or lets go of, all runs that an earlier life of this node left behind. How many.
    pub async fn interrupt_runs_of(&self, node_id: String, now_ms: i64, error: String) -> Result<u64, StoreError> {
        write!(self, |conn| {
            let interrupted: Vec<Whose> = sqlx::query_as(interrupt!("WHERE lease_until IS NOT NULL AND node_id = $3"))
                .bind(error.clone())
                .bind(now_ms)
                .bind(node_id)
                .fetch_all(&mut *conn)
                .await?;
            let count = interrupted.len() as u64;
            note_ends!(conn, interrupted, now_ms, error);
            Ok(count)
        })
    }

    /// Ends, or lets go of, one run with the text it has so far. Whether it was still under way.
    pub async fn interrupt_run(
        &self,
        task_id: TaskId,
        run_no: u64,
        now_ms: i64,
        error: String,
    ) -> Result<bool, StoreError> {
        write!(self, |conn| {
            let interrupted: Vec<Whose> =
                sqlx::query_as(interrupt!("WHERE lease_until IS NOT NULL AND id = $3 AND run_no = $4"))
                    .bind(error.clone())
                    .bind(now_ms)
                    .bind(task_id.0)
                    .bind(run_no as i64)
                    .fetch_all(&mut *conn)
                    .await?;
            let is_ended = !interrupted.is_empty();
            note_ends!(conn, interrupted, now_ms, error);
            Ok(is_ended)
        })
    }

    /// The runs under way that the store believes to be a node's: task and run number.
    pub async fn list_runs_of(&self, node_id: &str) -> Result<Vec<(TaskId, u64)>, StoreError> {
        let runs: Vec<(String, i64)> = read!(self, |conn| {
            sqlx::query_as("SELECT id, run_no FROM tasks WHERE lease_until IS NOT NULL AND node_id = $1")
                .bind(node_id)
                .fetch_all(conn)
                .await?
        });
        Ok(runs.into_iter().map(|(id, run_no)| (TaskId(id), run_no.unsigned_abs())).collect())
    }

    /// The node that runs the task now, if one does and its lease holds.
    pub async fn find_running_node(&self, task_id: &TaskId, now_ms: i64) -> Result<Option<String>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_scalar("SELECT node_id FROM tasks WHERE id = $1 AND lease_until >= $2")
            .bind(task_id.as_str())
            .bind(now_ms)
            .fetch_optional(conn)
            .await?))
    }
}
