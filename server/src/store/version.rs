//! The counter of changes to projects, apps and keys.

use super::{Store, StoreError, db::read};

/// Put in front of every change of the configuration, in the same transaction.
pub(super) const BUMP: &str = "UPDATE config_version SET version = version + 1 WHERE id = 1";

impl Store {
    /// Changes whenever a project, an app or a key does, in whichever process.
    pub async fn config_version(&self) -> Result<i64, StoreError> {
        read!(self, |conn| Ok(sqlx::query_scalar("SELECT version FROM config_version WHERE id = 1")
            .fetch_one(conn)
            .await?))
    }
}
