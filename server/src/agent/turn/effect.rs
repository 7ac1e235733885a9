use crate::llm::provider::ModelRequest;
use serde_json::{Map, Value};
use sigmic_shared::{
    CallId, StreamEvent, TaskStatus,
    stream::{RunError, Usage},
};
use std::time::Duration;

/// Something to be done for a run, in the order given.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Open the run's tools. They come back as [`Input::ToolsOpened`](super::Input::ToolsOpened).
    OpenTools,
    /// Ask the model. Its events come back as [`Input::Model`](super::Input::Model).
    CallModel(ModelRequest),
    /// Come back with [`Input::RetryDue`](super::Input::RetryDue) after this long.
    RetryAfter(Duration),
    /// Call a tool. Its end comes back as [`Input::ToolFinished`](super::Input::ToolFinished).
    CallTool(ToolInvocation),
    /// Store the run as it is now, and that its task waits for approval, or no longer does. Nothing that follows may be
    /// done before: what is asked for is asked for after a restart, too, and what was approved is not made twice.
    Store(TaskStatus),
    /// Tell everybody who watches.
    Publish(StreamEvent),
    /// The run is over: stop the model and the tools, store the answer, then publish the end. Always the last effect.
    Finish(RunEnd),
    /// Let go of the run: it waits for approval in the store, until somebody decides. Always the last effect.
    Park,
}

/// A tool call to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolInvocation {
    /// Its id, unique within the task.
    pub call_id: CallId,
    /// `<server>__<tool>`
    pub tool_name: String,
    /// The arguments the model chose.
    pub args: Map<String, Value>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct RunEnd {
    /// Completed, failed or cancelled.
    pub status: TaskStatus,
    /// Why it failed.
    pub error: Option<RunError>,
    /// Tokens over all model calls, if any was counted.
    pub usage: Option<Usage>,
}
