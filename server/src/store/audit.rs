//! The audit log: who changed what, and when. It is only ever added to.

use super::{Store, StoreError, db::read};
use sqlx::FromRow;
use std::sync::Arc;

/// One entry.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct AuditRecord {
    /// UUIDv7.
    pub id: String,
    /// Milliseconds since 1970.
    pub at: i64,
    /// An account's email, or the command line.
    pub actor: String,
    /// What was done, such as `app.created`.
    pub action: String,
    /// The id of what it was done to.
    pub subject: String,
    /// Its name at that time.
    pub subject_name: String,
    /// Further words; never a secret.
    pub detail: String,
}

/// Which entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Those of this person.
    pub actor: Option<String>,
    /// Those about this kind of thing: what stands before the dot of an action.
    pub kind: Option<String>,
    /// Those about the thing with this id.
    pub subject: Option<String>,
    /// Those before the entry with this id.
    pub before: Option<String>,
}

pub(super) const INSERT: &str = "INSERT INTO audit_log (id, at, actor, action, subject, subject_name, detail) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// The end of a write that may be noted: adds the note, if something was done, in the write's own
/// transaction. Gives whether something was done.
macro_rules! settle {
    ($conn:ident, $note:ident, $done:expr) => {{
        let done = $done;
        if let Some(note) = $note.filter(|_| done) {
            sqlx::query($crate::store::audit::INSERT)
                .bind(note.id.clone())
                .bind(note.at)
                .bind(note.actor.clone())
                .bind(note.action.clone())
                .bind(note.subject.clone())
                .bind(note.subject_name.clone())
                .bind(note.detail.clone())
                .execute(&mut *$conn)
                .await?;
        }
        Ok(done)
    }};
}

pub(super) use settle;

impl Store {
    /// The same store, whose next change of accounts, sessions, projects, apps or keys is noted: both are kept, or
    /// neither is.
    pub fn noting(&self, note: AuditRecord) -> Self {
        Self { db: self.db.clone(), note: Some(Arc::new(note)) }
    }

    /// Entries, the newest first.
    pub async fn list_audit(&self, filter: &AuditFilter, limit: i64) -> Result<Vec<AuditRecord>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_as(
            "SELECT id, at, actor, action, subject, subject_name, detail FROM audit_log \
             WHERE (id < $1 OR $1 IS NULL) AND (actor = $2 OR $2 IS NULL) AND (action LIKE $3 OR $3 IS NULL) \
             AND (subject = $4 OR $4 IS NULL) ORDER BY id DESC LIMIT $5",
        )
        .bind(filter.before.as_deref())
        .bind(filter.actor.as_deref())
        .bind(filter.kind.as_ref().map(|kind| format!("{kind}.%")))
        .bind(filter.subject.as_deref())
        .bind(limit)
        .fetch_all(conn)
        .await?))
    }

    /// Everybody who is in the log, whether or not they still have an account.
    pub async fn list_audit_actors(&self) -> Result<Vec<String>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_scalar("SELECT DISTINCT actor FROM audit_log ORDER BY actor")
            .fetch_all(conn)
            .await?))
    }

    pub(super) fn note(&self) -> Option<Arc<AuditRecord>> {
        self.note.clone()
    }
}
