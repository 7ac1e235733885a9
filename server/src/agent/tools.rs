//! What the agent asks of tools, whoever provides them.

use super::{run_context::OpenContext, turn::ToolInvocation};
use crate::{llm::provider::ToolDefinition, store::ProjectRecord};
use futures::future::BoxFuture;
use sigmic_shared::{CallId, TaskId, stream::ToolProgress};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Opens the tools of runs. It is asked only for projects that have tool servers.
pub trait ToolSource: Send + Sync {
    /// Opens what the run may use. It never fails: what cannot be had is named in [`OpenTools::unavailable`]. Dropping
    /// the future gives up.
    fn open(&self, request: ToolRequest) -> BoxFuture<'static, OpenTools>;
}

/// Whose tools are to be opened.
#[derive(Clone, Debug)]
pub struct ToolRequest {
    /// The project, as it is configured now.
    pub project: Arc<ProjectRecord>,
    /// The task that runs.
    pub task_id: TaskId,
    /// Whom the run works for.
    pub context: OpenContext,
}

/// The tools of one run. Dropping it gives them back.
pub struct OpenTools {
    /// What the run may use.
    pub tools: Arc<dyn ToolBox>,
    /// What it has to go without: a sentence each, for the page's user, without any secret.
    pub unavailable: Vec<String>,
}

/// Tools a run may use.
pub trait ToolBox: Send + Sync {
    /// What there is, each under a name of its own: the same `Arc` for as long as nothing has changed. Asked for before
    /// each model call.
    fn definitions(&self) -> Arc<[ToolDefinition]>;

    /// Makes a call. Its output, or what went wrong, is text for the model; neither may hold a secret. Dropping the
    /// future cancels the call.
    fn call(&self, call: ToolInvocation, progress: ProgressReporter) -> BoxFuture<'static, Result<String, String>>;
}

/// Tells how far a call is.
#[derive(Clone, Debug)]
pub struct ProgressReporter {
    call_id: CallId,
    reports: mpsc::Sender<ToolProgress>,
}

impl ProgressReporter {
    pub(super) fn new(call_id: CallId, reports: mpsc::Sender<ToolProgress>) -> Self {
        Self { call_id, reports }
    }

    /// Reports progress. A report that comes faster than it can be passed on is left out: the next one replaces it.
    pub fn report(&self, progress: f64, total: Option<f64>, message: Option<String>) {
        // A run that has ended listens no more.
        let _ = self.reports.try_send(ToolProgress { call_id: self.call_id.clone(), progress, total, message });
    }
}

/// No tools at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTools;

impl ToolSource for NoTools {
    fn open(&self, _: ToolRequest) -> BoxFuture<'static, OpenTools> {
        Box::pin(async { OpenTools { tools: Arc::new(Self), unavailable: Vec::new() } })
    }
}

impl ToolBox for NoTools {
    fn definitions(&self) -> Arc<[ToolDefinition]> {
        Arc::default()
    }

    fn call(&self, call: ToolInvocation, _: ProgressReporter) -> BoxFuture<'static, Result<String, String>> {
        Box::pin(async move { Err(format!("There is no tool named {}.", call.tool_name)) })
    }
}
