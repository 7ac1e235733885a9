use super::{
    hub::{Control, Hub, HubLimits, Watching},
    launch::{Accepted, AgentError, Destination, Question, launch},
    leases,
    models::{ModelSource, ProjectModels},
    outages::{Outage, Outages},
    parked::{self, ApprovalRequest},
    run_context::RunContext,
    tools::{OpenTools, ToolRequest, ToolSource},
};
use crate::{
    clock::Clock,
    llm::registry::Registry,
    secrets::Keyring,
    store::{NewTask, ProjectRecord, Store, StoreError, TaskRecord, TaskScope},
};
use futures::future::BoxFuture;
use sigmic_shared::TaskId;
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

/// A cancelled run ends at once, but it has to be stored. Whoever cancels waits no longer than this for it.
const CANCEL_PATIENCE: Duration = Duration::from_secs(10);
/// What is left of a server's runs after its grace has this long to be stored.
const INTERRUPT_PATIENCE: Duration = Duration::from_secs(5);

/// Accepts messages, answers them, and tells how it goes. Cheap to clone.
#[derive(Clone)]
pub struct Agent(Arc<Parts>);

pub(super) struct Parts {
    store: Store,
    clock: Clock,
    node_id: String,
    models: Arc<dyn ModelSource>,
    tools: Arc<dyn ToolSource>,
    keys: Arc<Keyring>,
    hub: Hub,
    outages: Outages,
    runs: TaskTracker,
    is_stopping: AtomicBool,
    is_interrupting: AtomicBool,
}

impl Agent {
    /// An agent that asks the models of `registry` and uses tools of `tools`. `keys` open the projects' own API keys and
    /// the tokens' contexts. Ends the runs that an earlier life of this node left behind, and keeps this one's leases
    /// from now on.
    pub async fn new(
        store: Store,
        clock: Clock,
        node_id: String,
        registry: Registry,
        tools: Arc<dyn ToolSource>,
        keys: Arc<Keyring>,
    ) -> Result<Self, StoreError> {
        let models = Arc::new(ProjectModels::new(registry, keys.clone()));
        Self::with(store, clock, node_id, models, tools, keys).await
    }

    /// An agent that asks these models and uses these tools.
    pub async fn with(
        store: Store,
        clock: Clock,
        node_id: String,
        models: Arc<dyn ModelSource>,
        tools: Arc<dyn ToolSource>,
        keys: Arc<Keyring>,
    ) -> Result<Self, StoreError> {
        let agent = Self(Arc::new(Parts {
            hub: Hub::new(HubLimits::default(), clock.clone()),
            store,
            clock,
            node_id,
            models,
            tools,
            keys,
            outages: Outages::default(),
            runs: TaskTracker::new(),
            is_stopping: AtomicBool::new(false),
            is_interrupting: AtomicBool::new(false),
        }));
        leases::end_left_behind(&agent).await?;
        leases::keep(&agent);
        Ok(agent)
    }

    /// Creates a task and answers its first message. Returns when both are committed.
    pub async fn create_task(&self, task: NewTask, question: Question) -> Result<Accepted, AgentError> {
        self.launch(Destination::New(task), question).await
    }

    /// Answers a further message of a task. Returns when it is committed.
    pub async fn follow_up(
        &self,
        scope: &TaskScope,
        task_id: &TaskId,
        question: Question,
    ) -> Result<Accepted, AgentError> {
        self.launch(Destination::Existing(scope.clone(), task_id.clone()), question).await
    }

    /// Watches what runs in a task, from after the event `last_event_id` if that is still possible. `None` when nothing
    /// of it runs here; then the store has everything. Call it before reading history, so that nothing is missed in
    /// between.
    pub async fn watch(&self, task_id: &TaskId, last_event_id: Option<u64>) -> Option<Watching> {
        self.hub().settled(task_id).await;
        self.hub().watch(task_id, last_event_id)
    }

    /// Cancels the task's run, if one is under way here, or waits for approval and no node has it. Returns when its end is stored, or after ten seconds.
    pub async fn cancel(&self, task_id: &TaskId) {
        self.hub().settled(task_id).await;
        let Some(control) = self.hub().control(task_id) else {
            if let Err(error) = parked::cancel(self, task_id).await {
                tracing::warn!(task = %task_id, %error, "a run that waits for approval could not be cancelled");
            }
            return;
        };
        if control.send(Control::Cancel).is_ok() && timeout(CANCEL_PATIENCE, control.closed()).await.is_err() {
            tracing::warn!(task = %task_id, "a cancelled run has not ended yet");
        }
    }

