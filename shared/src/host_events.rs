//! What the widget tells the page around it, with `window.postMessage`.
//!
//! Never a message's text and never a token: every script of the page can listen.

use crate::TaskId;
use serde::{Deserialize, Serialize};

/// One event for the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum HostEvent {
    /// The widget can be used.
    #[serde(rename = "sigmic-chat-ready")]
    Ready,
    /// The panel opened.
    #[serde(rename = "sigmic-chat-open")]
    Open,
    /// The panel closed.
    #[serde(rename = "sigmic-chat-close")]
    Close,
    /// The panel fills the window.
    #[serde(rename = "sigmic-chat-maximize")]
    Maximize,
    /// The panel is small again.
    #[serde(rename = "sigmic-chat-restore")]
    Restore,
    /// A task was created.
    #[serde(rename = "sigmic-chat-task", rename_all = "camelCase")]
    Task {
        /// The new task.
        task_id: TaskId,
    },
    /// Something failed.
    #[serde(rename = "sigmic-chat-error")]
    Error {
        /// A code of the API, of a run, or of the widget itself.
        code: String,
        /// One sentence.
        message: String,
    },
}

impl HostEvent {
    /// The event's `type`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Ready => "sigmic-chat-ready",
            Self::Open => "sigmic-chat-open",
            Self::Close => "sigmic-chat-close",
            Self::Maximize => "sigmic-chat-maximize",
            Self::Restore => "sigmic-chat-restore",
            Self::Task { .. } => "sigmic-chat-task",
            Self::Error { .. } => "sigmic-chat-error",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn events_have_the_documented_shape() {
        let task = HostEvent::Task { task_id: "t1".into() };
        assert_eq!(serde_json::to_value(&task).unwrap(), json!({ "type": "sigmic-chat-task", "taskId": "t1" }));
        let error = HostEvent::Error { code: "INVALID_TOKEN".into(), message: "m".into() };
        assert_eq!(
            serde_json::to_value(&error).unwrap(),
            json!({ "type": "sigmic-chat-error", "code": "INVALID_TOKEN", "message": "m" })
        );
        for event in
            [HostEvent::Ready, HostEvent::Open, HostEvent::Close, HostEvent::Maximize, HostEvent::Restore, task, error]
        {
            assert_eq!(serde_json::to_value(&event).unwrap()["type"], event.kind());
        }
    }
}
