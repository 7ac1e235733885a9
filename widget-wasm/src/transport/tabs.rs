//! The user's other tabs with the same chat.

use sigmic_shared::TaskId;

/// What tabs tell each other.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TabMessage {
    /// A tab has a new token.
    Token {
        /// The token.
        token: String,
    },
    /// A run started in a task: whoever shows the task should watch it.
    Run {
        /// The task.
        task_id: TaskId,
    },
    /// The user logged out: forget everything.
    Forget,
}

/// A channel to the other tabs of this site that use the same server. Where the browser has none, nothing is heard.
#[derive(Clone, Debug)]
pub struct Tabs {}

impl Tabs {
    /// Joins the tabs that use `host`.
    pub fn new(host: &str) -> Self {
        let _ = host;
        Self {}
    }

    /// Tells the other tabs.
    pub fn send(&self, message: &TabMessage) {
        let _ = message;
    }

    /// Calls `listener` with what other tabs tell, until [`Tabs::close`].
    pub fn listen(&self, listener: impl Fn(&TabMessage) + 'static) {
        let _ = listener;
    }

    /// Leaves.
    pub fn close(&self) {}
}
