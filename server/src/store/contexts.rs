//! Contexts: the env and secrets that came with one token, sealed.

use super::{
    Store, StoreError,
    db::{read, write},
};
use sigmic_shared::{AppId, EndUserId};
use sqlx::FromRow;

/// The env and secrets of one token.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct ContextRecord {
    /// The token's `jti`.
    pub jti: String,
    /// The app the token was issued for.
    #[sqlx(try_from = "String")]
    pub app_id: AppId,
    /// The end user the token was issued for.
    #[sqlx(try_from = "String")]
    pub end_user_id: EndUserId,
    /// Sealed JSON of the env, if there is any.
    pub sealed_env: Option<Vec<u8>>,
    /// Sealed JSON of the secrets, if there are any.
    pub sealed_secrets: Option<Vec<u8>>,
    /// When the token expires, in milliseconds since 1970.
    pub expires_at: i64,
}

impl Store {
    /// Keeps a context.
    pub async fn insert_context(&self, context: ContextRecord) -> Result<(), StoreError> {
        write!(self, |conn| {
            sqlx::query(
                "INSERT INTO contexts (jti, app_id, end_user_id, sealed_env, sealed_secrets, expires_at) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(context.jti)
            .bind(context.app_id.0)
            .bind(context.end_user_id.0)
            .bind(context.sealed_env)
            .bind(context.sealed_secrets)
            .bind(context.expires_at)
            .execute(conn)
            .await?;
            Ok(())
        })
    }

    /// The context of the token with this `jti`.
    pub async fn find_context(&self, jti: &str) -> Result<Option<ContextRecord>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_as(
            "SELECT jti, app_id, end_user_id, sealed_env, sealed_secrets, expires_at FROM contexts WHERE jti = $1"
        )
        .bind(jti)
        .fetch_optional(conn)
        .await?))
    }

    /// Erases contexts whose token has expired and with which nothing runs any more. How many.
    pub async fn erase_expired_contexts(&self, now_ms: i64) -> Result<u64, StoreError> {
        write!(self, |conn| {
            let erased = sqlx::query(
                "DELETE FROM contexts WHERE expires_at <= $1 AND jti NOT IN \
                 (SELECT context_jti FROM tasks WHERE lease_until IS NOT NULL AND context_jti IS NOT NULL)",
            )
            .bind(now_ms)
            .execute(conn)
            .await?;
            Ok(erased.rows_affected())
        })
    }
}
