//! Why a request or a stream failed.

use crate::session::TokenFailure;
use sigmic_shared::error::WireErrorCode;

/// The server's refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiFailure {
    /// What programs look at.
    pub code: WireErrorCode,
    /// The HTTP status.
    pub status: u16,
    /// One sentence for people, in English.
    pub message: String,
    /// How long the server asks to wait, in milliseconds.
    pub retry_after_ms: Option<u64>,
}

/// Why a request or a stream failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server refused.
    Api(ApiFailure),
    /// The server refused the token, and no other could be had.
    Token(TokenFailure),
    /// The server could not be reached, or the connection broke more often than is worth trying.
    /// A server that refuses the page's origin before answering looks the same to a browser.
    Network,
    /// The server did not answer in time.
    Timeout,
    /// The answer could not be read.
    Unreadable,
    /// The widget ended the request itself; nothing to show.
    Aborted,
}

impl Failure {
    /// For the page's `sigmic-chat-error` event and for choosing a text.
    pub fn code(&self) -> &str {
        match self {
            Self::Api(failure) => failure.code.as_str(),
            Self::Token(failure) => failure.code(),
            Self::Network => "NETWORK_ERROR",
            Self::Timeout => "TIMEOUT",
            Self::Unreadable => "UNREADABLE_ANSWER",
            Self::Aborted => "ABORTED",
        }
    }
}
