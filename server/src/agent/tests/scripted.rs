use super::*;
use crate::{
    agent::{
        models::ModelSource,
        tools::{OpenTools, ProgressReporter, ToolBox, ToolRequest, ToolSource},
        turn::ToolInvocation,
    },
    llm::provider::{ModelRequest, ModelStream, Provider, ToolDefinition},
};
use futures::{FutureExt, StreamExt, future::BoxFuture, stream};
use serde_json::json;
use std::{collections::VecDeque, sync::Mutex};
use tokio::sync::{Semaphore, mpsc, watch};

/// One answer of a model.
pub(super) enum Script {
    /// The server does not accept the request.
    Refuse(ModelError),
    /// Events that are all there at once, then the stream's end.
    Say(Vec<ModelEvent>),
    /// Whatever the test sends, when it sends it; dropping the sender ends the stream.
    Live(mpsc::UnboundedReceiver<Result<ModelEvent, ModelError>>),
    /// The server never answers.
    Silence,
    /// Our own code fails.
    Panic,
}

/// A model that plays scripts, one a request.
pub(super) struct Models {
    scripts: Arc<Mutex<VecDeque<Script>>>,
    requests: watch::Sender<Vec<ModelRequest>>,
    /// Streams that are open.
    open: watch::Sender<usize>,
    breakdown: Mutex<Option<ModelError>>,
}

impl Default for Models {
    fn default() -> Self {
        let (requests, open) = (watch::Sender::new(Vec::new()), watch::Sender::new(0));
        Self { scripts: Arc::default(), requests, open, breakdown: Mutex::default() }
    }
}

impl Models {
    pub(super) fn script(&self, script: Script) -> &Self {
        self.scripts.lock().unwrap().push_back(script);
        self
    }

    pub(super) fn say(&self, events: impl IntoIterator<Item = ModelEvent>) -> &Self {
        self.script(Script::Say(events.into_iter().collect()))
    }

    pub(super) fn live(&self) -> mpsc::UnboundedSender<Result<ModelEvent, ModelError>> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.script(Script::Live(receiver));
        sender
    }

    /// No provider can be had from now on.
    pub(super) fn break_down(&self, error: ModelError) {
        *self.breakdown.lock().unwrap() = Some(error);
    }

    pub(super) fn requests(&self) -> Vec<ModelRequest> {
        self.requests.borrow().clone()
    }

    /// Returns when this many streams are open.
    pub(super) async fn until_open(&self, streams: usize) {
        in_time(self.open.subscribe().wait_for(|open| *open == streams)).await.unwrap();
    }
}

impl ModelSource for Models {
    fn find_provider(&self, _: &ProjectRecord) -> Result<Arc<dyn Provider>, ModelError> {
        if let Some(error) = &*self.breakdown.lock().unwrap() {
            return Err(error.clone());
        }
        let (scripts, requests, open) = (self.scripts.clone(), self.requests.clone(), self.open.clone());
        Ok(Arc::new(Player { scripts, requests, open }))
    }
}

struct Player {
    scripts: Arc<Mutex<VecDeque<Script>>>,
    requests: watch::Sender<Vec<ModelRequest>>,
    open: watch::Sender<usize>,
}

/// Counts an open stream for as long as it lives.
struct Open(watch::Sender<usize>);

