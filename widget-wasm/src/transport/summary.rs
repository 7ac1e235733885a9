//! A conversation in the list of conversations.

use serde::{Deserialize, Serialize};
use sigmic_shared::{TaskId, TaskStatus, Timestamp};

/// The fields of [`TaskListItem`](sigmic_shared::task::TaskListItem) that the widget shows.
/// Reading only these is a good part of a kilobyte less to download than reading all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskSummary {
    /// The task.
    pub id: TaskId,
    /// Its title.
    pub title: String,
    /// How far it is.
    pub status: TaskStatus,
    /// When something last happened in it.
    pub last_activity_at: Timestamp,
}
