//! A real Postgres, from Debian's package, in a temporary folder.
//!
//! Every test runs in a process of its own, so the first one that needs Postgres starts it and the
//! others find it. A small watchdog ends it once no test has used it for a while. Two locked files
//! keep this in order: `starting` is held by whoever starts or ends the cluster, `users` is held
//! (shared) by every process that uses it, for as long as that process lives.

mod cluster;

use sqlx::{Connection, PgConnection};
use std::{fs::File, sync::OnceLock};

/// A fresh, empty database, dropped when this is.
#[derive(Debug)]
pub struct Database {
    url: String,
    name: String,
    cluster_url: String,
}

impl Database {
    /// Makes a database in the cluster that all tests share.
    pub async fn create() -> Self {
        let cluster_url = tokio::task::spawn_blocking(|| cluster_url().to_owned()).await.expect("the cluster starts");
        let name = format!("test_{}", uuid::Uuid::now_v7().simple());
        execute(&cluster_url, format!("CREATE DATABASE {name}")).await;
        Self { url: format!("{cluster_url}/{name}"), name, cluster_url }
    }

    /// What `DATABASE_URL` has to be.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends all connections and takes no new ones, as if Postgres were stopped.
    pub async fn go_away(&self) {
        let name = &self.name;
        execute(&self.cluster_url, format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
        let others = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        execute(&self.cluster_url, others).await;
    }

    /// Takes connections again.
    pub async fn come_back(&self) {
        execute(&self.cluster_url, format!("ALTER DATABASE {} ALLOW_CONNECTIONS true", self.name)).await;
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (url, statement) = (self.cluster_url.clone(), format!("DROP DATABASE {} WITH (FORCE)", self.name));
        // A thread of its own, because this one may be driving the test's runtime.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime starts").block_on(execute(&url, statement));
        });
        let dropped = dropping.join();
        if !std::thread::panicking() {
            dropped.expect("the database can be dropped");
        }
    }
}

async fn execute(cluster_url: &str, statement: String) {
    let mut connection =
        PgConnection::connect(&format!("{cluster_url}/postgres")).await.expect("the cluster takes connections");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.expect("the statement is sound");
}

/// The running cluster's URL, without a database. Keeps the cluster alive while this process lives.
fn cluster_url() -> &'static str {
    static CLUSTER: OnceLock<(String, File)> = OnceLock::new();
    let (url, _user) = CLUSTER.get_or_init(|| cluster::join().expect("Postgres starts"));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn database_names(database: &Database) -> Vec<String> {
        let mut connection = PgConnection::connect(database.url()).await.unwrap();
        sqlx::query_scalar("SELECT datname FROM pg_database").fetch_all(&mut connection).await.unwrap()
    }

    #[tokio::test]
    async fn each_database_is_its_own_and_goes_with_its_test() {
        let (first, second) = tokio::join!(Database::create(), Database::create());
        assert!(database_names(&first).await.contains(&second.name));
        let gone = second.name.clone();
        drop(second);
        assert!(!database_names(&first).await.contains(&gone));
    }

    #[tokio::test]
    async fn a_database_can_be_away_for_a_while() {
        let database = Database::create().await;
        let mut before = PgConnection::connect(database.url()).await.unwrap();
        database.go_away().await;
        assert!(sqlx::query("SELECT 1").execute(&mut before).await.is_err());
        assert!(PgConnection::connect(database.url()).await.is_err());
        database.come_back().await;
        assert!(PgConnection::connect(database.url()).await.is_ok());
    }
}
