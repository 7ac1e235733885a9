//! The only place that turns a failure of any room into what a caller sees.

use crate::{
    agent::AgentError,
    auth::{AuthError, context::ContextError},
    store::StoreError,
};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use sigmic_shared::{ApiError, ErrorCode};

/// A refusal on its way out.
#[derive(Clone, Debug)]
pub struct HttpError {
    error: ApiError,
    retry_after_seconds: Option<u64>,
}

/// What every handler returns.
pub type HttpResult<T> = Result<T, HttpError>;

impl HttpError {
    /// What programs look at.
    pub fn code(&self) -> ErrorCode {
        self.error.code
    }

    /// What people read.
    pub fn message(&self) -> &str {
        &self.error.message
    }

    /// [`ErrorCode::NotFound`]: no such thing, or one that belongs to somebody else.
    pub fn not_found() -> Self {
        ApiError::new(ErrorCode::NotFound, "There is nothing here, or it belongs to somebody else.").into()
    }

    /// [`ErrorCode::RateLimited`], with when to come back.
    pub fn rate_limited(retry_after_seconds: u64) -> Self {
        Self {
            error: ApiError::new(ErrorCode::RateLimited, "Too many requests: wait as long as Retry-After says."),
            retry_after_seconds: Some(retry_after_seconds.max(1)),
        }
    }

    /// [`ErrorCode::InternalError`]. The caller of this logs the cause.
    pub fn internal() -> Self {
        ApiError::new(
            ErrorCode::InternalError,
            "Something went wrong on the server: its log has the details under this response's x-request-id.",
        )
        .into()
    }

    /// [`ErrorCode::ServiceUnavailable`], for a moment.
    pub fn unavailable() -> Self {
        Self {
            error: ApiError::new(
                ErrorCode::ServiceUnavailable,
                "The server cannot do this just now: try again shortly.",
            ),
            retry_after_seconds: Some(1),
        }
    }
}

impl From<ApiError> for HttpError {
    fn from(error: ApiError) -> Self {
        Self { error, retry_after_seconds: None }
    }
}

impl From<AuthError> for HttpError {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Store(error) => error.into(),
            error if error.code() == ErrorCode::InternalError => {
                tracing::error!(%error, "authentication failed for a reason of our own");
                Self::internal()
            }
            error => ApiError::new(error.code(), error.to_string()).into(),
        }
    }
}

impl From<ContextError> for HttpError {
    fn from(error: ContextError) -> Self {
        AuthError::from(error).into()
    }
}

impl From<AgentError> for HttpError {
    fn from(error: AgentError) -> Self {
        match error {
            AgentError::Stopping => Self::unavailable(),
            AgentError::NotFound => Self::not_found(),
            AgentError::Running => ApiError::new(
                ErrorCode::TaskRunning,
                "The task is still running: wait for its stream's `done`, or cancel it, then send again.",
            )
            .into(),
            AgentError::NoSuchCall => Self::not_found(),
            AgentError::NotAwaiting => ApiError::validation("This tool call does not wait for approval.").into(),
            AgentError::Elsewhere => Self::unavailable(),
            AgentError::KeyReused => {
                ApiError::validation("This Idempotency-Key was used for another request: take a new one.").into()
            }
            AgentError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for HttpError {
    fn from(error: StoreError) -> Self {
        if error.is_temporary() {
            tracing::warn!(%error, "the database is away");
            Self::unavailable()
        } else {
            tracing::error!(%error, "the database refused a statement");
            Self::internal()
        }
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.error.to_body())).into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        // For the access log: the code says more than the status.
        response.extensions_mut().insert(self.error.code);
        response
    }
}
