//! Accounts: who may sign in to the Console.

use super::{
    Store, StoreError, audit,
    db::{read, write},
    version,
};
use sqlx::FromRow;

/// An account.
#[derive(Clone, PartialEq, FromRow)]
pub struct AccountRecord {
    /// UUIDv7.
    pub id: String,
    /// Unique, in lower case.
    pub email: String,
    /// `owner`, `editor` or `viewer`.
    pub role: String,
    /// argon2id, with its salt and parameters.
    pub password_hash: String,
    /// Milliseconds since 1970.
    pub created_at: i64,
}

/// Without the hash, which is worth guessing at.
impl std::fmt::Debug for AccountRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountRecord").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, email, role, password_hash, created_at FROM accounts ", $rest)
    };
}

impl Store {
    /// The account with this id.
    pub async fn find_account(&self, id: &str) -> Result<Option<AccountRecord>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_as(select!("WHERE id = $1")).bind(id).fetch_optional(conn).await?))
    }

    /// The account with this address, in lower case.
    pub async fn find_account_by_email(&self, email: &str) -> Result<Option<AccountRecord>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_as(select!("WHERE email = $1")).bind(email).fetch_optional(conn).await?))
    }

    /// All accounts, by address.
    pub async fn list_accounts(&self) -> Result<Vec<AccountRecord>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_as(select!("ORDER BY email")).fetch_all(conn).await?))
    }

    /// Whether there is an account at all.
    pub async fn has_accounts(&self) -> Result<bool, StoreError> {
        read!(self, |conn| {
            let any: Option<i64> =
                sqlx::query_scalar("SELECT created_at FROM accounts LIMIT 1").fetch_optional(conn).await?;
            Ok(any.is_some())
        })
    }

    /// Creates an account. False, and nothing done, when its address is taken.
    pub async fn insert_account(&self, account: AccountRecord) -> Result<bool, StoreError> {
        let note = self.note();
        write!(self, |conn| {
            let inserted = sqlx::query(
                "INSERT INTO accounts (id, email, role, password_hash, created_at) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (email) DO NOTHING",
            )
            .bind(account.id)
            .bind(account.email)
            .bind(account.role)
            .bind(account.password_hash)
            .bind(account.created_at)
            .execute(&mut *conn)
            .await?;
            audit::settle!(conn, note, inserted.rows_affected() > 0)
        })
    }

    /// Creates the very first account. False, and nothing done, when there is one.
    pub async fn insert_first_account(&self, account: AccountRecord) -> Result<bool, StoreError> {
        let note = self.note();
        write!(self, |conn| {
            // Postgres lets two see that there is none: the lock on this row makes the second wait for the first.
            sqlx::query(version::BUMP).execute(&mut *conn).await?;
            let inserted = sqlx::query(
                "INSERT INTO accounts (id, email, role, password_hash, created_at) \
                 SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (SELECT 1 FROM accounts)",
            )
            .bind(account.id)
            .bind(account.email)
            .bind(account.role)
            .bind(account.password_hash)
            .bind(account.created_at)
            .execute(&mut *conn)
            .await?;
            audit::settle!(conn, note, inserted.rows_affected() > 0)
        })
    }

    /// Replaces an account's password and ends all its sessions. Whether there is such an account.
    pub async fn set_password(&self, account_id: String, password_hash: String) -> Result<bool, StoreError> {
        let note = self.note();
        write!(self, |conn| {
            let set = sqlx::query("UPDATE accounts SET password_hash = $2 WHERE id = $1")
                .bind(account_id.clone())
                .bind(password_hash)
                .execute(&mut *conn)
                .await?;
            sqlx::query("DELETE FROM sessions WHERE account_id = $1").bind(account_id).execute(&mut *conn).await?;
            audit::settle!(conn, note, set.rows_affected() > 0)
        })
    }

    /// Deletes an account and ends its sessions. Whether there was one.
    pub async fn delete_account(&self, account_id: String) -> Result<bool, StoreError> {
        let note = self.note();
        write!(self, |conn| {
            let deleted =
                sqlx::query("DELETE FROM accounts WHERE id = $1").bind(account_id).execute(&mut *conn).await?;
            audit::settle!(conn, note, deleted.rows_affected() > 0)
        })
    }
}
