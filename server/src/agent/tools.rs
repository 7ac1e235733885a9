//! What the agent asks of tools, whoever provides them.

use super::turn::ToolInvocation;
use crate::llm::provider::ToolDefinition;
use futures::future::BoxFuture;
use sigmic_shared::{CallId, stream::ToolProgress};
use tokio::sync::mpsc;

/// Tools a run may use.
pub trait ToolBox: Send + Sync {
    /// What there is, each under a name of its own.
    fn definitions(&self) -> Vec<ToolDefinition>;

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

impl ToolBox for NoTools {
    fn definitions(&self) -> Vec<ToolDefinition> {
        Vec::new()
    }

    fn call(&self, call: ToolInvocation, _: ProgressReporter) -> BoxFuture<'static, Result<String, String>> {
        Box::pin(async move { Err(format!("There is no tool named {}.", call.tool_name)) })
    }
}
