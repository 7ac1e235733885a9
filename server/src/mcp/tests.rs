use super::*;
use crate::{
    clock::{Clock, ClockHand},
    secrets::Context,
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};
use tempfile::TempDir;

mod lifetime;
mod local;
mod remote;

/// A pool with a clock that stands still and a folder of its own.
struct Bench {
    pool: McpPool,
    hand: ClockHand,
    folder: TempDir,
}

const NOW_MS: i64 = 1_000_000;

impl Bench {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut PoolLimits)) -> Self {
        let folder = TempDir::new().unwrap();
        let environment = BTreeMap::from([
            ("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".into()),
            ("HOME".to_owned(), folder.path().into()),
            ("LANG".to_owned(), "C.UTF-8".into()),
        ]);
        let local = LocalServers { folder: folder.path().join("mcp"), environment };
        let mut limits = PoolLimits::usual(local);
        change(&mut limits);
        let (clock, hand) = Clock::manual(NOW_MS);
        Self { pool: McpPool::new(limits, clock), hand, folder }
    }

    /// The configuration of a local server, with `more` in it.
    fn local(&self, more: Value) -> Value {
        let script = self.folder.path().join("server.py");
        std::fs::write(&script, include_str!("tests/server.py")).unwrap();
        let mut config = json!({
            "command": "python3",
            "args": [script],
            "env": { "NOTES": self.notes_path() },
        });
        for (name, value) in more.as_object().unwrap() {
            match (config.get_mut(name), value) {
                (Some(Value::Object(there)), Value::Object(more)) => there.extend(more.clone()),
                _ => config[name] = value.clone(),
            }
        }
        config
    }

    fn notes_path(&self) -> PathBuf {
        self.folder.path().join("notes")
    }

    /// What local servers have noted.
    fn notes(&self) -> Vec<String> {
        let notes = std::fs::read_to_string(self.notes_path()).unwrap_or_default();
        notes.lines().map(str::to_owned).collect()
    }

    /// Private folders there are at present.
    fn private_folders(&self) -> usize {
        std::fs::read_dir(self.folder.path().join("mcp")).map_or(0, Iterator::count)
    }

    /// Opens the one server `s` as the visitor `user`, with `secrets`.
    async fn open(&self, config: &Value, user: &str, secrets: &[(&str, &str)]) -> Toolset {
        self.pool.open(request(&[("s", config)], user, secrets)).await
    }
}

fn request(servers: &[(&str, &Value)], user: &str, secrets: &[(&str, &str)]) -> OpenRequest {
    let servers = servers
        .iter()
        .map(|(name, config)| ((*name).to_owned(), McpServer::read("mcpServers.s", name, config).unwrap()));
    let secrets = secrets.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect();
    OpenRequest {
        project_id: "p".into(),
        servers: servers.collect(),
        principal: Principal::EndUser { app_id: "wapp_1".into(), end_user_id: user.into() },
        variables: Context { secrets, ..Context::default() },
        expires_at_ms: None,
    }
}

fn args(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

async fn call(tools: &Toolset, name: &str, arguments: Value) -> Result<String, String> {
    tools.call(name, args(arguments), |_, _, _| {}).await
}

/// Calls a tool of the server `s` without arguments.
async fn ask(tools: &Toolset, name: &str) -> Result<String, String> {
    call(tools, &format!("s__{name}"), json!({})).await
}

fn names(tools: &Toolset) -> Vec<String> {
    tools.tools().into_iter().map(|tool| tool.name).collect()
}

/// Why no server could be used.
fn reasons(tools: &Toolset) -> Vec<String> {
    tools.unavailable().iter().map(ToString::to_string).collect()
}

/// Waits until something is so.
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("never {what}"));
}

fn is_running(pid: &str) -> bool {
    // A zombie has ended; who inherits it reaps it some time.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}
