//! Apps, API keys and projects in memory, so that checking a request reads no database.
//!
//! All of them are held, so that an id nobody has costs no more time than one that somebody has.

use super::AuthError;
use crate::{
    secrets::credential::CredentialHash,
    store::{ApiKeyRecord, AppRecord, ProjectRecord, Store, StoreError},
};
use sigmic_shared::AppId;
use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::Mutex;

/// What the database holds of apps, API keys and projects, at most as old as the last
/// [`Directory::refresh_if_changed`].
pub struct Directory {
    store: Store,
    latest: RwLock<Option<Arc<Snapshot>>>,
    /// How often this process has changed something. A snapshot begun before the last change is
    /// not used any more.
    changes: AtomicU64,
    /// One reads for all who wait.
    loading: Mutex<()>,
}

struct Snapshot {
    changes: u64,
    config_version: i64,
    apps: HashMap<AppId, Arc<AppRecord>>,
    api_keys: HashMap<CredentialHash, Arc<ApiKeyRecord>>,
    projects: HashMap<String, Arc<ProjectRecord>>,
}

impl Directory {
    /// Reads nothing yet.
    pub fn new(store: Store) -> Self {
        Self { store, latest: RwLock::new(None), changes: AtomicU64::new(0), loading: Mutex::new(()) }
    }

    /// The app with this id.
    pub async fn find_app(&self, id: &AppId) -> Result<Option<Arc<AppRecord>>, StoreError> {
        Ok(self.snapshot().await?.apps.get(id).cloned())
    }

    /// The API key with this hash, revoked or not.
    pub async fn find_api_key(&self, hash: CredentialHash) -> Result<Option<Arc<ApiKeyRecord>>, StoreError> {
        Ok(self.snapshot().await?.api_keys.get(&hash).cloned())
    }

    /// The project with this id.
    pub async fn find_project(&self, id: &str) -> Result<Option<Arc<ProjectRecord>>, StoreError> {
        Ok(self.snapshot().await?.projects.get(id).cloned())
    }

    /// The project with this id, which a caller has just been found to belong to.
    pub async fn get_project(&self, id: &str) -> Result<Arc<ProjectRecord>, AuthError> {
        self.find_project(id).await?.ok_or(AuthError::ProjectGone)
    }

    /// Reads everything anew if any process has changed something. To be called twice a second.
    pub async fn refresh_if_changed(&self) -> Result<(), StoreError> {
        let config_version = self.store.config_version().await?;
        self.snapshot_where(|snapshot| snapshot.config_version == config_version).await.map(drop)
    }

    /// To be called after this process has changed something: nobody is answered from before.
    pub fn invalidate(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }

    /// The latest snapshot, unless something has changed since.
    fn current(&self) -> Option<Arc<Snapshot>> {
        let latest = self.latest.read().unwrap_or_else(PoisonError::into_inner).clone();
        latest.filter(|snapshot| snapshot.changes == self.changes.load(Ordering::SeqCst))
    }

    async fn snapshot(&self) -> Result<Arc<Snapshot>, StoreError> {
        self.snapshot_where(|_| true).await
    }

    /// The latest snapshot if it `suits`, else a new one.
    async fn snapshot_where(&self, suits: impl Fn(&Snapshot) -> bool) -> Result<Arc<Snapshot>, StoreError> {
        let suitable = || self.current().filter(|snapshot| suits(snapshot));
        if let Some(snapshot) = suitable() {
            return Ok(snapshot);
        }
        let _loading = self.loading.lock().await;
        // Whoever had the lock before may have read it already.
        if let Some(snapshot) = suitable() {
            return Ok(snapshot);
        }
        let snapshot = Arc::new(self.read_all().await?);
        *self.latest.write().unwrap_or_else(PoisonError::into_inner) = Some(snapshot.clone());
        Ok(snapshot)
    }

    async fn read_all(&self) -> Result<Snapshot, StoreError> {
        // Both counters are read first: what changes meanwhile makes this snapshot outdated.
        let changes = self.changes.load(Ordering::SeqCst);
        let config_version = self.store.config_version().await?;
        let apps = self.store.list_apps(None).await?;
        let api_keys = self.store.list_api_keys(None).await?;
        let projects = self.store.list_projects().await?;
        let by_hash = |key: ApiKeyRecord| Some((CredentialHash::from_bytes(&key.key_hash)?, Arc::new(key)));
        Ok(Snapshot {
            changes,
            config_version,
            apps: apps.into_iter().map(|app| (app.app_id.clone(), Arc::new(app))).collect(),
            api_keys: api_keys.into_iter().filter_map(by_hash).collect(),
            projects: projects.into_iter().map(|project| (project.id.clone(), Arc::new(project))).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{registry, tests::Bench};

    #[tokio::test]
    async fn a_change_is_seen_at_once_here_and_after_a_poll_elsewhere() {
        let bench = Bench::new().await;
        let (here, elsewhere) = (bench.auth.directory(), Directory::new(bench.store.clone()));
        assert!(elsewhere.find_app(&bench.app_id).await.unwrap().is_some_and(|app| !app.disabled));
        assert!(here.find_app(&bench.app_id).await.unwrap().is_some_and(|app| !app.disabled));
        registry::set_disabled(&bench.operator(), &bench.app_id, true).await.unwrap();
        here.invalidate();
        assert!(here.find_app(&bench.app_id).await.unwrap().is_some_and(|app| app.disabled));
        assert!(elsewhere.find_app(&bench.app_id).await.unwrap().is_some_and(|app| !app.disabled));
        elsewhere.refresh_if_changed().await.unwrap();
        assert!(elsewhere.find_app(&bench.app_id).await.unwrap().is_some_and(|app| app.disabled));
    }

    #[tokio::test]
    async fn nothing_is_read_twice_without_a_change() {
        let bench = Bench::new().await;
        let directory = bench.auth.directory();
        let first = directory.snapshot().await.unwrap();
        directory.refresh_if_changed().await.unwrap();
        assert!(Arc::ptr_eq(&first, &directory.snapshot().await.unwrap()));
    }

    #[tokio::test]
    async fn what_is_known_is_served_without_the_database() {
        let bench = Bench::new().await;
        let directory = bench.auth.directory();
        directory.refresh_if_changed().await.unwrap();
        bench.store.close().await;
        assert!(directory.refresh_if_changed().await.is_err());
        assert!(directory.find_app(&bench.app_id).await.unwrap().is_some());
        directory.invalidate();
        assert!(directory.find_app(&bench.app_id).await.is_err());
    }

    #[tokio::test]
    async fn a_deleted_project_is_gone() {
        let bench = Bench::new().await;
        let directory = bench.auth.directory();
        assert!(directory.get_project(&bench.project_id).await.is_ok());
        bench.store.delete_project(bench.project_id.clone()).await.unwrap();
        directory.invalidate();
        assert!(matches!(directory.get_project(&bench.project_id).await, Err(AuthError::ProjectGone)));
        assert!(directory.find_app(&bench.app_id).await.unwrap().is_none());
    }
}
