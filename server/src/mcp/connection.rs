//! A connection that is kept: it has a session when it needs one, and begins another when that has ended.

use super::{
    catalogue::{self, KnownTool, Selection},
    endpoint::Endpoint,
    failure::Failure,
    handler::Report,
    pool::PoolLimits,
    process::ProcessHost,
    result,
    session::Session,
};
use crate::secrets::Redactor;
use serde_json::{Map, Value};
use std::{
    collections::VecDeque,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::Mutex,
    time::{Instant, sleep, timeout},
};
use tokio_util::task::AbortOnDropHandle;

/// Most starts of a local server within [`START_WINDOW`].
const MOST_STARTS: usize = 5;
const START_WINDOW: Duration = Duration::from_secs(60);
/// How long a server must wait until its tools are listed again.
const BETWEEN_LISTINGS: Duration = Duration::from_secs(1);
/// Longest message of a progress report, in bytes.
const PROGRESS_BYTES: usize = 1000;
/// Longest sentence about a server that could not be used, in bytes.
const REASON_BYTES: usize = 500;

/// What all connections have in common.
pub(super) struct Host {
    pub limits: PoolLimits,
    pub processes: ProcessHost,
}

/// How a server is dealt with.
pub(super) struct Terms {
    /// Its name in the project.
    pub name: String,
    /// How long connecting and each call may take.
    pub timeout: Duration,
    pub selection: Selection,
    pub redactor: Arc<Redactor>,
    pub host: Arc<Host>,
}

/// A connection to one server for one context.
pub(super) struct Connection {
    endpoint: Endpoint,
    terms: Terms,
    tools: Shelf,
    /// Attempts that have ended, so that those who waited for one share what it gave.
    attempts: AtomicU64,
    state: Mutex<State>,
}

/// The tools as they are at present.
type Shelf = Arc<RwLock<Arc<Vec<KnownTool>>>>;

#[derive(Default)]
struct State {
    session: Option<Arc<Session>>,
    /// Lists the tools again when they change.
    refresher: Option<AbortOnDropHandle<()>>,
    /// What the last attempt came to, if it failed.
    failure: Option<Failure>,
    starts: VecDeque<Instant>,
}

impl Connection {
    pub(super) fn new(endpoint: Endpoint, terms: Terms) -> Self {
        Self { endpoint, terms, tools: Shelf::default(), attempts: AtomicU64::new(0), state: Mutex::default() }
    }

    pub(super) fn name(&self) -> &str {
        &self.terms.name
    }

