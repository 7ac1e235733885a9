//! How the database and its nodes are.

use super::{
    Store, StoreError,
    db::{Db, read},
    dialect,
};
use sqlx::FromRow;

/// The database itself.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct DatabaseRecord {
    /// As it says itself.
    pub version: String,
    /// What it takes up, in bytes.
    pub size_bytes: i64,
}

/// A node that has runs under way.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct WorkingNodeRecord {
    /// Its name.
    pub node_id: String,
    /// How many.
    pub runs: i64,
    /// Until when its word counts, in milliseconds since 1970.
    pub lease_until: i64,
}

impl Store {
    /// What the database is and how large.
    pub async fn describe(&self) -> Result<DatabaseRecord, StoreError> {
        let sql = match &*self.db {
            Db::Sqlite { .. } => dialect::DESCRIBE_SQLITE,
            Db::Postgres(_) => dialect::DESCRIBE_POSTGRES,
        };
        read!(self, |conn| Ok(sqlx::query_as(sql).fetch_one(conn).await?))
    }

    /// The nodes that have runs under way, or had some when they were last heard of.
    pub async fn list_working_nodes(&self) -> Result<Vec<WorkingNodeRecord>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_as(
            "SELECT node_id, COUNT(*) AS runs, MAX(lease_until) AS lease_until FROM tasks \
             WHERE lease_until IS NOT NULL AND node_id IS NOT NULL GROUP BY node_id ORDER BY node_id"
        )
        .fetch_all(conn)
        .await?))
    }
}
