//! The variables a visitor's MCP servers are reached with.

use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;

/// Variables for MCP servers. Where a name is in both, the secret wins.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Variables that are no secret.
    pub env: BTreeMap<String, String>,
    /// Variables that are.
    pub secrets: BTreeMap<String, SecretString>,
}

impl Context {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.env.is_empty() && self.secrets.is_empty()
    }

    /// The value of `key`, if there is one. It may be empty.
    pub fn find(&self, key: &str) -> Option<&str> {
        let secret = self.secrets.get(key).map(|value| value.expose_secret());
        secret.or_else(|| self.env.get(key).map(String::as_str))
    }
}
