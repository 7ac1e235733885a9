//! What makes two connections the same: everything that decides whom they reach, as whom, and what is masked.

use super::{config::McpServer, endpoint::Endpoint, pool::Principal};
use crate::secrets::Context;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::hash::{Hash, Hasher};

/// A connection's identity. A digest, so that no value is kept for the sake of comparing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key([u8; 32]);

/// The same server of the same project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place(Key);

/// A server's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Configuration(Key);

impl Key {
    /// The connection to the server at `place`, as `principal`, with the values in `endpoint`. All secrets of the
    /// context count: a connection masks them all.
    pub(super) fn of(
        place: Place,
        configuration: Configuration,
        principal: &Principal,
        endpoint: &Endpoint,
        context: &Context,
    ) -> Self {
        digest(|state| {
            (place, configuration, principal, endpoint).hash(state);
            context.secrets.len().hash(state);
            for (name, value) in &context.secrets {
                (name, value.expose_secret()).hash(state);
            }
        })
    }
}

impl Place {
    pub(super) fn of(project_id: &str, server: &str) -> Self {
        Self(digest(|state| (project_id, server).hash(state)))
    }
}

impl Configuration {
    pub(super) fn of(server: &McpServer) -> Self {
        Self(digest(|state| server.hash(state)))
    }
}

fn digest(feed: impl FnOnce(&mut Feed)) -> Key {
    let mut state = Feed(Sha256::new());
    feed(&mut state);
    Key(state.0.finalize().into())
}

/// Takes what `Hash` gives: every string ends with a byte that none contains, every collection begins with its length.
struct Feed(Sha256);

impl Hasher for Feed {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Only the digest is asked for.
    fn finish(&self) -> u64 {
        0
    }
}