    /// Decides about a tool call that waits for it. Returns when that is stored. A run that no node has is resumed.
    pub async fn approve(&self, request: ApprovalRequest) -> Result<(), AgentError> {
        // In a task of its own: a run that was taken has to be driven.
        let approved = self.spawn(parked::approve(self.clone(), request)).await;
        approved.unwrap_or_else(|_| Err(StoreError::Unavailable("the run could not be resumed".to_owned()).into()))
    }

    /// The task as it is after its run, should it be an orphan, was ended.
    pub async fn settle(&self, task: TaskRecord) -> Result<TaskRecord, StoreError> {
        leases::settle(self, task).await
    }

    /// Runs under way here.
    pub fn live_runs(&self) -> usize {
        self.hub().live_runs()
    }

    /// The tool servers that runs of this node had to go without lately, the newest outage first.
    pub fn outages(&self) -> Vec<Outage> {
        self.0.outages.list()
    }

    /// Whether no more messages are taken.
    pub fn is_stopping(&self) -> bool {
        self.0.is_stopping.load(Ordering::SeqCst)
    }

    /// Takes no more messages, lets runs finish for `grace`, then ends what is left as INTERRUPTED. Those that only wait
    /// for approval are let go of at once: they are resumed by whoever decides.
    pub async fn shutdown(&self, grace: Duration) {
        self.0.is_stopping.store(true, Ordering::SeqCst);
        self.0.runs.close();
        self.tell_all(|| Control::Stopping);
        if timeout(grace, self.0.runs.wait()).await.is_ok() {
            return;
        }
        tracing::warn!(runs = self.live_runs(), "the grace is over: runs that still go on are interrupted");
        self.0.is_interrupting.store(true, Ordering::SeqCst);
        self.tell_all(|| Control::Interrupt);
        if timeout(INTERRUPT_PATIENCE, self.0.runs.wait()).await.is_err() {
            tracing::error!(runs = self.live_runs(), "runs could not be ended; the next start ends them");
        }
    }

    pub(super) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// This node's name.
    pub fn node_id(&self) -> &str {
        &self.0.node_id
    }

    pub(super) fn hub(&self) -> &Hub {
        &self.0.hub
    }

    pub(super) fn models(&self) -> &dyn ModelSource {
        &*self.0.models
    }

    /// Opens a run's tools, and the context they are reached with. Nothing happens before it is polled.
    pub(super) fn open_tools(
        &self,
        project: Arc<ProjectRecord>,
        task_id: TaskId,
        context: RunContext,
    ) -> BoxFuture<'static, OpenTools> {
        let agent = self.clone();
        Box::pin(async move {
            let context = context.open(agent.store(), &agent.0.keys, agent.clock()).await;
            let name = project.name.clone();
            let opened = agent.0.tools.open(ToolRequest { project, task_id, context }).await;
            agent.0.outages.note(&name, &opened.unavailable, agent.clock().now_ms());
            opened
        })
    }

    /// Whether runs are no longer waited for.
    pub(super) fn is_interrupting(&self) -> bool {
        self.0.is_interrupting.load(Ordering::SeqCst)
    }

    pub(super) fn parts(&self) -> &Arc<Parts> {
        &self.0
    }

    pub(super) fn from_parts(parts: Arc<Parts>) -> Self {
        Self(parts)
    }

    /// Starts work that a shutdown waits for.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        self.0.runs.spawn(work)
    }

    fn tell_all(&self, what: impl Fn() -> Control) {
        for control in self.hub().control_all() {
            // One that has just ended needs no more telling.
            let _ = control.send(what());
        }
    }

    async fn launch(&self, to: Destination, question: Question) -> Result<Accepted, AgentError> {
        if self.is_stopping() {
            return Err(AgentError::Stopping);
        }
        // In a task of its own, which goes on when the request's future is dropped.
        let launched = self.spawn(launch(self.clone(), to, question)).await;
        launched.unwrap_or_else(|_| Err(StoreError::Unavailable("the run could not be started".to_owned()).into()))
    }
}
