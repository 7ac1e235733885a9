//! A local server's process: alone in its group, with little of its own, and gone when its connection ends.

use super::{endpoint::LocalEndpoint, failure::Failure, pool::LocalServers};
use crate::{clock::Clock, secrets::Redactor};
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process_group, prlimit};
use std::{
    io::{self, ErrorKind},
    os::unix::fs::DirBuilderExt,
    path::PathBuf,
    process::Stdio,
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::AsyncReadExt,
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command},
    sync::Mutex,
    time::{sleep, timeout},
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

/// How long a process may take to end once its input is closed, and again once it is asked to.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long the output of an ended process may stay open: a process that left its group can hold it for ever.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// How much of its standard error is kept, in bytes.
const STDERR_BYTES: usize = 4096;
/// Files a process may have open.
const MOST_FILES: u64 = 4096;

/// What local servers have in common.
pub(super) struct ProcessHost {
    pub settings: LocalServers,
    pub clock: Clock,
    /// Ends all of them.
    pub shutdown: CancellationToken,
    /// Watches over each until it is gone.
    pub watchers: TaskTracker,
}

/// A running process. It ends when this is dropped, though not at once.
pub(super) struct Process {
    /// None once its input is closed.
    pub stdin: Arc<Mutex<Option<ChildStdin>>>,
    /// Cancelled when it is asked to end.
    pub stop: CancellationToken,
    /// Cancelled when its output is worth no more waiting.
    pub exited: CancellationToken,
    /// Cancelled when nothing of it is left.
    pub gone: CancellationToken,
    _stop_on_drop: DropGuard,
}

impl ProcessHost {
    /// Starts a process for the server called `name`.
    pub(super) fn spawn(
        &self,
        name: &str,
        endpoint: &LocalEndpoint,
        redactor: &Redactor,
    ) -> Result<(Process, ChildStdout), Failure> {
        let folder = self.private_folder().map_err(|error| start_failure(&error))?;
        let mut child = self.command(endpoint, &folder.0).spawn().map_err(|error| start_failure(&error))?;
        let group = Group::of(&child);
        limit(&child);
        let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(Failure::Start("it has no pipes"));
        };
        let stop = self.shutdown.child_token();
        let process = Process {
            stdin: Arc::new(Mutex::new(Some(stdin))),
            exited: CancellationToken::new(),
            gone: CancellationToken::new(),
            _stop_on_drop: stop.clone().drop_guard(),
            stop,
        };
        let complaints = Complaints { server: name.to_owned(), redactor: redactor.clone() };
        let watch = Watch {
            group,
            stdin: process.stdin.clone(),
            stop: process.stop.clone(),
            exited: process.exited.clone(),
            _gone: process.gone.clone().drop_guard(),
            folder,
        };
        self.watchers.spawn(complaints.collect(stderr, process.exited.clone()));
        self.watchers.spawn(watch.over(child));
        Ok((process, stdout))
    }

    fn command(&self, endpoint: &LocalEndpoint, folder: &std::path::Path) -> Command {
        let mut command = Command::new(&endpoint.command);
        command
            .args(&endpoint.args)
            .env_clear()
            .envs(&self.settings.environment)
            .env("TMPDIR", folder)
            .envs(endpoint.env.iter().map(|(name, value)| (name, value.expose())))
            .current_dir(endpoint.cwd.as_ref().map_or(folder, std::path::Path::new))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        command
    }

    fn private_folder(&self) -> io::Result<Folder> {
        let path = self.settings.folder.join(self.clock.new_uuid_v7().to_string());
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
        // A relative path would mean something else to a process that works elsewhere.
        Ok(Folder(path.canonicalize()?))
    }
}

fn start_failure(error: &io::Error) -> Failure {
    Failure::Start(match error.kind() {
        ErrorKind::NotFound => "its program or its folder is not there",
        ErrorKind::PermissionDenied => "its program or its folder may not be used",
        _ => "the system refused",
    })
}

/// No core dumps, which would hold values, and a bounded number of files. Children inherit both.
fn limit(child: &Child) {
    let Some(pid) = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) else { return };
    let lower = |resource, most: u64| {
        let present = rustix::process::getrlimit(resource);
        let most = Some(present.maximum.map_or(most, |maximum| maximum.min(most)));
        if let Err(error) = prlimit(Some(pid), resource, Rlimit { current: most, maximum: most }) {
            // It may have ended already.
            tracing::debug!(%error, "a local MCP server could not be limited");
        }
    };
    lower(Resource::Core, 0);
    lower(Resource::Nofile, MOST_FILES);
}

/// A folder that goes when this is dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left is removed when the pool starts the next time.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A process and all its descendants that did not leave its group. Killed when this is dropped.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.0 {
            // It fails when nobody is left, which is what is wanted.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// Waits for the end of a process, or brings it about.
struct Watch {
    // Dropped in this order: first the group is killed, then its folder goes, then it is said to be gone.
    group: Group,
    folder: Folder,
    stdin: Arc<Mutex<Option<ChildStdin>>>,
    stop: CancellationToken,
    exited: CancellationToken,
    _gone: DropGuard,
}

impl Watch {
    async fn over(self, mut child: Child) {
        tokio::select! {
            _ = child.wait() => {}
            () = self.stop.cancelled() => self.end(&mut child).await,
        }
        // Grandchildren go with it. Nobody can have taken the group's number in this moment unless all numbers were
        // used up.
        self.group.signal(Signal::KILL);
        let _ = child.wait().await;
        drop(self.stdin.lock().await.take());
        // Once it was asked to end, nobody listens any more.
        tokio::select! {
            () = sleep(LAST_WORDS) => {}
            () = self.stop.cancelled() => {}
        }
        self.exited.cancel();
        let Self { mut group, folder, _gone, .. } = self;
        group.0 = None;
        // A folder can be large.
        let _ = tokio::task::spawn_blocking(move || drop(folder)).await;
    }

    /// Closes its input, asks it to end, and does not ask again.
    async fn end(&self, child: &mut Child) {
        drop(self.stdin.lock().await.take());
        if timeout(PATIENCE, child.wait()).await.is_err() {
            self.group.signal(Signal::TERM);
            let _ = timeout(PATIENCE, child.wait()).await;
        }
    }
}

/// The last of what a process writes to its standard error.
struct Complaints {
    server: String,
    redactor: Redactor,
}

impl Complaints {
    async fn collect(self, mut stderr: ChildStderr, exited: CancellationToken) {
        let mut last = Vec::new();
        let mut is_cut = false;
        let mut chunk = [0; 1024];
        loop {
            let read = tokio::select! {
                read = stderr.read(&mut chunk) => read,
                () = exited.cancelled() => break,
            };
            match read {
                Ok(0) | Err(_) => break,
                Ok(count) => last.extend_from_slice(chunk.get(..count).unwrap_or_default()),
            }
            if last.len() > STDERR_BYTES {
                last.drain(..last.len() - STDERR_BYTES);
                is_cut = true;
            }
        }
        let text = String::from_utf8_lossy(&last);
        // A value that was cut in two would not be found.
        let text = if is_cut { text.split_once('\n').map_or("", |(_, whole_lines)| whole_lines) } else { &text };
        if !text.trim().is_empty() {
            let said = self.redactor.mask(text);
            tracing::debug!(server = self.server, said = said.trim(), "a local MCP server has ended");
        }
    }
}
