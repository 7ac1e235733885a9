//! API keys: what a project's own programs authenticate with.

use super::{
    Store, StoreError, audit,
    db::{read, write},
    version,
};
use sqlx::FromRow;
use std::collections::BTreeMap;

/// An API key. The key itself is not kept.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct ApiKeyRecord {
    /// UUIDv7.
    pub id: String,
    /// The project it opens.
    pub project_id: String,
    /// What operators call it.
    pub name: String,
    /// HMAC of the key.
    pub key_hash: Vec<u8>,
    /// Until when it counts, in milliseconds since 1970.
    pub expires_at: Option<i64>,
    /// Since when it does not count any more.
    pub revoked_at: Option<i64>,
    /// Milliseconds since 1970.
    pub created_at: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, project_id, name, key_hash, expires_at, revoked_at, created_at FROM api_keys ", $rest)
    };
}

impl Store {
    /// The key with this id.
    pub async fn find_api_key(&self, id: &str) -> Result<Option<ApiKeyRecord>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_as(select!("WHERE id = $1")).bind(id).fetch_optional(conn).await?))
    }

    /// The key with this hash.
    pub async fn find_api_key_by_hash(&self, key_hash: &[u8]) -> Result<Option<ApiKeyRecord>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_as(select!("WHERE key_hash = $1"))
            .bind(key_hash)
            .fetch_optional(conn)
            .await?))
    }

    /// All keys, or those of one project, oldest first.
    pub async fn list_api_keys(&self, project_id: Option<&str>) -> Result<Vec<ApiKeyRecord>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_as(select!("WHERE project_id = $1 OR $1 IS NULL ORDER BY created_at, id"))
            .bind(project_id)
            .fetch_all(conn)
            .await?))
    }

    /// When each key was last used, by its id. Those that never were are left out.
    pub async fn list_api_key_uses(&self) -> Result<BTreeMap<String, i64>, StoreError> {
        read!(self, |conn| {
            let uses: Vec<(String, i64)> =
                sqlx::query_as("SELECT id, last_used_at FROM api_keys WHERE last_used_at IS NOT NULL")
                    .fetch_all(conn)
                    .await?;
            Ok(uses.into_iter().collect())
        })
    }

    /// Notes when keys were used. It is no change of the configuration.
    pub async fn note_api_key_uses(&self, uses: Vec<(String, i64)>) -> Result<(), StoreError> {
        write!(self, |conn| {
            for (id, at) in uses {
                sqlx::query("UPDATE api_keys SET last_used_at = $2 WHERE id = $1 AND COALESCE(last_used_at, 0) < $2")
                    .bind(id)
                    .bind(at)
                    .execute(&mut *conn)
                    .await?;
            }
            Ok(())
        })
    }

    /// Creates a key.
    pub async fn insert_api_key(&self, key: ApiKeyRecord) -> Result<(), StoreError> {
        let note = self.note();
        write!(self, |conn| {
            sqlx::query(version::BUMP).execute(&mut *conn).await?;
            sqlx::query(
                "INSERT INTO api_keys (id, project_id, name, key_hash, expires_at, revoked_at, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(key.id)
            .bind(key.project_id)
            .bind(key.name)
            .bind(key.key_hash)
            .bind(key.expires_at)
            .bind(key.revoked_at)
            .bind(key.created_at)
            .execute(&mut *conn)
            .await?;
            audit::settle!(conn, note, true).map(drop)
        })
    }

    /// Revokes the key for good; a revoked one keeps its moment. Whether there is such a key.
    pub async fn revoke_api_key(&self, id: String, now_ms: i64) -> Result<bool, StoreError> {
        let note = self.note();
        write!(self, |conn| {
            sqlx::query(version::BUMP).execute(&mut *conn).await?;
            let revoked = sqlx::query("UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1")
                .bind(id)
                .bind(now_ms)
                .execute(&mut *conn)
                .await?;
            audit::settle!(conn, note, revoked.rows_affected() > 0)
        })
    }
}
