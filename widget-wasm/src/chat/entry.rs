//! What a conversation is made of.

use super::passage::byte_of;
use serde_json::Value;
use sigmic_shared::{
    AttachedFile, CallId, Message, MessageId, Role, Thought, Timestamp, ToolCall, ToolCallStatus,
    stream::{RunError, Usage},
};

/// Names an entry for as long as its [`ChatModel`](super::ChatModel) lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryKey(pub u32);

/// One message of the conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Names it here.
    pub key: EntryKey,
    /// Names it on the server, once the server said so.
    pub id: Option<MessageId>,
    /// When the server accepted it.
    pub created_at: Option<Timestamp>,
    /// What it says.
    pub body: Body,
}

/// What an entry says, by who says it.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// The end user.
    User(UserMessage),
    /// The agent.
    Answer(Answer),
}

/// A message of the end user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserMessage {
    /// Its text, shown as it is: no markdown.
    pub text: String,
    /// Files that went with it.
    pub files: Vec<AttachedFile>,
    /// Whether the server has it.
    pub delivery: Delivery,
}

/// Whether the server has a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// On its way.
    Sending {
        /// Sent along, so that trying again runs nothing twice.
        idempotency_key: String,
    },
    /// The server has it.
    Sent,
    /// It did not get there; offer to send it again, with the same key.
    Failed {
        /// As in [`Delivery::Sending`].
        idempotency_key: String,
    },
}

/// An answer of the agent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Markdown, as far as it arrived.
    pub text: String,
    /// What the model said of its reasoning.
    pub thoughts: Vec<Thought>,
    /// Tools it used, in the order they were called.
    pub tools: Vec<ToolEntry>,
    /// Subagents it used, in the order they started.
    pub subagents: Vec<Subagent>,
    /// What went wrong, oldest first. The last one ended it if the state is [`AnswerState::Failed`].
    pub errors: Vec<RunError>,
    /// How far it is.
    pub state: AnswerState,
    /// What the model counted, once it is done.
    pub usage: Option<Usage>,
}

/// How far an answer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AnswerState {
    /// More may come.
    #[default]
    Streaming,
    /// All there.
    Complete,
    /// It ended early, by an error.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

/// One call of a tool.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolEntry {
    /// Its id, unique within the task.
    pub call_id: CallId,
    /// `<server>__<tool>`
    pub tool_name: String,
    /// How far it is.
    pub status: ToolCallStatus,
    /// The arguments the model chose.
    pub args: Value,
    /// What came back, once something did.
    pub output: Option<String>,
    /// The tool's own word on how far it is, while it runs.
    pub progress: Option<Progress>,
    /// When it began executing, by the browser's clock, if it was seen to.
    pub started_ms: Option<u64>,
    /// How long it took, once it ended.
    pub duration_ms: Option<u64>,
    /// Bytes of the answer's text that came before it.
    pub text_offset: usize,
    /// What became of the user's decision, while it waits for one.
    pub decision: Option<Decision>,
}

/// What became of a decision about a tool call that waits for approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// On its way to the server.
    Sending,
    /// The server did not take it.
    Failed,
}

/// How far a running tool is.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// In the tool's own unit.
    pub progress: f64,
    /// What `progress` will be at the end, if the tool knows.
    pub total: Option<f64>,
    /// A few words.
    pub message: Option<String>,
}

/// A subagent at work for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subagent {
    /// Its name.
    pub agent_name: String,
    /// Its name for people.
    pub display_name: String,
    /// What it is to do.
    pub objective: String,
    /// The last thing it thought or the tool it used last.
    pub activity: Option<String>,
    /// What it found, once it ended.
    pub result: Option<String>,
}

impl Entry {
    /// What the server does not know of yet.
    pub(super) fn new(key: EntryKey, body: Body) -> Self {
        Self { key, id: None, created_at: None, body }
    }

    /// A saved message. `same` is the entry that showed it so far, which may know more than is saved.
    pub(super) fn saved(key: EntryKey, message: Message, same: Option<Self>) -> Self {
        let body = match message.role {
            Role::User => Body::User(UserMessage {
                text: message.content,
                files: message.attached_files,
                delivery: Delivery::Sent,
            }),
            Role::Assistant => Body::Answer(Answer::saved(
                message.content,
                message.thoughts,
                message.tool_calls,
                same.and_then(|entry| match entry.body {
                    Body::Answer(answer) => Some(answer),
                    Body::User(_) => None,
                }),
            )),
        };
        Self { key, id: Some(message.id), created_at: Some(message.created_at), body }
    }

    /// A message of the user on its way to the server.
    pub(super) fn is_sending(&self) -> bool {
        matches!(&self.body, Body::User(UserMessage { delivery: Delivery::Sending { .. }, .. }))
    }

    /// A message of the user that the server does not have, as far as is known.
    pub(super) fn is_unsent(&self) -> bool {
        matches!(&self.body, Body::User(message) if message.delivery != Delivery::Sent)
    }
}

impl Answer {
    /// Whether there is nothing to see of it.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
            && self.thoughts.is_empty()
            && self.tools.is_empty()
            && self.subagents.is_empty()
            && self.errors.is_empty()
    }

    fn saved(text: String, thoughts: Vec<Thought>, calls: Vec<ToolCall>, same: Option<Self>) -> Self {
        let seen = same.unwrap_or_default();
        let state = if seen.state == AnswerState::Streaming { AnswerState::Complete } else { seen.state };
        let tools = calls
            .into_iter()
            .map(|call| {
                let seen = seen.tools.iter().find(|tool| tool.call_id == call.call_id);
                ToolEntry {
                    started_ms: seen.and_then(|tool| tool.started_ms),
                    duration_ms: call.duration_ms.or_else(|| seen.and_then(|tool| tool.duration_ms)),
                    output: call.output,
                    status: call.status,
                    tool_name: call.tool_name,
                    args: call.args,
                    // A call whose place nobody noted comes before the text.
                    text_offset: call.text_offset.map_or(0, |offset| byte_of(&text, offset)),
                    ..ToolEntry::new(call.call_id)
                }
            })
            .collect();
        Self { text, thoughts, tools, state, ..seen }
    }
}

impl ToolEntry {
    pub(super) fn new(call_id: CallId) -> Self {
        Self {
            call_id,
            tool_name: String::new(),
            status: ToolCallStatus::Executing,
            args: Value::Null,
            output: None,
            progress: None,
            started_ms: None,
            duration_ms: None,
            text_offset: 0,
            decision: None,
        }
    }

    /// A call that did not run.
    #[cfg(test)]
    pub(crate) fn cancelled_for_tests() -> Self {
        Self { status: ToolCallStatus::Cancelled, ..Self::new("c1".into()) }
    }
}
