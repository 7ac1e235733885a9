//! The conversation as the widget knows it: what was said, what is being said, and which tools run.
//!
//! Pure: no browser, no clock, no network. The view owns a [`ChatModel`], feeds it what
//! `transport` delivers, and repaints what the returned [`Change`]s name:
//!
//! ```ignore
//! let key = model.send("Where is my parcel?", idempotency_key.clone());   // optimistic, at once
//! for event in events {
//!     for change in model.apply(event, now_ms) { repaint(change) }
//! }
//! model.fail(Problem { code, message });                                  // when a stream ends badly
//! ```
//!
//! An entry's [`EntryKey`] never changes, also when history is replayed after a reconnection, so a
//! keyed list keeps its DOM.

mod announce;
mod change;
mod entry;
mod model;
#[cfg(test)]
mod model_tests;
mod notice;
mod passage;
mod readable;
mod replay;
mod reveal;
mod tool_name;

pub use announce::Announcer;
pub use change::{Change, Problem};
pub use entry::{
    Answer, AnswerState, Body, Decision, Delivery, Entry, EntryKey, Progress, Subagent, ToolEntry, UserMessage,
};
pub use model::ChatModel;
pub use passage::Passage;
pub use readable::{arguments, cut, result};
pub use reveal::Reveal;
pub use tool_name::ToolName;
