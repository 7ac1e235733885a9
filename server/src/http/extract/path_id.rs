//! The ids in a path.

use super::super::error::HttpError;
use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use sigmic_shared::{CallId, TaskId};

/// The path's one id. Whatever cannot be an id at all is nothing that exists.
pub struct PathId(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpError> {
        let Path(id) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| HttpError::not_found())?;
        // Postgres refuses NUL in a text.
        if id.contains('\0') { Err(HttpError::not_found()) } else { Ok(Self(id)) }
    }
}

/// A path's task and tool call.
pub struct PathCall {
    /// The task.
    pub task_id: TaskId,
    /// One of its tool calls.
    pub call_id: CallId,
}

impl<S: Send + Sync> FromRequestParts<S> for PathCall {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpError> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((task_id, call_id)) = path.map_err(|_| HttpError::not_found())?;
        if task_id.contains('\0') {
            return Err(HttpError::not_found());
        }
        Ok(Self { task_id: TaskId(task_id), call_id: CallId(call_id) })
    }
}
