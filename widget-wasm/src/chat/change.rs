//! What happened to a conversation.

use super::entry::EntryKey;
use sigmic_shared::CallId;

/// What changed, so that only that is painted again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The list of entries is another one; entries that stayed kept their keys. Anything of any entry may differ.
    Replaced,
    /// An entry came, always at the end.
    Added(EntryKey),
    /// An entry went.
    Removed(EntryKey),
    /// An answer's text.
    Text(EntryKey),
    /// An answer's thoughts.
    Thoughts(EntryKey),
    /// One tool call of an answer: it came, or anything of it changed.
    Tool(EntryKey, CallId),
    /// An answer's subagents.
    Subagents(EntryKey),
    /// Anything else of an entry: its id, time, delivery, errors, usage, or an answer's state.
    State(EntryKey),
    /// [`super::ChatModel::task_id`].
    Task,
    /// [`super::ChatModel::is_streaming`] or [`super::ChatModel::phase`].
    Run,
}

/// Why a stream ended before its run did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A code of the API or of the widget.
    pub code: String,
    /// One sentence for people.
    pub message: String,
}
