//! What people, and the model, are told. Nothing in here comes from outside.

use crate::llm::provider::ModelErrorKind;
use sigmic_shared::RunErrorCode;

pub(super) const CUT_OFF: &str = "The model's answer ended before it was complete.";
pub(super) const FILTERED: &str = "The model's provider held the answer back.";
pub(super) const NOTHING_SAID: &str = "The model reached its token limit before it said anything.";
pub(super) const TOO_MUCH: &str = "The model's answer exceeded the limits of one run.";
pub(super) const STEP_LIMIT: &str = "The agent reached its limit of steps for one message.";
pub(super) const TOO_LONG: &str = "The message is too long for the model.";
pub(super) const TOO_MANY_TOOLS: &str = "The project's system prompt and tools are too long for the model: offer fewer tools, or take a model with more context.";
pub(super) const INTERRUPTED: &str = "The server stopped before the answer was complete.";
pub(super) const CRASHED: &str = "Something went wrong while answering.";
pub(super) const CALL_CANCELLED: &str = "The run ended before this call did.";
pub(super) const CALL_STOPPED: &str = "The server stopped during this call.";
pub(super) const REFUSED: &str = "The user refused this call.";
pub(super) const DENIED: &str = "The project's policy does not allow this tool.";

/// The code a failure of the model is reported with.
pub(super) const fn code_of(kind: ModelErrorKind) -> RunErrorCode {
    match kind {
        ModelErrorKind::Unavailable => RunErrorCode::ModelUnavailable,
        ModelErrorKind::RateLimited | ModelErrorKind::QuotaExhausted => RunErrorCode::ModelRateLimited,
        ModelErrorKind::AuthFailed => RunErrorCode::ModelAuthFailed,
        ModelErrorKind::ContextTooLong => RunErrorCode::ContextTooLong,
        ModelErrorKind::Refused | ModelErrorKind::Garbled => RunErrorCode::AgentError,
    }
}

/// What to say when the model said nothing.
pub(super) const fn not_asked(kind: ModelErrorKind) -> &'static str {
    match kind {
        ModelErrorKind::Unavailable => "The model cannot be reached. Try again in a moment.",
        ModelErrorKind::RateLimited => "The model takes no more requests for now. Try again in a moment.",
        ModelErrorKind::QuotaExhausted => "This project's quota at the model's provider is used up.",
        ModelErrorKind::AuthFailed => "The model's provider refuses this project's API key.",
        ModelErrorKind::ContextTooLong => TOO_LONG,
        ModelErrorKind::Refused => "The model's provider refused the request.",
        ModelErrorKind::Garbled => "The model's answer could not be understood.",
    }
}

/// What to say when the model had begun to answer.
pub(super) const fn broke_off(kind: ModelErrorKind) -> &'static str {
    match kind {
        ModelErrorKind::Unavailable | ModelErrorKind::Garbled => CUT_OFF,
        ModelErrorKind::RateLimited
        | ModelErrorKind::QuotaExhausted
        | ModelErrorKind::AuthFailed
        | ModelErrorKind::ContextTooLong
        | ModelErrorKind::Refused => not_asked(kind),
    }
}
