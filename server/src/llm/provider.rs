//! What the agent asks of a model, whoever serves it.

use futures::{future::BoxFuture, stream::BoxStream};
use serde_json::{Map, Value};
use sigmic_shared::{CallId, stream::Usage};
use std::{borrow::Cow, time::Duration};
use uuid::Uuid;

/// A model that can be asked for an answer.
pub trait Provider: Send + Sync {
    /// Asks for an answer. Resolves once the model's server has accepted the request, or refused it.
    /// Dropping the stream closes the connection, which stops the model.
    fn ask(&self, request: ModelRequest) -> BoxFuture<'static, Result<ModelStream, ModelError>>;
}

/// An answer as it arrives. It ends after [`ModelEvent::Finished`]; an end without it means the
/// answer was cut off.
pub type ModelStream = BoxStream<'static, Result<ModelEvent, ModelError>>;

/// One question to a model: the conversation so far and the tools it may call.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelRequest {
    /// The model's name, as its provider knows it.
    pub model: String,
    /// The system prompt; empty for none.
    pub system: String,
    /// The conversation, oldest first. The last one is what to answer.
    pub messages: Vec<ModelMessage>,
    /// Tools the model may call.
    pub tools: Vec<ToolDefinition>,
}

/// One message of a conversation as a model sees it.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelMessage {
    /// What the user wrote.
    User(String),
    /// What the model wrote, and the tools it called in the same breath.
    Assistant {
        /// Its text, possibly empty.
        text: String,
        /// Its calls. Each is answered by a [`ModelMessage::ToolResult`] right after.
        tool_calls: Vec<ModelToolCall>,
    },
    /// What a tool gave back.
    ToolResult {
        /// The call it answers.
        call_id: CallId,
        /// The tool's name.
        tool_name: String,
        /// What came back, as text.
        output: String,
    },
}

/// A tool offered to a model.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolDefinition {
    /// `<server>__<tool>`
    pub name: String,
    /// What it does, in the tool's own words.
    pub description: String,
    /// JSON schema of its arguments.
    pub parameters: Value,
}

/// A call the model wants made.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelToolCall {
    /// The provider's id for it; one is made up for providers without ids.
    pub call_id: CallId,
    /// `<server>__<tool>`, as the model wrote it.
    pub tool_name: String,
    /// The arguments as the model wrote them: meant to be a JSON object, but the model may err.
    pub arguments: String,
}

impl ModelToolCall {
    /// An id for a call whose provider gave it none.
    pub fn made_up_id() -> CallId {
        CallId(format!("call_{}", Uuid::now_v7().simple()))
    }

    /// The arguments as they may be sent back to a provider: servers refuse a whole conversation for
    /// one call whose arguments are no JSON object, so for such a call there are none.
    pub fn arguments_object(&self) -> &str {
        match serde_json::from_str::<Map<String, Value>>(&self.arguments) {
            Ok(_) => &self.arguments,
            Err(_) => "{}",
        }
    }
}

/// A piece of a model's answer.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelEvent {
    /// A piece of its reasoning, where the provider shows it.
    Thought(String),
    /// A piece of its text.
    Text(String),
    /// A complete tool call.
    ToolCall(ModelToolCall),
    /// What it has counted so far; the last one counts.
    Usage(Usage),
    /// The answer is complete.
    Finished(FinishReason),
}

/// Why a model stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinishReason {
    /// It said all it had to say, or wants its tools called.
    Complete,
    /// It reached its limit of tokens; the text is kept and the run counts as completed.
    Length,
    /// Its provider held the answer back.
    Filtered,
}

/// Why a model could not be asked, or its answer broke off.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{kind:?}: {detail}")]
pub struct ModelError {
    /// What can be done about it.
    pub kind: ModelErrorKind,
    /// For the operator's log. Never sent to a client.
    pub detail: String,
    /// How long the provider asked us to wait.
    pub retry_after: Option<Duration>,
}

/// What can be done about a [`ModelError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelErrorKind {
    /// Not reachable, or a fault of its own: trying again may help.
    Unavailable,
    /// Too many requests for now: trying again later may help.
    RateLimited,
    /// The account behind the key has used up its quota or its credit. Waiting does not help, only
    /// its owner does; to a client it looks like a rate limit.
    QuotaExhausted,
    /// The API key is missing or refused.
    AuthFailed,
    /// The conversation does not fit its context.
    ContextTooLong,
    /// It refused the request as faulty, or knows no such model.
    Refused,
    /// It answered something that is not its protocol, or broke off.
    Garbled,
}

impl ModelError {
    /// An error with a detail for the operator, which must not hold a secret.
    pub fn new(kind: ModelErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), retry_after: None }
    }
}

impl ModelErrorKind {
    /// Whether the same request may succeed in a moment.
    pub const fn is_temporary(self) -> bool {
        matches!(self, Self::Unavailable | Self::RateLimited)
    }
}

/// A text without NUL, which no database takes: U+FFFD stands for it. A text borrowed from JSON
/// cannot hold one, since there it is an escape.
pub fn without_nul(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Owned(text) if text.contains('\0') => Cow::Owned(text.replace('\0', "\u{fffd}")),
        text => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_object_is_sent_back_as_arguments() {
        for (arguments, expected) in [
            (r#"{"a":[1,{"b":"\u00e9"}]}"#, r#"{"a":[1,{"b":"\u00e9"}]}"#),
            ("{}", "{}"),
            ("", "{}"),
            (r#"{"a":"#, "{}"),
            (r#"{"a":1} trailing"#, "{}"),
            ("[]", "{}"),
            ("[1]", "{}"),
            ("null", "{}"),
            ("\"{}\"", "{}"),
        ] {
            let call = ModelToolCall { call_id: "c".into(), tool_name: "t".into(), arguments: arguments.to_owned() };
            assert_eq!(call.arguments_object(), expected, "{arguments}");
        }
    }
}