impl Open {
    fn new(count: &watch::Sender<usize>) -> Self {
        count.send_modify(|open| *open += 1);
        Self(count.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

impl Provider for Player {
    fn ask(&self, request: ModelRequest) -> BoxFuture<'static, Result<ModelStream, ModelError>> {
        self.requests.send_modify(|requests| requests.push(request));
        let script = self.scripts.lock().unwrap().pop_front().expect("the test scripted an answer");
        let open = Open::new(&self.open);
        Box::pin(async move {
            let mut answer: ModelStream = match script {
                Script::Refuse(error) => return Err(error),
                Script::Say(events) => stream::iter(events).map(Ok).boxed(),
                Script::Live(mut events) => stream::poll_fn(move |context| events.poll_recv(context)).boxed(),
                Script::Silence => std::future::pending().await,
                Script::Panic => panic!("a bug, as the test wants it"),
            };
            let counted = stream::poll_fn(move |context| {
                let _open = &open;
                answer.poll_next_unpin(context)
            });
            Ok(counted.boxed())
        })
    }
}

/// Tools that do what a test says.
pub(super) struct Tools(Arc<Toolbox>);

pub(super) struct Toolbox {
    outcomes: Mutex<VecDeque<mpsc::UnboundedReceiver<Result<String, String>>>>,
    definitions: Mutex<Arc<[ToolDefinition]>>,
    unavailable: Mutex<Vec<String>>,
    /// Whether tools may be opened.
    opening: Semaphore,
    kept: Mutex<Vec<mpsc::UnboundedSender<Result<String, String>>>>,
    pub(super) requests: watch::Sender<Vec<ToolRequest>>,
    pub(super) calls: Mutex<Vec<ToolInvocation>>,
}

impl Default for Tools {
    fn default() -> Self {
        Self(Arc::new(Toolbox {
            outcomes: Mutex::default(),
            definitions: Mutex::new(define(&["shop__find", "shop__refund"])),
            unavailable: Mutex::default(),
            opening: Semaphore::new(1),
            kept: Mutex::default(),
            requests: watch::Sender::new(Vec::new()),
            calls: Mutex::default(),
        }))
    }
}

impl std::ops::Deref for Tools {
    type Target = Toolbox;

    fn deref(&self) -> &Toolbox {
        &self.0
    }
}

impl Toolbox {
    /// The next call ends with what is sent here.
    pub(super) fn live(&self) -> mpsc::UnboundedSender<Result<String, String>> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.outcomes.lock().unwrap().push_back(receiver);
        sender
    }

    /// The next call never ends.
    pub(super) fn hang(&self) {
        let never = self.live();
        self.kept.lock().unwrap().push(never);
    }

    /// There are other tools from now on.
    pub(super) fn change(&self, names: &[&str]) {
        *self.definitions.lock().unwrap() = define(names);
    }

    /// Whoever opens tools is told this.
    pub(super) fn miss(&self, sentence: &str) {
        self.unavailable.lock().unwrap().push(sentence.into());
    }

    /// No tools can be opened, until [`Toolbox::release`].
    pub(super) fn hold(&self) {
        self.opening.forget_permits(1);
    }

    pub(super) fn release(&self) {
        self.opening.add_permits(1);
    }

    /// Returns when tools were asked for this often.
    pub(super) async fn until_opened(&self, times: usize) -> Vec<ToolRequest> {
        in_time(self.requests.subscribe().wait_for(|requests| requests.len() == times)).await.unwrap().clone()
    }
}

fn define(names: &[&str]) -> Arc<[ToolDefinition]> {
    let define = |name: &&str| ToolDefinition {
        name: (*name).to_owned(),
        description: String::new(),
        parameters: json!({ "type": "object" }),
    };
    names.iter().map(define).collect()
}

impl ToolSource for Tools {
    fn open(&self, request: ToolRequest) -> BoxFuture<'static, OpenTools> {
        let tools = self.0.clone();
        async move {
            tools.requests.send_modify(|requests| requests.push(request));
            let _held = tools.opening.acquire().await.expect("nobody closes it");
            let unavailable = tools.unavailable.lock().unwrap().clone();
            OpenTools { tools: tools.clone(), unavailable }
        }
        .boxed()
    }
}

impl ToolBox for Toolbox {
    fn definitions(&self) -> Arc<[ToolDefinition]> {
        self.definitions.lock().unwrap().clone()
    }

    fn call(&self, call: ToolInvocation, progress: ProgressReporter) -> BoxFuture<'static, Result<String, String>> {
        self.calls.lock().unwrap().push(call);
        let mut outcome = self.outcomes.lock().unwrap().pop_front().expect("the test scripted an outcome");
        Box::pin(async move {
            progress.report(1.0, Some(2.0), None);
            outcome.recv().await.expect("the test sends an outcome")
        })
    }
}
