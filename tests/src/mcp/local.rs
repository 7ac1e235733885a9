//! A local server, as the test sees it.

use super::{Behavior, Journal, Reached};
use crate::DEADLINE;
use serde_json::{Value, json};
use std::{
    env,
    path::PathBuf,
    sync::{Arc, Mutex},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    sync::watch,
    task::JoinHandle,
};

const PROGRAM: &str = "sigmic-test-mcp-server";

/// A local server that can be started any number of times. Its processes end with this at the latest.
#[derive(Debug)]
pub struct LocalServer {
    /// What arrived at its processes.
    pub journal: Journal,
    behavior: Behavior,
    folder: TempDir,
    processes: Arc<Mutex<Vec<Process>>>,
    accepting: JoinHandle<()>,
}

/// One process of a local server.
#[derive(Clone, Debug)]
pub struct Process {
    /// What it was started with.
    pub reached: Reached,
    ended: watch::Receiver<bool>,
}

impl LocalServer {
    /// A server that nobody has started yet.
    pub fn new(behavior: Behavior) -> Self {
        let folder = TempDir::with_prefix("sigmic-mcp-").expect("a temporary folder can be made");
        let listener = UnixListener::bind(folder.path().join("socket")).expect("a socket can be made");
        let (journal, processes) = (Journal::new(), Arc::<Mutex<Vec<Process>>>::default());
        let accepting = tokio::spawn(accept(listener, journal.clone(), processes.clone()));
        Self { journal, behavior, folder, processes, accepting }
    }

    /// Its configuration in a project, with these variables.
    pub fn config(&self, env: Value) -> Value {
        json!({ "command": program(), "args": self.args(), "env": env })
    }

    /// All processes that were ever started, in order.
    pub fn processes(&self) -> Vec<Process> {
        self.processes.lock().expect("no holder panics").clone()
    }

    fn args(&self) -> [String; 2] {
        let behavior = serde_json::to_string(&self.behavior).expect("a behavior is JSON");
        [self.folder.path().join("socket").display().to_string(), behavior]
    }
}

impl Drop for LocalServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Process {
    /// Waits until it is gone.
    pub async fn ended(&self) {
        let mut ended = self.ended.clone();
        // The follower going away without a word is the process's end as well.
        let waited = tokio::time::timeout(DEADLINE, ended.wait_for(|&ended| ended)).await;
        assert!(waited.is_ok(), "process {} still runs", self.reached.pid);
    }

    /// Whether it is gone.
    pub fn has_ended(&self) -> bool {
        *self.ended.borrow() || self.ended.has_changed().is_err()
    }
}

async fn accept(listener: UnixListener, journal: Journal, processes: Arc<Mutex<Vec<Process>>>) {
    let mut following = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        following.spawn(follow(stream, journal.clone(), processes.clone()));
    }
}

/// Notes what a process tells, until it is gone: its socket closes with it.
async fn follow(stream: UnixStream, journal: Journal, processes: Arc<Mutex<Vec<Process>>>) {
    let (from_process, mut to_process) = stream.into_split();
    let mut lines = BufReader::new(from_process).lines();
    let Ok(Some(first)) = lines.next_line().await else { return };
    let reached: Reached = serde_json::from_str(&first).expect("the first line is what it was started with");
    let (end, ended) = watch::channel(false);
    processes.lock().expect("no holder panics").push(Process { reached: reached.clone(), ended });
    let (mut gate, mut is_open) = (journal.gate(), false);
    loop {
        tokio::select! {
            line = lines.next_line() => match line {
                Ok(Some(line)) => journal.note(serde_json::from_str(&line).expect("a message is JSON"), reached.clone()),
                _ => break,
            },
            true = opened(&mut gate), if !is_open => {
                is_open = true;
                // A process that is gone needs no gate.
                let _ = to_process.write_all(b"open\n").await;
            }
        }
    }
    end.send_replace(true);
}

async fn opened(gate: &mut watch::Receiver<bool>) -> bool {
    gate.wait_for(|&open| open).await.is_ok()
}

/// The program beside this test.
fn program() -> PathBuf {
    let test = env::current_exe().expect("a test knows its own path");
    let built = test.ancestors().nth(2).expect("tests lie in target/<profile>/deps").join(PROGRAM);
    assert!(built.exists(), "{} is not there: `cargo build -p sigmic-tests` first", built.display());
    built
}
