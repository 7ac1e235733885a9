//! Connections to MCP servers, kept between runs.

use super::{
    catalogue::Selection,
    config::McpServer,
    connection::{Connection, Host, Terms},
    failure::Failure,
    key::{Configuration, Key, Place},
    process::ProcessHost,
    resolve::resolve,
    toolset::{Toolset, Unavailable},
};
use crate::{
    clock::Clock,
    secrets::{Context, Redactor},
};
use futures::future::join_all;
use sigmic_shared::{AppId, EndUserId, TaskId};
use std::{
    collections::{BTreeMap, HashMap},
    ffi::OsString,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long [`McpPool::close`] waits for servers.
const CLOSING: Duration = Duration::from_secs(8);

/// What connections may cost.
#[derive(Clone, Debug)]
pub struct PoolLimits {
    /// Most connections at once.
    pub connections: usize,
    /// How long a connection is kept that nobody uses.
    pub idle: Duration,
    /// How long connecting and each call may take where the configuration says nothing.
    pub timeout: Duration,
    /// Longest text of a tool's result, in bytes.
    pub result_bytes: usize,
    /// Largest single message of a server, in bytes.
    pub message_bytes: usize,
    /// How local servers are run.
    pub local: LocalServers,
}

impl PoolLimits {
    /// The usual limits.
    pub fn usual(local: LocalServers) -> Self {
        Self {
            connections: 256,
            idle: Duration::from_secs(5 * 60),
            timeout: Duration::from_secs(30),
            result_bytes: 64 * 1024,
            message_bytes: 8 * 1024 * 1024,
            local,
        }
    }
}

/// How local servers are run.
#[derive(Clone, Debug)]
pub struct LocalServers {
    /// Where each gets a private folder. It belongs to the pool, which empties it at the start.
    pub folder: PathBuf,
    /// The variables of the server's own environment that they get: PATH, HOME and LANG, as far as there are.
    pub environment: BTreeMap<String, OsString>,
}

/// For whom a connection is. Two principals never share one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// A visitor of an app.
    EndUser {
        /// The app.
        app_id: AppId,
        /// The visitor.
        end_user_id: EndUserId,
    },
    /// A task that an API key created.
    Task(TaskId),
}

/// What a run needs of the pool.
#[derive(Clone, Debug)]
pub struct OpenRequest {
    /// The project whose servers these are.
    pub project_id: String,
    /// Its servers by name. Those that are not enabled are left alone.
    pub servers: BTreeMap<String, McpServer>,
    /// For whom.
    pub principal: Principal,
    /// The values for the templates.
    pub variables: Context,
    /// When the values expire, in milliseconds since 1970; none: not by themselves.
    pub expires_at_ms: Option<i64>,
}

/// Connections to MCP servers. Cheap to clone; all clones share them.
#[derive(Clone)]
pub struct McpPool(Arc<Inner>);

struct Inner {
    host: Arc<Host>,
    entries: Mutex<HashMap<Key, Entry>>,
}

struct Entry {
    connection: Arc<Connection>,
    place: Place,
    configuration: Configuration,
    /// Leases out.
    users: usize,
    /// When the last lease was taken or given back.
    used_at: Instant,
    /// When its values expire; none: not by themselves.
    expires_at_ms: Option<i64>,
    /// Set when the server is configured differently by now.
    is_superseded: bool,
}

impl McpPool {
    /// An empty pool. Needs a Tokio runtime around it.
    pub fn new(limits: PoolLimits, clock: Clock) -> Self {
        // What a server that was killed left behind. Usually there is nothing.
        let _ = std::fs::remove_dir_all(&limits.local.folder);
        let processes = ProcessHost {
            settings: limits.local.clone(),
            clock,
            shutdown: CancellationToken::new(),
            watchers: TaskTracker::new(),
        };
        let every = (limits.idle / 4).clamp(Duration::from_millis(20), Duration::from_secs(5));
        let inner = Arc::new(Inner { host: Arc::new(Host { limits, processes }), entries: Mutex::default() });
        tokio::spawn(sweep(Arc::downgrade(&inner), every));
        Self(inner)
    }

    /// Connects to all enabled servers at once, as far as there is no connection yet. One that cannot be reached costs
    /// its own tools only.
    pub async fn open(&self, request: OpenRequest) -> Toolset {
        let secrets = request.variables.secrets.values().map(secrecy::ExposeSecret::expose_secret);
        let Ok(redactor) = Redactor::new(secrets).map(Arc::new) else {
            let lost = request.servers.into_keys().map(|server| {
                let reason = "was not contacted: the secrets are too many to be masked".to_owned();
                Err(Unavailable { server, reason })
            });
            return Toolset::new(lost.collect());
        };
        let enabled = request.servers.iter().filter(|(_, server)| server.enabled);
        let opened = join_all(enabled.map(|(name, server)| self.open_one(name, server, &request, &redactor))).await;
        Toolset::new(opened)
    }

