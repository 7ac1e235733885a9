//! What goes wrong with a server, said so that a visitor may read it.

use super::{http_client::PrivateAddress, resolve::ResolveError};
use rmcp::{
    ServiceError,
    service::ClientInitializeError,
    transport::streamable_http_client::{AuthRequiredError, InsufficientScopeError, StreamableHttpError},
};
use std::{error::Error, time::Duration};

/// Why a server, or a call of it, failed: the rest of a sentence that begins with the server. Errors of libraries are
/// never repeated: they may hold URLs, and with them values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Unresolved(#[from] ResolveError),
    #[error("did not answer within {}", humantime::format_duration(*.0))]
    Timeout(Duration),
    #[error("could not be reached")]
    Unreachable,
    #[error("was not contacted: its name leads to a private address")]
    PrivateAddress,
    #[error("answered with HTTP {0}")]
    Status(u16),
    #[error("refused the credentials it was given (HTTP {0})")]
    Credentials(u16),
    #[error("sent more at once than is allowed")]
    TooLarge,
    #[error("did not speak the protocol as expected")]
    Protocol,
    /// What the server said itself, masked.
    #[error("refused: {0}")]
    Refused(String),
    #[error("could not be started: {0}")]
    Start(&'static str),
    #[error("ended unexpectedly")]
    Ended,
    #[error("was started too often within a minute and is left alone for a while")]
    StartedTooOften,
    #[error("was not contacted: too many connections are in use")]
    Crowded,
    #[error("asked for input during a call, which is not supported")]
    AskedForInput,
    #[error("was not contacted: the server is shutting down")]
    Closing,
}

impl Failure {
    /// The failure behind an error of connecting.
    pub(super) fn of_start(error: &ClientInitializeError) -> Self {
        match error {
            ClientInitializeError::JsonRpcError(error) => Self::Refused(error.message.to_string()),
            ClientInitializeError::ConnectionClosed(_) => Self::Ended,
            ClientInitializeError::TransportError { error, .. } => {
                Self::find_in(error.error.as_ref()).unwrap_or(Self::Unreachable)
            }
            _ => Self::Protocol,
        }
    }

    /// The failure behind an error of a request.
    pub(super) fn of_request(error: &ServiceError) -> Self {
        match error {
            ServiceError::McpError(error) => Self::Refused(error.message.to_string()),
            ServiceError::TransportClosed | ServiceError::Cancelled { .. } => Self::Ended,
            ServiceError::TransportSend(error) => Self::find_in(error.error.as_ref()).unwrap_or(Self::Unreachable),
            _ => Self::Protocol,
        }
    }

    /// The failure behind an error of the HTTP client.
    pub(super) fn of_http(error: &reqwest::Error) -> Self {
        Self::find_in(error).unwrap_or(Self::Unreachable)
    }

    /// The first cause that means something.
    fn find_in(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut cause = Some(error);
        let mut found = None;
        while let Some(error) = cause {
            if let Some(failure) = Self::of_cause(error) {
                // A private address hides at the very end of an unreachable host.
                let is_final = failure != Self::Unreachable;
                found = Some(failure);
                if is_final {
                    break;
                }
            }
            cause = error.source();
        }
        found
    }

    fn of_cause(error: &(dyn Error + 'static)) -> Option<Self> {
        if let Some(failure) = error.downcast_ref::<Self>() {
            return Some(failure.clone());
        }
        if error.is::<PrivateAddress>() {
            return Some(Self::PrivateAddress);
        }
        if error.is::<AuthRequiredError>() {
            return Some(Self::Credentials(401));
        }
        if error.is::<InsufficientScopeError>() {
            return Some(Self::Credentials(403));
        }
        if let Some(error) = error.downcast_ref::<reqwest::Error>() {
            return Some(error.status().map_or(Self::Unreachable, |status| Self::of_status(status.as_u16())));
        }
        match error.downcast_ref::<StreamableHttpError<reqwest::Error>>()? {
            // Neither gives its cause as one.
            StreamableHttpError::Client(error) => Some(Self::of_http(error)),
            StreamableHttpError::HttpStatus(error) => Some(Self::of_status(error.status)),
            StreamableHttpError::ResponseBodyTooLarge { .. } => Some(Self::TooLarge),
            StreamableHttpError::TransportChannelClosed => Some(Self::Ended),
            StreamableHttpError::SessionExpired
            | StreamableHttpError::SessionRecoveryTimeout
            | StreamableHttpError::ReinitializationFailed(_) => Some(Self::Ended),
            StreamableHttpError::UnexpectedServerResponse(said) => Some(status_in(said)),
            StreamableHttpError::UnexpectedContentType(_) | StreamableHttpError::Deserialize(_) => Some(Self::Protocol),
            _ => None,
        }
    }

    /// The failure that an HTTP status tells.
    pub(super) fn of_status(status: u16) -> Self {
        if matches!(status, 401 | 403) { Self::Credentials(status) } else { Self::Status(status) }
    }
}

/// The library puts the status of a refusal into a text.
fn status_in(said: &str) -> Failure {
    let status = said.strip_prefix("HTTP ").and_then(|rest| rest.get(..3)).and_then(|status| status.parse().ok());
    status.map_or(Failure::Protocol, Failure::of_status)
}
