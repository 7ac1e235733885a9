use crate::agent::conversation::{Conversation, PlacedCall};
use sigmic_shared::Thought;

/// Everything a run is made of.
pub struct TurnSpec {
    /// The model's name.
    pub model: String,
    /// The system prompt; empty for none.
    pub system: String,
    /// The task's messages, the question to answer last.
    pub conversation: Conversation,
    /// What the run has said and done before it was parked. The conversation holds it, too.
    pub before: Option<ParkedAnswer>,
    /// Whether there may be tools, so that they have to be opened before the model is asked.
    pub opens_tools: bool,
    /// Model calls there may be before the run ends with STEP_LIMIT.
    pub max_steps: u32,
    /// What to do about a call of the tool of this name.
    pub policy: Box<dyn Fn(&str) -> Decision + Send>,
    /// Random numbers from 0 to 1, which spread retries.
    pub jitter: Box<dyn FnMut() -> f64 + Send>,
}

/// The answer of a run that was parked: it ends with calls of which some wait for approval.
#[derive(Clone, Debug, Default)]
pub struct ParkedAnswer {
    /// The text.
    pub text: String,
    /// The reasoning.
    pub thoughts: Vec<Thought>,
    /// The tool calls, in the order they were made.
    pub tool_calls: Vec<PlacedCall>,
}

/// What to do about a tool call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Make it.
    Allow,
    /// Ask somebody first.
    Ask,
    /// Tell the model that it may not.
    Deny,
}
