//! Widget apps: who may trade credentials for tokens, and where those may be used.

use super::Json;
use super::{
    Store, StoreError, audit,
    db::{read, write},
    version,
};
use sigmic_shared::AppId;
use sqlx::FromRow;

/// A widget app.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct AppRecord {
    /// Its public id.
    #[sqlx(try_from = "String")]
    pub app_id: AppId,
    /// The project whose agent answers.
    pub project_id: String,
    /// What operators call it.
    pub name: String,
    /// Serialised origins; empty: not looked at; `*`: any.
    pub allowed_origins: Json<Vec<String>>,
    /// HMAC of the secret.
    pub secret_hash: Vec<u8>,
    /// HMAC of the secret being replaced.
    pub old_secret_hash: Option<Vec<u8>>,
    /// Until when the old secret counts, in milliseconds since 1970.
    pub old_secret_until: Option<i64>,
    /// Whether it is switched off.
    pub disabled: bool,
    /// Milliseconds since 1970.
    pub created_at: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT app_id, project_id, name, allowed_origins, secret_hash, old_secret_hash, old_secret_until, \
             disabled, created_at FROM apps ",
            $rest
        )
    };
}

const UPSERT: &str = "INSERT INTO apps (app_id, project_id, name, allowed_origins, secret_hash, old_secret_hash, \
     old_secret_until, disabled, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
     ON CONFLICT (app_id) DO UPDATE SET name = excluded.name, allowed_origins = excluded.allowed_origins, \
     secret_hash = excluded.secret_hash, old_secret_hash = excluded.old_secret_hash, \
     old_secret_until = excluded.old_secret_until, disabled = excluded.disabled";

impl Store {
    /// The app with this id.
    pub async fn find_app(&self, app_id: &AppId) -> Result<Option<AppRecord>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_as(select!("WHERE app_id = $1"))
            .bind(app_id.as_str())
            .fetch_optional(conn)
            .await?))
    }

    /// All apps, or those of one project, oldest first.
    pub async fn list_apps(&self, project_id: Option<&str>) -> Result<Vec<AppRecord>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_as(select!(
            "WHERE project_id = $1 OR $1 IS NULL ORDER BY created_at, app_id"
        ))
        .bind(project_id)
        .fetch_all(conn)
        .await?))
    }

    /// Creates the app or replaces the one with its id.
    pub async fn save_app(&self, app: AppRecord) -> Result<(), StoreError> {
        let note = self.note();
        write!(self, |conn| {
            sqlx::query(version::BUMP).execute(&mut *conn).await?;
            sqlx::query(UPSERT)
                .bind(app.app_id.0)
                .bind(app.project_id)
                .bind(app.name)
                .bind(app.allowed_origins)
                .bind(app.secret_hash)
                .bind(app.old_secret_hash)
                .bind(app.old_secret_until)
                .bind(app.disabled)
                .bind(app.created_at)
                .execute(&mut *conn)
                .await?;
            audit::settle!(conn, note, true).map(drop)
        })
    }

    /// Replaces the secret; the present one counts until `old_until_ms`. Whether there is such an app.
    pub async fn replace_app_secret(
        &self,
        app_id: AppId,
        secret_hash: Vec<u8>,
        old_until_ms: i64,
    ) -> Result<bool, StoreError> {
        let note = self.note();
        write!(self, |conn| {
            sqlx::query(version::BUMP).execute(&mut *conn).await?;
            let replaced = sqlx::query(
                "UPDATE apps SET old_secret_hash = secret_hash, old_secret_until = $3, secret_hash = $2 \
                 WHERE app_id = $1",
            )
            .bind(app_id.0)
            .bind(secret_hash)
            .bind(old_until_ms)
            .execute(&mut *conn)
            .await?;
            audit::settle!(conn, note, replaced.rows_affected() > 0)
        })
    }

    /// Replaces the name. Whether there is such an app.
    pub async fn rename_app(&self, app_id: AppId, name: String) -> Result<bool, StoreError> {
        let note = self.note();
        write!(self, |conn| {
            sqlx::query(version::BUMP).execute(&mut *conn).await?;
            let set = sqlx::query("UPDATE apps SET name = $2 WHERE app_id = $1")
                .bind(app_id.0)
                .bind(name)
                .execute(&mut *conn)
                .await?;
            audit::settle!(conn, note, set.rows_affected() > 0)
        })
    }

    /// Replaces the origins that may use an app. Whether there is such an app.
    pub async fn set_app_origins(&self, app_id: AppId, origins: Vec<String>) -> Result<bool, StoreError> {
        let note = self.note();
        write!(self, |conn| {
            sqlx::query(version::BUMP).execute(&mut *conn).await?;
            let set = sqlx::query("UPDATE apps SET allowed_origins = $2 WHERE app_id = $1")
                .bind(app_id.0)
                .bind(Json(origins))
                .execute(&mut *conn)
                .await?;
            audit::settle!(conn, note, set.rows_affected() > 0)
        })
    }

    /// Switches the app off or on. Whether there is such an app.
    pub async fn set_app_disabled(&self, app_id: AppId, disabled: bool) -> Result<bool, StoreError> {
        let note = self.note();
        write!(self, |conn| {
            sqlx::query(version::BUMP).execute(&mut *conn).await?;
            let set = sqlx::query("UPDATE apps SET disabled = $2 WHERE app_id = $1")
                .bind(app_id.0)
                .bind(disabled)
                .execute(&mut *conn)
                .await?;
            audit::settle!(conn, note, set.rows_affected() > 0)
        })
    }

    /// Deletes the app. Its conversations stay with the project. Whether there was one.
    pub async fn delete_app(&self, app_id: AppId) -> Result<bool, StoreError> {
        let note = self.note();
        write!(self, |conn| {
            sqlx::query(version::BUMP).execute(&mut *conn).await?;
            let deleted = sqlx::query("DELETE FROM apps WHERE app_id = $1").bind(app_id.0).execute(&mut *conn).await?;
            audit::settle!(conn, note, deleted.rows_affected() > 0)
        })
    }
}
