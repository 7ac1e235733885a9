//! The state machine of the token.

use super::Identity;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The page gave a token.
    Set {
        /// The new token.
        token: String,
    },
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The token speaks for somebody else than the one before.
    IdentityChanged,
}

/// Why there is no usable token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenFailure {
    /// The page gave no `fetchToken`: the server's refusal stands.
    NoFetchToken,
    /// `fetchToken` threw or its promise was rejected.
    Threw,
    /// `fetchToken` did not answer within 15 seconds.
    TimedOut,
    /// `fetchToken` gave something else than a token.
    NotAToken,
    /// `fetchToken` gave the very token that was refused.
    SameToken,
    /// The server refused the token that `fetchToken` gave.
    Refused,
}

impl TokenFailure {
    /// For the page's `sigmic-chat-error` event and for choosing a text.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoFetchToken => "INVALID_TOKEN",
            Self::Threw => "FETCH_TOKEN_FAILED",
            Self::TimedOut => "FETCH_TOKEN_TIMEOUT",
            Self::NotAToken => "FETCH_TOKEN_INVALID",
            Self::SameToken => "FETCH_TOKEN_STALE",
            Self::Refused => "FETCH_TOKEN_REFUSED",
        }
    }

    /// Whether asking `fetchToken` again, when the user says so, can help.
    pub const fn can_retry(&self) -> bool {
        !matches!(self, Self::NoFetchToken)
    }
}

/// The token and its refresh.
#[derive(Clone, Debug)]
pub struct Session {
    token: String,
}

impl Session {
    /// With the page's first token.
    pub fn new(token: String) -> Self {
        Self { token }
    }

    /// The token for the next request.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Whom the token speaks for, if it can be read.
    pub fn identity(&self) -> Option<&Identity> {
        None
    }

    /// Takes an input. `now_ms` is the browser's clock, in milliseconds since 1970.
    pub fn handle(&mut self, input: Input, now_ms: u64) -> Vec<Effect> {
        let _ = now_ms;
        match input {
            Input::Set { token } => self.token = token,
        }
        Vec::new()
    }
}
