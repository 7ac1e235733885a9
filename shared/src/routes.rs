//! Paths, as clients and the server write them.

/// Everything of the API lies under this.
pub const API: &str = "/api/v1";
/// The token exchange.
pub const TOKEN: &str = "/api/v1/auth/token";
/// All tasks.
pub const TASKS: &str = "/api/v1/tasks";
/// Branding and features of a widget's app.
pub const WIDGET_CONFIG: &str = "/api/v1/widget/config";
/// Folder of the widget's files.
pub const WIDGET_FILES: &str = "/widget";
/// The widget's script.
pub const WIDGET_SCRIPT: &str = "/widget/sigmic-chat.js";

/// One task.
pub fn task(id: &str) -> String {
    format!("{TASKS}/{id}")
}

/// Follow-up messages of a task.
pub fn messages(id: &str) -> String {
    format!("{TASKS}/{id}/messages")
}

/// A task's event stream.
pub fn stream(id: &str) -> String {
    format!("{TASKS}/{id}/stream")
}

/// A task's history.
pub fn history(id: &str) -> String {
    format!("{TASKS}/{id}/history")
}

/// Approval of one tool call.
pub fn approve(id: &str, call_id: &str) -> String {
    format!("{TASKS}/{id}/tools/{call_id}/approve")
}
