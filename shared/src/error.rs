//! Every error code a caller can meet, and how it looks on the wire.

use serde::{Deserialize, Deserializer, Serialize};
use std::{borrow::Cow, fmt};

macro_rules! codes {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $code)] $variant),+
        }

        impl $name {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code as clients compare it.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The code named by `text`, if this version knows it.
            pub fn from_code(text: &str) -> Option<Self> {
                match text { $($code => Some(Self::$variant),)+ _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.code())
            }
        }
    };
}

codes! {
    /// Why a request was refused. [`ErrorCode::status`] gives its HTTP status.
    ErrorCode {
        /// No signing secret is configured on the server.
        JwtNotConfigured = "JWT_NOT_CONFIGURED",
        /// `appId` or `appSecret` is absent, empty or not a string.
        MissingCredentials = "MISSING_CREDENTIALS",
        /// `endUserId` is absent, not a string, or blank.
        MissingEndUserId = "MISSING_END_USER_ID",
        /// `expiresIn` is not `<positive integer><s|m|h|d>` or above 30 days.
        InvalidExpiresIn = "INVALID_EXPIRES_IN",
        /// A key, a value or the size of `env` or `secrets` is not acceptable.
        InvalidEnv = "INVALID_ENV",
        /// No such app, a wrong secret, or a disabled app.
        InvalidCredentials = "INVALID_CREDENTIALS",
        /// The endpoint needs credentials and none were sent.
        AuthRequired = "AUTH_REQUIRED",
        /// A bearer that is neither an API key nor a JWT.
        InvalidAuthFormat = "INVALID_AUTH_FORMAT",
        /// The API key is unknown, revoked or expired.
        InvalidApiKey = "INVALID_API_KEY",
        /// The JWT is malformed, expired, forged, or its app is gone or disabled.
        InvalidToken = "INVALID_TOKEN",
        /// The page's origin is not allowed to use this app.
        OriginNotAllowed = "ORIGIN_NOT_ALLOWED",
        /// Authenticated, but not allowed to do this.
        Forbidden = "FORBIDDEN",
        /// No such thing, or one that belongs to somebody else.
        NotFound = "NOT_FOUND",
        /// The path exists, the method does not.
        MethodNotAllowed = "METHOD_NOT_ALLOWED",
        /// A follow-up while the task still runs.
        TaskRunning = "TASK_RUNNING",
        /// The body, a file or the number of files is over the limit.
        PayloadTooLarge = "PAYLOAD_TOO_LARGE",
        /// The body is neither JSON nor multipart.
        UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE",
        /// Anything else wrong with the request; the message names the field.
        ValidationError = "VALIDATION_ERROR",
        /// Too many requests; `Retry-After` says when to come back.
        RateLimited = "RATE_LIMITED",
        /// A bug of the server, logged under the request id.
        InternalError = "INTERNAL_ERROR",
        /// Shutting down, or the database is away.
        ServiceUnavailable = "SERVICE_UNAVAILABLE",
    }
}

codes! {
    /// Why a run failed, once its stream was open. Sent in an `error` event.
    RunErrorCode {
        /// The agent or the model's answer was faulty.
        AgentError = "AGENT_ERROR",
        /// The model's server cannot be reached or fails.
        ModelUnavailable = "MODEL_UNAVAILABLE",
        /// The model's provider refuses further requests for now.
        ModelRateLimited = "MODEL_RATE_LIMITED",
        /// The model's provider refuses the project's API key.
        ModelAuthFailed = "MODEL_AUTH_FAILED",
        /// The message alone is larger than the model's context.
        ContextTooLong = "CONTEXT_TOO_LONG",
        /// An MCP server could not be used; the run goes on without its tools.
        McpUnavailable = "MCP_UNAVAILABLE",
        /// The project's limit of model calls in one run was reached.
        StepLimit = "STEP_LIMIT",
        /// The node that ran it stopped.
        Interrupted = "INTERRUPTED",
        /// Somebody cancelled it.
        Cancelled = "CANCELLED",
    }
}

impl ErrorCode {
    /// The HTTP status this code is sent with.
    pub const fn status(self) -> u16 {
        match self {
            Self::MissingCredentials
            | Self::MissingEndUserId
            | Self::InvalidExpiresIn
            | Self::InvalidEnv
            | Self::ValidationError => 400,
            Self::InvalidCredentials
            | Self::AuthRequired
            | Self::InvalidAuthFormat
            | Self::InvalidApiKey
            | Self::InvalidToken => 401,
            Self::OriginNotAllowed | Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::TaskRunning => 409,
            Self::PayloadTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::RateLimited => 429,
            Self::InternalError => 500,
            Self::JwtNotConfigured => 501,
            Self::ServiceUnavailable => 503,
        }
    }
}

/// A refusal with a sentence for people. The sentence never holds a secret, a path of the server,
/// SQL, or an upstream's raw reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// What programs look at.
    pub code: ErrorCode,
    /// One sentence that says what to do.
    pub message: Cow<'static, str>,
}

impl ApiError {
    /// An error with a sentence for people.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into() }
    }

    /// [`ErrorCode::ValidationError`], for a field named in `message`.
    pub fn validation(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::ValidationError, message)
    }

    /// The body this error is sent with.
    pub fn to_body(&self) -> Failure {
        Failure {
            success: false,
            error: FailureDetail { code: WireErrorCode::Known(self.code), message: self.message.clone().into_owned() },
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for ApiError {}

/// `{ "success": false, "error": { "code": "…", "message": "…" } }`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Failure {
    /// Always false.
    pub success: bool,
    /// What went wrong.
    pub error: FailureDetail,
}

/// The inside of a [`Failure`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FailureDetail {
    /// What programs look at.
    pub code: WireErrorCode,
    /// One sentence for people.
    pub message: String,
}

/// A code as read from the wire: a newer server may send one this version does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum WireErrorCode {
    /// A code of this version.
    Known(ErrorCode),
    /// A code of a later version.
    Unknown(String),
}

/// By way of the text: to try one variant after the other would cost the widget some kilobytes.
impl<'de> Deserialize<'de> for WireErrorCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(ErrorCode::from_code(&text).map_or(Self::Unknown(text), Self::Known))
    }
}

impl WireErrorCode {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(code) => code.code(),
            Self::Unknown(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_as_itself() {
        for &code in ErrorCode::ALL {
            assert_eq!(ErrorCode::from_code(code.code()), Some(code));
            assert_eq!(serde_json::to_string(&code).unwrap(), format!("\"{code}\""));
            assert!((400..=503).contains(&code.status()), "{code}");
        }
        for &code in RunErrorCode::ALL {
            assert_eq!(RunErrorCode::from_code(code.code()), Some(code));
        }
    }

    #[test]
    fn a_failure_has_the_documented_shape() {
        let body = ApiError::new(ErrorCode::NotFound, "No such task.").to_body();
        assert_eq!(
            serde_json::to_value(&body).unwrap(),
            serde_json::json!({ "success": false, "error": { "code": "NOT_FOUND", "message": "No such task." } })
        );
    }

    #[test]
    fn a_code_of_a_later_version_is_kept_as_text() {
        let body: Failure =
            serde_json::from_str(r#"{"success":false,"error":{"code":"QUOTA_SPENT","message":"m"}}"#).unwrap();
        assert_eq!(body.error.code, WireErrorCode::Unknown("QUOTA_SPENT".into()));
        assert_eq!(body.error.code.as_str(), "QUOTA_SPENT");
    }
}
