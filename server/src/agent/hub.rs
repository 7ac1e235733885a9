//! The runs of this node that are under way: publishing, watching, resuming, steering.
//!
//! Every event is encoded once, into bytes that all watchers share. Publishing takes a short lock and never waits for
//! a watcher; a watcher reads at its own pace and is ended when it falls too far behind, because its client can come
//! back and be told everything in one piece.

mod publisher;
mod run_log;
mod snapshot;
mod watch;

#[cfg(test)]
mod tests;

pub use publisher::Publisher;
pub use watch::{Watch, Watching};

use crate::clock::Clock;
use run_log::RunLog;
use sigmic_shared::{CallId, MessageId, TaskId, tool_call::ApprovalOutcome};
use std::{
    collections::{HashMap, VecDeque},
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{Notify, mpsc, oneshot};

/// How much is kept for watchers.
#[derive(Clone, Copy, Debug)]
pub struct HubLimits {
    /// Bytes of events a run keeps after all its watchers have read them, for clients that reconnect.
    pub resume_bytes: usize,
    /// Bytes a watcher may lag behind.
    pub lag_bytes: usize,
    /// How long a run that ended is kept for clients that reconnect.
    pub linger: Duration,
    /// Runs kept so at most.
    pub lingering_runs: usize,
    /// Bytes all runs kept so may take.
    pub lingering_bytes: usize,
}

impl Default for HubLimits {
    fn default() -> Self {
        Self {
            resume_bytes: 64 * 1024,
            lag_bytes: 1024 * 1024,
            linger: Duration::from_secs(60),
            lingering_runs: 4096,
            lingering_bytes: 32 * 1024 * 1024,
        }
    }
}

/// Something a run is told while it is under way.
#[derive(Debug)]
pub enum Control {
    /// Somebody cancels it.
    Cancel,
    /// This server is about to stop.
    Stopping,
    /// This server stops now.
    Interrupt,
    /// Somebody decides about a tool call. Boxed, because every run has room for some dozens of these.
    Decide(Box<Approval>),
}

/// What somebody decides about a tool call.
#[derive(Debug)]
pub struct Approval {
    /// The call.
    pub call_id: CallId,
    /// The decision.
    pub outcome: ApprovalOutcome,
    /// What became of it.
    pub reply: oneshot::Sender<Ruling>,
}

/// What became of somebody's decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// It is stored and being carried out.
    Decided,
    /// The call does not wait for one.
    NotAwaiting,
    /// The run has no such call.
    UnknownCall,
}

/// A handle on the runs of this node. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    limits: HubLimits,
    clock: Clock,
    runs: Arc<Mutex<Runs>>,
    opened: Arc<Notify>,
}

#[derive(Default)]
struct Runs {
    by_task: HashMap<TaskId, Arc<Run>>,
    /// Tasks about to run, and by how many requests.
    announced: HashMap<TaskId, usize>,
    live: usize,
    lingering: VecDeque<Lingering>,
    lingering_bytes: usize,
}

/// One run, shared by the publisher and all watchers.
struct Run {
    task_id: TaskId,
    run_no: u64,
    answer_id: MessageId,
    control: mpsc::UnboundedSender<Control>,
    log: Mutex<RunLog>,
}

struct Lingering {
    until_ms: i64,
    task_id: TaskId,
    run_no: u64,
    bytes: usize,
}

impl Hub {
    /// A hub without runs.
    pub fn new(limits: HubLimits, clock: Clock) -> Self {
        Self { limits, clock, runs: Arc::default(), opened: Arc::default() }
    }

    /// Announces that a run is being recorded, until the announcement is dropped: whoever wants to watch waits for it,
    /// so that nobody finds a task running in the store and nothing here.
    pub fn announce(&self, task_id: TaskId) -> Announcement {
        *self.lock().announced.entry(task_id.clone()).or_default() += 1;
        Announcement { hub: self.clone(), task_id }
    }

    /// Returns when no run of the task is announced any more.
    pub async fn settled(&self, task_id: &TaskId) {
        loop {
            let mut opened = pin!(self.opened.notified());
            // Listening begins before looking, so that no announcement is dropped in between.
            opened.as_mut().enable();
            if !self.lock().announced.contains_key(task_id) {
                return;
            }
            opened.await;
        }
    }

    /// Opens a run: what publishes its events, a watch from its very beginning, and what it is told.
    pub fn open(
        &self,
        task_id: TaskId,
        run_no: u64,
        answer_id: MessageId,
    ) -> (Publisher, Watch, mpsc::UnboundedReceiver<Control>) {
        self.reopen(task_id, run_no, answer_id, 0)
    }

    /// Opens a run again, whose first event follows this one. See [`seq_after`].
    pub fn reopen(
        &self,
        task_id: TaskId,
        run_no: u64,
        answer_id: MessageId,
        last_seq: u64,
    ) -> (Publisher, Watch, mpsc::UnboundedReceiver<Control>) {
        let (control, told) = mpsc::unbounded_channel();
        let log = Mutex::new(RunLog::new(run_no, last_seq, self.limits.resume_bytes, self.limits.lag_bytes));
        let run = Arc::new(Run { task_id: task_id.clone(), run_no, answer_id, control, log });
        let seat = run.lock().sit(0);
        let watch = Watch::new(run.clone(), seat, None);
        let now_ms = self.clock.now_ms();
        let mut runs = self.lock();
        runs.live += 1;
        runs.forget_expired(&self.limits, now_ms);
        runs.by_task.insert(task_id, run.clone());
        drop(runs);
        (Publisher::new(self.clone(), run, last_seq + 1), watch, told)
    }

