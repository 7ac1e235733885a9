//! The two databases behind one handle, and the dispatch between them.

use super::{AuditRecord, StoreError, dialect, writer::Writer};
use sqlx::{PgPool, SqlitePool};
use std::{fs::DirBuilder, os::unix::fs::DirBuilderExt, path::Path, str::FromStr, sync::Arc};

/// A cheap handle on the database.
#[derive(Clone)]
pub struct Store {
    pub(super) db: Arc<Db>,
    /// Added to the audit log with the next change, see [`Store::noting`].
    pub(super) note: Option<Arc<AuditRecord>>,
}

/// The database in use.
pub(super) enum Db {
    /// One connection writes, several read.
    Sqlite {
        readers: SqlitePool,
        writer: Writer,
    },
    Postgres(PgPool),
}

/// Runs one read. The body is compiled for both databases; `$conn` is a connection of either.
macro_rules! read {
    ($store:expr, |$conn:ident| $body:expr) => {
        match &*$store.db {
            $crate::store::db::Db::Sqlite { readers, .. } => {
                let mut guard = readers.acquire().await.map_err($crate::store::StoreError::no_connection)?;
                let $conn: &mut sqlx::SqliteConnection = &mut guard;
                $body
            }
            $crate::store::db::Db::Postgres(pool) => {
                let mut guard = pool.acquire().await.map_err($crate::store::StoreError::no_connection)?;
                let $conn: &mut sqlx::PgConnection = &mut guard;
                $body
            }
        }
    };
}

/// Runs one write as a transaction that is committed, and synced, when this returns. The body owns
/// what it uses, is compiled for both databases, and uses `?` on [`sqlx::Error`] only: a refusal is
/// an answer, not an error, and is decided before the body's first write.
macro_rules! write {
    ($store:expr, |$conn:ident| $body:block) => {
        match &*$store.db {
            $crate::store::db::Db::Sqlite { writer, .. } => {
                writer
                    .run(move |$conn: &mut sqlx::SqliteConnection| {
                        Box::pin(async move { $body }) as futures::future::BoxFuture<'_, Result<_, sqlx::Error>>
                    })
                    .await
            }
            $crate::store::db::Db::Postgres(pool) => {
                let mut transaction = pool.begin().await.map_err($crate::store::StoreError::no_connection)?;
                let outcome: Result<_, sqlx::Error> = {
                    let $conn: &mut sqlx::PgConnection = &mut transaction;
                    async move { $body }.await
                };
                match outcome {
                    Ok(value) => transaction.commit().await.map(|()| value).map_err($crate::store::StoreError::from),
                    Err(error) => Err($crate::store::StoreError::from(error)),
                }
            }
        }
    };
}

pub(super) use {read, write};

impl Store {
    /// Opens the database at `url`, or SQLite's file in `data_dir` without one, and brings its
    /// schema up to date.
    pub async fn open(url: Option<&str>, data_dir: &Path) -> Result<Self, StoreError> {
        match url {
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Self::open_postgres(url).await
            }
            Some(url) => {
                Self::open_sqlite(Path::new(url.trim_start_matches("sqlite://").trim_start_matches("sqlite:"))).await
            }
            None => Self::open_sqlite(&data_dir.join("sigmic.db")).await,
        }
    }

    /// `sqlite` or `postgres`.
    pub fn kind(&self) -> &'static str {
        match &*self.db {
            Db::Sqlite { .. } => "sqlite",
            Db::Postgres(_) => "postgres",
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        read!(self, |conn| sqlx::query("SELECT 1").execute(conn).await.map(|_| ()).map_err(StoreError::from))
    }

    /// Waits for writes under way and closes all connections.
    pub async fn close(&self) {
        match &*self.db {
            Db::Sqlite { readers, writer } => {
                writer.close().await;
                readers.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }

    async fn open_sqlite(path: &Path) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent() {
            create_private_folder(folder)
                .map_err(|error| StoreError::Unusable(format!("cannot create {}: {error}", folder.display())))?;
        }
        let mut connection = dialect::connect_sqlite(path).await?;
        {
            // Two processes that start at once must not both apply the same migration.
            let _guard = dialect::lock_beside(path).await?;
            sqlx::migrate!("migrations/sqlite").run(&mut connection).await.map_err(unusable)?;
        }
        let readers = dialect::sqlite_readers(path).await?;
        Ok(Self { db: Arc::new(Db::Sqlite { readers, writer: Writer::start(connection) }), note: None })
    }

    async fn open_postgres(url: &str) -> Result<Self, StoreError> {
        let options = sqlx::postgres::PgConnectOptions::from_str(url)
            .map_err(|_| StoreError::Unusable("DATABASE_URL is not a valid postgres:// URL".into()))?;
        let place = format!("{}:{}/{}", options.get_host(), options.get_port(), options.get_database().unwrap_or(""));
        let unreachable =
            |error| StoreError::Unusable(format!("DATABASE_URL: the database at {place} cannot be used: {error}"));
        let pool = dialect::postgres_pool(options).await.map_err(unreachable)?;
        sqlx::migrate!("migrations/postgres").run(&pool).await.map_err(unusable)?;
        Ok(Self { db: Arc::new(Db::Postgres(pool)), note: None })
    }
}

/// Makes a folder, if it is not there, that only this user may look into: it holds conversations.
pub fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn unusable(error: sqlx::migrate::MigrateError) -> StoreError {
    StoreError::Unusable(format!("the database's schema could not be brought up to date: {error}"))
}