    /// The tools as they are at present.
    pub(super) fn tools(&self) -> Arc<Vec<KnownTool>> {
        self.tools.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes sure that there is a session. Why there is none is fit to be shown.
    pub(super) async fn open(&self) -> Result<(), String> {
        match self.session().await {
            Ok(_) => Ok(()),
            Err(failure) => Err(self.explain(&failure, REASON_BYTES)),
        }
    }

    /// Calls a tool by its own name. What it gives is fit for the model. Dropping the future cancels the call.
    pub(super) async fn call(
        &self,
        tool: String,
        arguments: Map<String, Value>,
        report: Report,
    ) -> Result<String, String> {
        let mut outcome = CallOutcome("cancelled");
        let limit = self.terms.host.limits.result_bytes;
        let result = match self.session().await {
            Ok(session) => self.ask(&session, tool, arguments, report).await,
            Err(failure) => Err(failure),
        };
        match result {
            Ok(result) => {
                let said = result::read(&result, &self.terms.redactor, limit);
                outcome.0 = if said.is_ok() { "success" } else { "error" };
                said
            }
            Err(failure) => {
                outcome.0 = if matches!(failure, Failure::Timeout(_)) { "timeout" } else { "failure" };
                Err(format!("The MCP server \"{}\" {}.", self.name(), self.explain(&failure, limit)))
            }
        }
    }

    async fn ask(
        &self,
        session: &Session,
        tool: String,
        arguments: Map<String, Value>,
        report: Report,
    ) -> Result<Value, Failure> {
        let redactor = self.terms.redactor.clone();
        let masked: Report = Box::new(move |progress, total, message: Option<String>| {
            let message = message.map(|text| catalogue::cut(redactor.mask(&text).into_owned(), PROGRESS_BYTES));
            report(progress, total, message);
        });
        let called = timeout(self.terms.timeout, session.call(tool, arguments, masked)).await;
        let result = called.unwrap_or(Err(Failure::Timeout(self.terms.timeout)));
        if let Err(failure) = &result
            && !matches!(failure, Failure::Refused(_) | Failure::AskedForInput)
        {
            session.distrust();
        }
        result
    }

    /// A failure without a value in it.
    fn explain(&self, failure: &Failure, limit: usize) -> String {
        let text = failure.to_string();
        match failure {
            // The only one that holds words of others.
            Failure::Refused(_) => {
                let masked = self.terms.redactor.mask(&text).into_owned();
                result::within(masked, limit).trim_end_matches(['.', '\n']).to_owned()
            }
            _ => text,
        }
    }

    /// The session, begun anew if need be. Those who come while it begins share the one attempt.
    async fn session(&self) -> Result<Arc<Session>, Failure> {
        let before = self.attempts.load(Ordering::SeqCst);
        let mut state = self.state.lock().await;
        if let Some(session) = state.session.as_ref().filter(|session| session.is_usable()) {
            return Ok(session.clone());
        }
        if self.attempts.load(Ordering::SeqCst) > before
            && let Some(failure) = &state.failure
        {
            return Err(failure.clone());
        }
        let begun = match self.may_start(&mut state) {
            Ok(()) => timeout(self.terms.timeout, self.begin()).await,
            Err(failure) => Ok(Err(failure)),
        };
        let begun = begun.unwrap_or(Err(Failure::Timeout(self.terms.timeout)));
        self.attempts.fetch_add(1, Ordering::SeqCst);
        let outcome = if begun.is_ok() { "success" } else { "failure" };
        metrics::counter!("sigmic_mcp_connects_total", "outcome" => outcome).increment(1);
        match begun {
            Ok((session, refresher)) => {
                *state = State {
                    session: Some(session.clone()),
                    refresher: Some(refresher),
                    failure: None,
                    starts: std::mem::take(&mut state.starts),
                };
                Ok(session)
            }
            Err(failure) => {
                tracing::debug!(server = self.name(), reason = self.explain(&failure, REASON_BYTES), "no MCP session");
                state.session = None;
                state.refresher = None;
                state.failure = Some(failure.clone());
                Err(failure)
            }
        }
    }

    fn may_start(&self, state: &mut State) -> Result<(), Failure> {
        if self.terms.host.processes.shutdown.is_cancelled() {
            return Err(Failure::Closing);
        }
        if matches!(self.endpoint, Endpoint::Local(_)) {
            let now = Instant::now();
            state.starts.retain(|start| now.duration_since(*start) < START_WINDOW);
            if state.starts.len() >= MOST_STARTS {
                return Err(Failure::StartedTooOften);
            }
            state.starts.push_back(now);
        }
        Ok(())
    }

    async fn begin(&self) -> Result<(Arc<Session>, AbortOnDropHandle<()>), Failure> {
        let session = Arc::new(Session::begin(&self.endpoint, &self.terms).await?);
        let selection = self.terms.selection.clone();
        let (name, redactor) = (self.terms.name.clone(), self.terms.redactor.clone());
        let shelf = self.tools.clone();
        let put = move |listed| {
            let tools = Arc::new(catalogue::read(&name, listed, &selection, &redactor));
            *shelf.write().unwrap_or_else(PoisonError::into_inner) = tools;
        };
        put(session.list_tools().await?);
        let refresher = tokio::spawn(refresh(session.clone(), self.terms.timeout, put));
        Ok((session, AbortOnDropHandle::new(refresher)))
    }

    /// Ends its session, if there is one, and waits until the server is gone.
    pub(super) async fn close(&self) {
        let session = {
            let mut state = self.state.lock().await;
            state.refresher = None;
            state.session.take()
        };
        if let Some(session) = session {
            session.end().await;
        }
    }
}

/// Lists the tools again whenever they change, though not faster than a server may ask for it.
async fn refresh(session: Arc<Session>, patience: Duration, put: impl Fn(Vec<Value>)) {
    loop {
        session.tools_changed().await;
        match timeout(patience, session.list_tools()).await {
            Ok(Ok(listed)) => put(listed),
            // What was listed before stays until a session tells otherwise.
            Ok(Err(_)) | Err(_) => tracing::debug!("an MCP server did not list its changed tools"),
        }
        sleep(BETWEEN_LISTINGS).await;
    }
}

/// Counts a call when it is over, however it ends.
struct CallOutcome(&'static str);

impl Drop for CallOutcome {
    fn drop(&mut self) {
        metrics::counter!("sigmic_mcp_calls_total", "outcome" => self.0).increment(1);
    }
}
