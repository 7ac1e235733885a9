use crate::llm::provider::{ModelError, ModelEvent, ToolDefinition};
use sigmic_shared::{CallId, stream::ToolProgress, tool_call::ApprovalOutcome};
use std::sync::Arc;

/// Something that happened to a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The run begins.
    Start,
    /// The tools were opened, see [`Effect::OpenTools`](super::Effect::OpenTools).
    ToolsOpened {
        /// What the model may call.
        definitions: Arc<[ToolDefinition]>,
        /// What it has to go without: a sentence each.
        unavailable: Vec<String>,
    },
    /// There are other tools than before.
    ToolsChanged(Arc<[ToolDefinition]>),
    /// A piece of the model's answer.
    Model(ModelEvent),
    /// The model could not be asked, or its answer broke off.
    ModelFailed(ModelError),
    /// The model's answer ended without [`ModelEvent::Finished`].
    ModelEnded,
    /// The wait of [`Effect::RetryAfter`](super::Effect::RetryAfter) is over.
    RetryDue,
    /// A running tool says how far it is.
    ToolProgress(ToolProgress),
    /// A tool call ended.
    ToolFinished {
        /// The call.
        call_id: CallId,
        /// What came back, or what went wrong in words the model can use.
        outcome: Result<String, String>,
        /// How long it took, in milliseconds.
        duration_ms: u64,
    },
    /// Somebody decided about a call that waits for approval.
    Approval {
        /// The call.
        call_id: CallId,
        /// The decision.
        outcome: ApprovalOutcome,
    },
    /// Somebody cancelled the run.
    Cancel,
    /// This server is about to stop: nobody is waited for any more.
    Stopping,
    /// This server stops now.
    Interrupt,
    /// A bug ended the work on the run.
    Crashed,
}
