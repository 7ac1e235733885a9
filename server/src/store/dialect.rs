//! The few lines in which the two databases differ: how they are opened, and what they say of themselves.

use super::StoreError;
use sqlx::{
    ConnectOptions, PgPool, SqliteConnection, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{fs::File, path::Path, time::Duration};

/// How long to wait for a connection, or for another process that writes.
const PATIENCE: Duration = Duration::from_secs(5);
const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 16;

/// Version and size.
pub(super) const DESCRIBE_SQLITE: &str = "SELECT sqlite_version() AS version, page_count * page_size AS size_bytes \
     FROM pragma_page_count(), pragma_page_size()";
pub(super) const DESCRIBE_POSTGRES: &str = "SELECT current_setting('server_version') AS version, \
     pg_database_size(current_database()) AS size_bytes";

/// The connection that writes. `synchronous=FULL`: what was acknowledged survives a power cut.
pub(super) async fn connect_sqlite(path: &Path) -> Result<SqliteConnection, StoreError> {
    Ok(sqlite(path).create_if_missing(true).synchronous(SqliteSynchronous::Full).connect().await?)
}

/// The connections that read.
pub(super) async fn sqlite_readers(path: &Path) -> Result<SqlitePool, StoreError> {
    Ok(SqlitePoolOptions::new()
        .max_connections(SQLITE_READERS)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .connect_with(sqlite(path).read_only(true))
        .await?)
}

/// A lock between processes, held until it is dropped. Waiting for it leaves the thread to others.
pub(super) async fn lock_beside(path: &Path) -> Result<File, StoreError> {
    let place = path.with_extension("db.lock");
    let unusable = |error| StoreError::Unusable(format!("cannot lock {}: {error}", place.display()));
    let file = File::options().create(true).truncate(false).write(true).open(&place).map_err(unusable)?;
    let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
    locked.map_err(std::io::Error::other).and_then(|locked| locked).map_err(unusable)
}

/// Connections to Postgres.
pub(super) async fn postgres_pool(options: PgConnectOptions) -> Result<PgPool, sqlx::Error> {
    PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .connect_with(options.log_statements(log::LevelFilter::Trace).application_name("sigmic"))
        .await
}

fn sqlite(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        .log_statements(log::LevelFilter::Trace)
}