    /// Watches what runs in a task. `last_event_id` is the last event the client has, if it has any; when all that came
    /// after it is still held, the watch begins there. `None` when nothing runs here: then the store has it all.
    pub fn watch(&self, task_id: &TaskId, last_event_id: Option<u64>) -> Option<Watching> {
        let run = self.find(task_id)?;
        let mut log = run.lock();
        if let Some((seat, head)) = last_event_id.and_then(|id| log.resume(id)) {
            drop(log);
            return Some(Watching::Resumed(Watch::new(run, seat, head)));
        }
        if log.has_ended() {
            return None;
        }
        let (seat, catch_up) = log.catch_up();
        drop(log);
        let answer_id = run.answer_id.clone();
        Some(Watching::Fresh { watch: Watch::new(run, seat, Some(catch_up.encode())), answer_id })
    }

    /// Watches a certain run, live or lingering, from its beginning, in as few events as are still held.
    pub fn watch_run(&self, task_id: &TaskId, run_no: u64) -> Option<Watch> {
        let run = self.find(task_id).filter(|run| run.run_no == run_no)?;
        let mut log = run.lock();
        if let Some((seat, head)) = log.resume(event_id(run_no, 0)) {
            drop(log);
            return Some(Watch::new(run, seat, head));
        }
        let (seat, catch_up) = log.catch_up();
        drop(log);
        Some(Watch::new(run, seat, Some(catch_up.encode())))
    }

    /// What tells the task's run something, if one is under way. It closes when the run has ended.
    pub fn control(&self, task_id: &TaskId) -> Option<mpsc::UnboundedSender<Control>> {
        self.find(task_id).map(|run| run.control.clone()).filter(|control| !control.is_closed())
    }

    /// Whether this run of the task is under way here.
    pub fn is_live(&self, task_id: &TaskId, run_no: u64) -> bool {
        self.find(task_id).is_some_and(|run| run.run_no == run_no && !run.control.is_closed())
    }

    /// What tells each run under way something.
    pub fn control_all(&self) -> Vec<mpsc::UnboundedSender<Control>> {
        let runs = self.lock();
        let controls = runs.by_task.values().map(|run| &run.control).filter(|control| !control.is_closed());
        controls.cloned().collect()
    }

    /// Runs under way.
    pub fn live_runs(&self) -> usize {
        self.lock().live
    }

    /// Forgets runs that ended long enough ago.
    pub fn forget_expired(&self) {
        let now_ms = self.clock.now_ms();
        self.lock().forget_expired(&self.limits, now_ms);
    }

    fn find(&self, task_id: &TaskId) -> Option<Arc<Run>> {
        self.lock().by_task.get(task_id).cloned()
    }

    /// A run has ended. It lingers if it said `done`, so that a client that lost its connection just before still
    /// hears of it; else its clients find out from the store.
    fn close(&self, run: &Arc<Run>, lingers: bool) {
        let bytes = run.lock().held_bytes();
        let now_ms = self.clock.now_ms();
        let mut runs = self.lock();
        runs.live -= 1;
        let is_latest = runs.by_task.get(&run.task_id).is_some_and(|latest| Arc::ptr_eq(latest, run));
        if !is_latest {
            return;
        }
        if lingers {
            runs.lingering_bytes += bytes;
            let until_ms = now_ms.saturating_add(self.limits.linger.as_millis() as i64);
            runs.lingering.push_back(Lingering { until_ms, task_id: run.task_id.clone(), run_no: run.run_no, bytes });
        } else {
            runs.by_task.remove(&run.task_id);
        }
        runs.forget_expired(&self.limits, now_ms);
    }

    fn lock(&self) -> MutexGuard<'_, Runs> {
        // Nothing under this lock leaves the map half changed, so a panic elsewhere does not spoil it.
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run that is being recorded, see [`Hub::announce`].
pub struct Announcement {
    hub: Hub,
    task_id: TaskId,
}

impl Drop for Announcement {
    fn drop(&mut self) {
        let mut runs = self.hub.lock();
        if let Some(requests) = runs.announced.get_mut(&self.task_id) {
            *requests -= 1;
            if *requests == 0 {
                runs.announced.remove(&self.task_id);
            }
        }
        drop(runs);
        self.hub.opened.notify_waiters();
    }
}

impl Runs {
    fn forget_expired(&mut self, limits: &HubLimits, now_ms: i64) {
        while let Some(oldest) = self.lingering.front() {
            let is_over_limits =
                self.lingering.len() > limits.lingering_runs || self.lingering_bytes > limits.lingering_bytes;
            if oldest.until_ms > now_ms && !is_over_limits {
                return;
            }
            self.lingering_bytes -= oldest.bytes;
            // The task may have a later run by now, or this one may have been resumed.
            let is_over = |run: &Arc<Run>| run.run_no == oldest.run_no && run.control.is_closed();
            if self.by_task.get(&oldest.task_id).is_some_and(is_over) {
                self.by_task.remove(&oldest.task_id);
            }
            self.lingering.pop_front();
        }
    }
}

impl Run {
    fn lock(&self) -> MutexGuard<'_, RunLog> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A number above those of all events a run has told since it started, so that ids grow although nobody knows any more
/// how many there were: sixteen for each millisecond. Runs that waited for more than two days get one a second.
pub const fn seq_after(elapsed_ms: i64) -> u64 {
    const FAST_MS: u64 = 50 * 60 * 60 * 1000;
    let elapsed_ms = if elapsed_ms > 0 { elapsed_ms.unsigned_abs() } else { 0 };
    if elapsed_ms < FAST_MS { elapsed_ms * 16 } else { FAST_MS * 16 + elapsed_ms / 1000 }
}

/// The id of an event: growing within a run, and from run to run of a task.
const fn event_id(run_no: u64, seq: u64) -> u64 {
    run_no << 32 | seq
}
