//! Requests that carried an `Idempotency-Key`: the same key gives the same answer for a day.

use super::{Store, StoreError, db::write};

/// A key as one caller sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Who sent it: keys of two callers never meet.
    pub caller: String,
    /// The key.
    pub key: String,
    /// SHA-256 of the request.
    pub request_hash: Vec<u8>,
}

/// Takes the key for the run about to start..
pub(super) const TAKE: &str = "INSERT INTO idempotency_keys (caller, key, request_hash, task_id, run_no, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (caller, key) DO NOTHING";

/// What an earlier request with the key started.
pub(super) const FIND: &str =
    "SELECT request_hash, task_id, run_no FROM idempotency_keys WHERE caller = $1 AND key = $2";

impl Store {
    /// Forgets keys taken before `before_ms`. How many.
    pub async fn forget_idempotency_keys(&self, before_ms: i64) -> Result<u64, StoreError> {
        write!(self, |conn| {
            let forgotten =
                sqlx::query("DELETE FROM idempotency_keys WHERE created_at < $1").bind(before_ms).execute(conn).await?;
            Ok(forgotten.rows_affected())
        })
    }
}
