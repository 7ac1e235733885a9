//! Where a server is reached for one context, with every value in its place.

use super::config::Protocol;
use http::HeaderName;
use secrecy::{ExposeSecret, SecretString};
use std::{
    collections::BTreeMap,
    fmt,
    hash::{Hash, Hasher},
};

/// Where and how a server is reached. Printing it shows no value.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum Endpoint {
    /// At a URL.
    Remote(RemoteEndpoint),
    /// As a process of this machine.
    Local(LocalEndpoint),
}

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct RemoteEndpoint {
    pub protocol: Protocol,
    pub url: Resolved,
    pub headers: Vec<(HeaderName, Resolved)>,
    /// Whether private addresses are refused: the context decided about the host.
    pub public_only: bool,
}

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct LocalEndpoint {
    pub command: String,
    pub args: Vec<String>,
    pub env: BTreeMap<String, Resolved>,
    pub cwd: Option<String>,
}

/// A text with values of the context in it.
pub(super) struct Resolved(SecretString);

impl Resolved {
    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<String> for Resolved {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[resolved]")
    }
}

impl PartialEq for Resolved {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Resolved {}

impl Hash for Resolved {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.expose().hash(state);
    }
}
