//! Stream events in, changes of the conversation out.

use super::entry::{Answer, Body, Entry, EntryKey};
use sigmic_shared::{CallId, Message, StreamEvent, TaskId, stream::RunPhase};

/// What changed, so that only that is painted again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The list of entries is another one; entries that stayed kept their keys.
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
    /// [`ChatModel::task_id`].
    Task,
    /// [`ChatModel::is_streaming`] or [`ChatModel::phase`].
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

/// One conversation.
#[derive(Clone, Debug, Default)]
pub struct ChatModel {
    task_id: Option<TaskId>,
    entries: Vec<Entry>,
    phase: Option<RunPhase>,
    problem: Option<Problem>,
}

impl ChatModel {
    /// An empty conversation.
    pub fn new() -> Self {
        Self::default()
    }

    /// The task, once there is one.
    pub fn task_id(&self) -> Option<&TaskId> {
        self.task_id.as_ref()
    }

    /// The conversation, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// One entry.
    pub fn entry(&self, key: EntryKey) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// One answer.
    pub fn answer(&self, key: EntryKey) -> Option<&Answer> {
        match &self.entry(key)?.body {
            Body::Answer(answer) => Some(answer),
            Body::User(_) => None,
        }
    }

    /// Whether an answer is under way.
    pub fn is_streaming(&self) -> bool {
        false
    }

    /// What the run is doing, while one is under way.
    pub fn phase(&self) -> Option<RunPhase> {
        self.phase
    }

    /// Why the last stream ended early, until the next message or event.
    pub fn problem(&self) -> Option<&Problem> {
        self.problem.as_ref()
    }

    /// Tool calls that wait for the user's approval.
    pub fn pending_approvals(&self) -> Vec<CallId> {
        Vec::new()
    }

    /// Shows a saved conversation at once, for example from `Api::history`.
    pub fn load(&mut self, task_id: TaskId, messages: Vec<Message>) -> Vec<Change> {
        let _ = messages;
        self.task_id = Some(task_id);
        vec![Change::Replaced]
    }

    /// Shows the user's message, and the answer to come, before the server knows of it.
    /// Returns the message's key and what changed.
    pub fn send(&mut self, text: &str, idempotency_key: String) -> (EntryKey, Vec<Change>) {
        let _ = (text, idempotency_key);
        (EntryKey(0), Vec::new())
    }

    /// A failed message goes out again. Returns its text and idempotency key for the request.
    pub fn resend(&mut self, key: EntryKey) -> Option<(String, String, Vec<Change>)> {
        let _ = key;
        None
    }

    /// Takes an event of the stream. `now_ms` is the browser's clock; it only measures durations.
    pub fn apply(&mut self, event: StreamEvent, now_ms: u64) -> Vec<Change> {
        let _ = (event, now_ms);
        Vec::new()
    }

    /// The stream ended for good before its run did, or the message was refused.
    pub fn fail(&mut self, problem: Problem) -> Vec<Change> {
        self.problem = Some(problem);
        Vec::new()
    }
}
