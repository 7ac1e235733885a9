//! Tool calls, as tasks, history and streams carry them.

use crate::CallId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How far a tool call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ToolCallStatus {
    /// It runs.
    Executing,
    /// Somebody has to approve it first.
    AwaitingApproval,
    /// It gave a result.
    Success,
    /// It failed; the output says how.
    Error,
    /// It was refused or the run was cancelled.
    Cancelled,
}

/// One call of a tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ToolCall {
    /// Its id, unique within the task.
    pub call_id: CallId,
    /// `<server>__<tool>`
    pub tool_name: String,
    /// How far it is.
    pub status: ToolCallStatus,
    /// The arguments the model chose, an object.
    pub args: Value,
    /// What came back, once something did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// How long it took, in milliseconds, once it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// How many characters (Unicode scalar values) of the answer came before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_offset: Option<u64>,
}

/// A tool call that waits for somebody's approval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PendingApproval {
    /// The call to approve.
    pub call_id: CallId,
    /// `<server>__<tool>`
    pub tool_name: String,
    /// The arguments it would run with.
    pub args: Value,
}

/// What somebody decides about a tool call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ApprovalOutcome {
    /// Run this call.
    ProceedOnce,
    /// Run this call and every later call of the same tool in this task.
    ProceedAlways,
    /// Don't run it.
    Cancel,
}

/// The body of `POST /tasks/{id}/tools/{callId}/approve`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApproveRequest {
    /// The decision.
    pub outcome: ApprovalOutcome,
}

/// The answer to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApproveResponse {
    /// False when the call was refused.
    pub approved: bool,
}
