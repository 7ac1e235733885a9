//! Why somebody was turned away, each with its code and a sentence that says what to do.

use super::{context::ContextError, origin::OriginEntryError};
use crate::{secrets::SealError, store::StoreError};
use sigmic_shared::ErrorCode;

/// A refusal. No variant holds a credential, a value of env or secrets, or a token.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// No signing secret is configured.
    #[error("This server issues and accepts no tokens: its operator has to set JWT_SECRET.")]
    JwtNotConfigured,
    /// No `appId` or no `appSecret`.
    #[error("Send `appId` and `appSecret`, both as non-empty strings.")]
    MissingCredentials,
    /// No `endUserId`.
    #[error("Send `endUserId`, a non-empty string that names your user.")]
    MissingEndUserId,
    /// `endUserId` is too long or has control characters.
    #[error("`endUserId` must have at most 256 bytes and no control characters.")]
    UnusableEndUserId,
    /// The token exchange's body is not JSON.
    #[error("The body is not valid JSON.")]
    NotJson,
    /// `expiresIn` is no duration, or too long.
    #[error(
        "`expiresIn` must be a string such as \"30m\", \"1h\" or \"7d\": a positive number and s, m, h or d, at most 30 days."
    )]
    InvalidExpiresIn,
    /// env or secrets break a rule.
    #[error(transparent)]
    InvalidEnv(#[from] ContextError),
    /// No such app, a wrong secret, or a disabled app.
    #[error("The app credentials are not valid. Check `appId` and `appSecret`.")]
    InvalidCredentials,
    /// No credentials.
    #[error("Authentication is required. Send `Authorization: Bearer` with a token or an API key.")]
    AuthRequired,
    /// Neither a token nor an API key.
    #[error("`Authorization` must be `Bearer` and a token (`eyJ…`) or an API key (`sigmic_…`).")]
    InvalidAuthFormat,
    /// No such API key, or not any more.
    #[error("The API key is unknown, revoked or expired.")]
    InvalidApiKey,
    /// A token that never counted, or whose app is gone or disabled.
    #[error("The token is not valid. Exchange your app's credentials for a new one.")]
    InvalidToken,
    /// A token that has expired.
    #[error("The token has expired. Exchange your app's credentials for a new one.")]
    ExpiredToken,
    /// Two credentials that are not the same.
    #[error("Send one credential only: `Authorization` and `X-API-Key` do not agree, or one is sent twice.")]
    AmbiguousCredentials,
    /// A page that may not use the app.
    #[error("{}", origin_sentence(.0.as_deref()))]
    OriginNotAllowed(
        /// The page's origin, if it sent one that can be shown.
        Option<String>,
    ),
    /// An app's list of origins cannot be used.
    #[error(transparent)]
    OriginEntry(#[from] OriginEntryError),
    /// The project was deleted while it was being used.
    #[error("The project does not exist any more.")]
    ProjectGone,
    /// The token could not be put together.
    #[error("a token could not be signed: {0}")]
    Signing(String),
    /// A context could not be encrypted or decrypted.
    #[error("a context could not be encrypted or decrypted: {0}")]
    Seal(#[from] SealError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AuthError {
    /// What programs look at.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::JwtNotConfigured => ErrorCode::JwtNotConfigured,
            Self::MissingCredentials => ErrorCode::MissingCredentials,
            Self::MissingEndUserId => ErrorCode::MissingEndUserId,
            Self::InvalidExpiresIn => ErrorCode::InvalidExpiresIn,
            Self::InvalidEnv(_) => ErrorCode::InvalidEnv,
            Self::InvalidCredentials => ErrorCode::InvalidCredentials,
            Self::AuthRequired => ErrorCode::AuthRequired,
            Self::InvalidAuthFormat => ErrorCode::InvalidAuthFormat,
            Self::InvalidApiKey => ErrorCode::InvalidApiKey,
            Self::InvalidToken | Self::ExpiredToken => ErrorCode::InvalidToken,
            Self::OriginNotAllowed(_) => ErrorCode::OriginNotAllowed,
            Self::UnusableEndUserId | Self::NotJson | Self::AmbiguousCredentials | Self::OriginEntry(_) => {
                ErrorCode::ValidationError
            }
            Self::ProjectGone => ErrorCode::NotFound,
            Self::Store(error) if error.is_temporary() => ErrorCode::ServiceUnavailable,
            Self::Store(_) | Self::Signing(_) | Self::Seal(_) => ErrorCode::InternalError,
        }
    }
}

fn origin_sentence(origin: Option<&str>) -> String {
    match origin {
        Some(origin) => format!("The origin {origin} is not in this app's allowed origins."),
        None => {
            "The request has no usable Origin header, and this app may only be used from its allowed origins.".into()
        }
    }
}