    /// Ends every connection and waits until the processes of local servers are gone.
    pub async fn close(&self) {
        let processes = &self.0.host.processes;
        processes.shutdown.cancel();
        processes.watchers.close();
        let connections: Vec<_> = self.0.entries().drain().map(|(_, entry)| entry.connection).collect();
        let ended = async {
            join_all(connections.iter().map(|connection| connection.close())).await;
            processes.watchers.wait().await;
        };
        if timeout(CLOSING, ended).await.is_err() {
            tracing::warn!("some MCP servers did not end in time");
        }
    }

    async fn open_one(
        &self,
        name: &str,
        server: &McpServer,
        request: &OpenRequest,
        redactor: &Arc<Redactor>,
    ) -> Result<Lease, Unavailable> {
        let unavailable = |reason: String| Unavailable { server: name.to_owned(), reason };
        let lease = self.lease(name, server, request, redactor).map_err(|failure| unavailable(failure.to_string()))?;
        lease.connection().open().await.map_err(unavailable)?;
        Ok(lease)
    }

    /// The connection there is, or a new one that is not open yet.
    fn lease(
        &self,
        name: &str,
        server: &McpServer,
        request: &OpenRequest,
        redactor: &Arc<Redactor>,
    ) -> Result<Lease, Failure> {
        let endpoint = resolve(server, &request.variables)?;
        let place = Place::of(&request.project_id, name);
        let configuration = Configuration::of(server);
        let key = Key::of(place, configuration, &request.principal, &endpoint, &request.variables);
        let mut entries = self.0.entries();
        for entry in entries.values_mut().filter(|entry| entry.place == place) {
            entry.is_superseded = entry.configuration != configuration;
        }
        if !entries.contains_key(&key) {
            self.0.make_room(&mut entries)?;
            let terms = Terms {
                name: name.to_owned(),
                timeout: server.timeout.unwrap_or(self.0.host.limits.timeout),
                selection: Selection::of(server),
                redactor: redactor.clone(),
                host: self.0.host.clone(),
            };
            let entry = Entry {
                connection: Arc::new(Connection::new(endpoint, terms)),
                place,
                configuration,
                users: 0,
                used_at: Instant::now(),
                expires_at_ms: request.expires_at_ms,
                is_superseded: false,
            };
            entries.insert(key, entry);
        }
        let Some(entry) = entries.get_mut(&key) else { return Err(Failure::Crowded) };
        entry.users += 1;
        entry.used_at = Instant::now();
        // A newer token with the same values keeps the connection for longer.
        entry.expires_at_ms = entry.expires_at_ms.zip(request.expires_at_ms).map(|(one, other)| one.max(other));
        Ok(Lease { connection: entry.connection.clone(), key, pool: Arc::downgrade(&self.0) })
    }
}

impl Inner {
    fn entries(&self) -> MutexGuard<'_, HashMap<Key, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops the connection that was not used for longest, if there are too many.
    fn make_room(&self, entries: &mut HashMap<Key, Entry>) -> Result<(), Failure> {
        if self.host.processes.shutdown.is_cancelled() {
            return Err(Failure::Closing);
        }
        if entries.len() < self.host.limits.connections {
            return Ok(());
        }
        let unused = entries.iter().filter(|(_, entry)| entry.users == 0);
        let oldest = unused.min_by_key(|(_, entry)| entry.used_at).map(|(key, _)| *key);
        entries.remove(&oldest.ok_or(Failure::Crowded)?);
        Ok(())
    }

    /// Drops what nobody uses and nobody will. Dropping a connection ends it.
    fn sweep(&self) {
        let now_ms = self.host.processes.clock.now_ms();
        let idle = self.host.limits.idle;
        self.entries().retain(|_, entry| {
            let is_expired = entry.expires_at_ms.is_some_and(|expires_at_ms| expires_at_ms <= now_ms);
            entry.users > 0 || !(is_expired || entry.is_superseded || entry.used_at.elapsed() >= idle)
        });
    }
}

/// Sweeps for as long as there is a pool.
async fn sweep(pool: Weak<Inner>, every: Duration) {
    loop {
        sleep(every).await;
        match pool.upgrade() {
            Some(pool) => pool.sweep(),
            None => return,
        }
    }
}

/// A connection in use.
pub(super) struct Lease {
    connection: Arc<Connection>,
    key: Key,
    pool: Weak<Inner>,
}

impl Lease {
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(pool) = self.pool.upgrade() else { return };
        if let Some(entry) = pool.entries().get_mut(&self.key) {
            entry.users = entry.users.saturating_sub(1);
            entry.used_at = Instant::now();
        }
    }
}
