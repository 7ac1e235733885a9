//! Sessions: who is signed in to the Console.

use super::{
    Store, StoreError, audit,
    db::{read, write},
};
use sqlx::FromRow;

/// A session and the account it belongs to. What the cookie holds is not kept.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct SessionRecord {
    /// HMAC of what the cookie holds.
    pub token_hash: Vec<u8>,
    /// The account.
    pub account_id: String,
    /// The account's address.
    pub email: String,
    /// The account's role, as it is now.
    pub role: String,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// Milliseconds since 1970; not exact to the minute.
    pub last_seen_at: i64,
    /// Said on the next page, once.
    pub notice: Option<String>,
}

impl Store {
    /// Begins a session.
    pub async fn insert_session(
        &self,
        token_hash: Vec<u8>,
        account_id: String,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let note = self.note();
        write!(self, |conn| {
            // An account that was deleted a moment ago gets none.
            let begun = sqlx::query(
                "INSERT INTO sessions (token_hash, account_id, created_at, last_seen_at, notice) \
                 SELECT $1, id, $3, $3, NULL FROM accounts WHERE id = $2",
            )
            .bind(token_hash)
            .bind(account_id)
            .bind(now_ms)
            .execute(&mut *conn)
            .await?;
            audit::settle!(conn, note, begun.rows_affected() > 0)
        })
    }

    /// The session with this hash, however old.
    pub async fn find_session(&self, token_hash: &[u8]) -> Result<Option<SessionRecord>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_as(
            "SELECT s.token_hash, s.account_id, a.email, a.role, s.created_at, s.last_seen_at, s.notice \
             FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE s.token_hash = $1",
        )
        .bind(token_hash)
        .fetch_optional(conn)
        .await?))
    }

    /// Notes that the session was used.
    pub async fn touch_session(&self, token_hash: Vec<u8>, now_ms: i64) -> Result<(), StoreError> {
        write!(self, |conn| {
            sqlx::query("UPDATE sessions SET last_seen_at = $2 WHERE token_hash = $1")
                .bind(token_hash)
                .bind(now_ms)
                .execute(conn)
                .await?;
            Ok(())
        })
    }

    /// Sets what the session's next page says, or takes it back.
    pub async fn set_session_notice(&self, token_hash: Vec<u8>, notice: Option<String>) -> Result<(), StoreError> {
        write!(self, |conn| {
            sqlx::query("UPDATE sessions SET notice = $2 WHERE token_hash = $1")
                .bind(token_hash)
                .bind(notice)
                .execute(conn)
                .await?;
            Ok(())
        })
    }

    /// Ends a session.
    pub async fn delete_session(&self, token_hash: Vec<u8>) -> Result<(), StoreError> {
        write!(self, |conn| {
            sqlx::query("DELETE FROM sessions WHERE token_hash = $1").bind(token_hash).execute(conn).await?;
            Ok(())
        })
    }

    /// Ends all sessions of an account.
    pub async fn delete_sessions(&self, account_id: String) -> Result<(), StoreError> {
        let note = self.note();
        write!(self, |conn| {
            sqlx::query("DELETE FROM sessions WHERE account_id = $1").bind(account_id).execute(&mut *conn).await?;
            audit::settle!(conn, note, true).map(drop)
        })
    }

    /// Erases sessions that began up to one moment, or were last used up to another. How many.
    pub async fn erase_old_sessions(&self, begun_until_ms: i64, used_until_ms: i64) -> Result<u64, StoreError> {
        write!(self, |conn| {
            let erased = sqlx::query("DELETE FROM sessions WHERE created_at <= $1 OR last_seen_at <= $2")
                .bind(begun_until_ms)
                .bind(used_until_ms)
                .execute(conn)
                .await?;
            Ok(erased.rows_affected())
        })
    }
}
