//! Events of a task's stream.

use crate::{CallId, Message, RunErrorCode, TaskStatus, Thought, ToolCallStatus, task::TaskStarted};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// One event of a stream. [`StreamEvent::name`] is its `event:` line, the payload its `data:` line.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamEvent {
    /// First event of a stream that a `POST` answers with.
    Task(TaskStarted),
    /// A saved message.
    HistoryMessage(Message),
    /// All saved messages were sent.
    HistoryDone(HistoryDone),
    /// What the run is doing.
    Status(RunStatus),
    /// A piece of the model's reasoning.
    Thought(Thought),
    /// A piece of the answer.
    Content(Content),
    /// A tool is called, or waits for approval.
    ToolCall(ToolCallStarted),
    /// A running tool says how far it is.
    ToolProgress(ToolProgress),
    /// A tool call ended.
    ToolResult(ToolResult),
    /// A subagent starts.
    SubagentStart(SubagentStart),
    /// A subagent reasons.
    SubagentThought(SubagentThought),
    /// A subagent uses a tool.
    SubagentTool(SubagentTool),
    /// A subagent ended.
    SubagentEnd(SubagentEnd),
    /// Something failed. `done` follows when the run ends by it.
    Error(RunError),
    /// Last event of a run.
    Done(Done),
}

/// All saved messages were sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryDone {
    /// How many there were.
    pub message_count: u64,
    /// Whether a run is under way, so that live events follow.
    pub is_streaming: bool,
}

/// What a run is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStatus {
    /// The phase.
    pub status: RunPhase,
}

/// Phases of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunPhase {
    /// Asking the model.
    Connecting,
    /// The model answers.
    Processing,
    /// The model could not be asked for the moment; trying again.
    Retrying,
}

/// A piece of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// A delta: all of a turn joined are the answer.
    pub text: String,
    /// False on the last piece of a passage.
    pub is_partial: bool,
}

/// A tool is called, or waits for approval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolCallStarted {
    /// The call.
    pub call_id: CallId,
    /// `<server>__<tool>`
    pub tool_name: String,
    /// `executing` or `awaiting_approval`.
    pub status: ToolCallStatus,
    /// The arguments the model chose.
    pub args: Value,
    /// How many characters (Unicode scalar values) of the answer came before it: a stream that is joined late tells the
    /// text first and the calls after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_offset: Option<u64>,
}

/// A running tool says how far it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolProgress {
    /// The call.
    pub call_id: CallId,
    /// How far, in the tool's own unit.
    pub progress: f64,
    /// What `progress` will be at the end, if the tool knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<f64>,
    /// A few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// A tool call ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolResult {
    /// The call.
    pub call_id: CallId,
    /// `success`, `error` or `cancelled`.
    pub status: ToolCallStatus,
    /// What came back, as text.
    pub output: String,
}

/// A subagent starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubagentStart {
    /// Its name.
    pub agent_name: String,
    /// Its name for people.
    pub display_name: String,
    /// What it is for.
    pub description: String,
    /// What it is to do now.
    pub objective: String,
}

/// A subagent reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubagentThought {
    /// Its name.
    pub agent_name: String,
    /// What it thinks.
    pub text: String,
}

/// A subagent uses a tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubagentTool {
    /// Its name.
    pub agent_name: String,
    /// `start` or `end`.
    pub status: String,
    /// The tool.
    pub tool_name: String,
    /// What came back, at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

/// A subagent ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubagentEnd {
    /// Its name.
    pub agent_name: String,
    /// Why it ended, for example `GOAL`.
    pub terminate_reason: String,
    /// What it found.
    pub result: String,
}

/// Something failed in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunError {
    /// What programs look at.
    pub code: RunErrorCode,
    /// One sentence for people.
    pub message: String,
}

/// A run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Done {
    /// The whole answer: exactly the join of the run's `content` texts.
    pub final_response: String,
    /// `completed`, `failed` or `cancelled`.
    pub status: TaskStatus,
    /// What the model counted, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

/// Tokens as the model's provider counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Tokens the model read.
    pub input_tokens: u64,
    /// Tokens the model wrote.
    pub output_tokens: u64,
}

macro_rules! names {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        impl StreamEvent {
            /// The event's `event:` line.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name),+ }
            }

            /// The event named `name` with its `data:` line, or `None` for an event of a later version.
            pub fn from_parts(name: &str, data: &str) -> Option<Result<Self, serde_json::Error>> {
                Self::deserialize_payload(name, &mut serde_json::Deserializer::from_str(data))
            }

            /// The event named `name` with its payload, or `None` for an event of a later version.
            pub fn deserialize_payload<'de, D: Deserializer<'de>>(
                name: &str,
                payload: D,
            ) -> Option<Result<Self, D::Error>> {
                match name {
                    $($name => Some(Deserialize::deserialize(payload).map(Self::$variant)),)+
                    _ => None,
                }
            }
        }

        /// Serialises the payload alone, as the `data:` line holds it.
        impl Serialize for StreamEvent {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$variant(payload) => payload.serialize(serializer)),+ }
            }
        }
    };
}

names! {
    Task = "task",
    HistoryMessage = "history_message",
    HistoryDone = "history_done",
    Status = "status",
    Thought = "thought",
    Content = "content",
    ToolCall = "tool_call",
    ToolProgress = "tool_progress",
    ToolResult = "tool_result",
    SubagentStart = "subagent_start",
    SubagentThought = "subagent_thought",
    SubagentTool = "subagent_tool",
    SubagentEnd = "subagent_end",
    Error = "error",
    Done = "done",
}
