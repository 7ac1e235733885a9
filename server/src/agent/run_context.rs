//! Whom a run works for, and the values its tools are reached with.

use crate::{
    auth::context::Context,
    clock::Clock,
    secrets::Keyring,
    store::{ContextRecord, Store},
};
use sigmic_shared::{AppId, EndUserId};

/// Whom a run works for, before anything was decrypted.
#[derive(Clone, Debug)]
pub enum RunContext {
    /// A visitor. The env and secrets that came with their token are sealed in the store.
    Visitor {
        /// The app the token was issued for.
        app_id: AppId,
        /// The end user the token was issued for.
        end_user_id: EndUserId,
        /// The token's id; without one it has no env and no secrets.
        jti: Option<String>,
    },
    /// A program of the project, with the env and secrets of its request. They are in memory only.
    Program {
        /// The API key.
        api_key_id: String,
        /// What came with the request.
        variables: Context,
    },
}

/// A context, ready to reach tools with. Its secrets live as long as whatever was opened with it.
#[derive(Clone, Debug)]
pub struct OpenContext {
    /// Whose it is.
    pub owner: ContextOwner,
    /// The values for `{{mcp.KEY}}`.
    pub variables: Context,
    /// When it must not be used any more, in milliseconds since 1970; `None` for a request's own.
    pub expires_at_ms: Option<i64>,
}

/// Whose a context is. What is opened for one is never used for another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ContextOwner {
    /// An end user of an app.
    Visitor {
        /// The app.
        app_id: AppId,
        /// Its end user.
        end_user_id: EndUserId,
    },
    /// An API key.
    Program {
        /// Its id.
        api_key_id: String,
    },
}

impl RunContext {
    /// The token whose context it is, if it has one.
    pub fn jti(&self) -> Option<&str> {
        match self {
            Self::Visitor { jti, .. } => jti.as_deref(),
            Self::Program { .. } => None,
        }
    }

    /// Decrypts it. One that cannot be had is an empty one: tools that need a value of it are then missed by name.
    pub(super) async fn open(self, store: &Store, keys: &Keyring, clock: &Clock) -> OpenContext {
        match self {
            Self::Program { api_key_id, variables } => {
                OpenContext { owner: ContextOwner::Program { api_key_id }, variables, expires_at_ms: None }
            }
            Self::Visitor { app_id, end_user_id, jti } => {
                let kept = match &jti {
                    Some(jti) => find(store, clock, jti).await,
                    None => None,
                };
                // The seal is bound to app and end user as well, so a row that was swapped does not open.
                let opened = kept.map(|record| (Context::open(keys, &record), record.expires_at));
                let owner = ContextOwner::Visitor { app_id, end_user_id };
                match opened {
                    Some((Ok(variables), expires_at)) => {
                        OpenContext { owner, variables, expires_at_ms: Some(expires_at) }
                    }
                    Some((Err(error), _)) => {
                        tracing::warn!(jti, %error, "a token's env and secrets cannot be decrypted: its run goes on without");
                        OpenContext::empty(owner)
                    }
                    None => OpenContext::empty(owner),
                }
            }
        }
    }
}

impl OpenContext {
    fn empty(owner: ContextOwner) -> Self {
        Self { owner, variables: Context::default(), expires_at_ms: None }
    }
}

/// The token's sealed context, as long as it counts.
async fn find(store: &Store, clock: &Clock, jti: &str) -> Option<ContextRecord> {
    match store.find_context(jti).await {
        Ok(Some(record)) if record.expires_at > clock.now_ms() => return Some(record),
        Ok(_) => tracing::warn!(jti, "a token's env and secrets have expired: its run goes on without"),
        Err(error) => {
            tracing::warn!(jti, %error, "a token's env and secrets could not be read: its run goes on without")
        }
    }
    None
}
