//! What servers tell the test that started them.

use crate::DEADLINE;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use tokio::sync::watch;

/// Everything that arrived at a server, in order. Clones are the same journal.
#[derive(Clone, Debug)]
pub struct Journal {
    received: watch::Sender<Vec<Received>>,
    gate: watch::Sender<bool>,
}

/// A message, and what the server was reached with.
#[derive(Clone, Debug)]
pub struct Received {
    /// The JSON-RPC message; null for a request without a body.
    pub message: Value,
    /// How it came.
    pub reached: Reached,
}

/// What a server sees of whoever reached it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reached {
    /// Of a remote server: the path and query that were asked for.
    pub url: String,
    /// Of a remote server: all headers.
    pub headers: BTreeMap<String, String>,
    /// Of a local server: its whole environment.
    pub env: BTreeMap<String, String>,
    /// Of a local server: its whole command line.
    pub args: Vec<String>,
    /// Of a local server: its working directory.
    pub cwd: String,
    /// Of a local server: its process.
    pub pid: u32,
}

impl Journal {
    pub(super) fn new() -> Self {
        Self { received: watch::Sender::new(Vec::new()), gate: watch::Sender::new(false) }
    }

    pub(super) fn note(&self, message: Value, reached: Reached) {
        self.received.send_modify(|received| received.push(Received { message, reached }));
    }

    pub(super) fn gate(&self) -> watch::Receiver<bool> {
        self.gate.subscribe()
    }

    /// Lets all calls of the tool `wait` end, those to come as well.
    pub fn open_gate(&self) {
        self.gate.send_replace(true);
    }

    /// Everything so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.borrow().clone()
    }

    /// Whether nothing ever arrived.
    pub fn is_empty(&self) -> bool {
        self.received.borrow().is_empty()
    }

    /// How often `method` was asked for.
    pub fn count(&self, method: &str) -> usize {
        self.received.borrow().iter().filter(|received| received.message["method"] == method).count()
    }

    /// The calls of `tool`.
    pub fn calls(&self, tool: &str) -> Vec<Received> {
        self.received.borrow().iter().filter(|received| received.is_call_of(tool)).cloned().collect()
    }

    /// Waits until `tool` has been called `times` times.
    pub async fn called(&self, tool: &str, times: usize) -> Vec<Received> {
        self.wait_until(&format!("{times} calls of {tool}"), |all| {
            all.iter().filter(|received| received.is_call_of(tool)).count() >= times
        })
        .await;
        self.calls(tool)
    }

    /// Waits until `method` has arrived.
    pub async fn seen(&self, method: &str) {
        self.wait_until(method, |all| all.iter().any(|received| received.message["method"] == method)).await;
    }

    async fn wait_until(&self, what: &str, happened: impl Fn(&[Received]) -> bool) {
        let mut received = self.received.subscribe();
        let waited = tokio::time::timeout(DEADLINE, received.wait_for(|all| happened(all))).await;
        if waited.is_err() {
            panic!("it never arrived: {what}; what did: {:#?}", self.received());
        }
    }
}

impl Received {
    /// The arguments of a call.
    pub fn arguments(&self) -> &Value {
        &self.message["params"]["arguments"]
    }

    fn is_call_of(&self, tool: &str) -> bool {
        self.message["method"] == "tools/call" && self.message["params"]["name"] == tool
    }
}

impl Reached {
    /// A header's value, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }
}
