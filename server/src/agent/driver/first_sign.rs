use super::Opening;
use crate::clock::Clock;
use sigmic_shared::StreamEvent;

/// When a run gave the first sign of its answer: text, a thought, or a tool call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FirstSign {
    Awaited,
    /// At this moment, in milliseconds since 1970.
    Given(i64),
    /// The run waited for a restart: how long people waited says nothing of the model.
    Untold,
}

impl FirstSign {
    pub(super) const fn of(opening: &Opening) -> Self {
        match opening {
            Opening::Fresh { .. } | Opening::Continued => Self::Awaited,
            Opening::Parked { .. } => Self::Untold,
        }
    }

    /// The clock is asked once in a run.
    pub(super) fn notice(&mut self, event: &StreamEvent, clock: &Clock) {
        if *self == Self::Awaited
            && matches!(event, StreamEvent::Content(_) | StreamEvent::Thought(_) | StreamEvent::ToolCall(_))
        {
            *self = Self::Given(clock.now_ms());
        }
    }

    pub(super) const fn at(self) -> Option<i64> {
        if let Self::Given(at) = self { Some(at) } else { None }
    }
}
