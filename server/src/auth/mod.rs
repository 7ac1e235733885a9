//! Who is asking, and may they: tokens, keys, origins. No HTTP statuses and no SQL in here.

pub mod accounts;
mod api_key;
mod caller;
mod claims;
pub mod context;
mod directory;
mod error;
mod exchange;
pub mod expires_in;
mod operator;
pub mod origin;
mod password;
pub mod preview;
pub mod registry;
mod sessions;
mod setup;
mod signer;
mod throttle;

pub use caller::{Caller, EndUserCaller};
pub use context::Context;
pub use directory::Directory;
pub use error::AuthError;
pub use operator::{Deed, Operator, Role};
pub use origin::OriginHeaders;
pub use sessions::{LONGEST as LONGEST_SESSION, Session, Sessions, SignInError};
pub use setup::Setup;

use crate::{
    clock::Clock,
    secrets::{Keyring, Keys},
    store::Store,
};
use signer::Signer;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// Issues and checks credentials. A cheap handle; clone it freely.
#[derive(Clone)]
pub struct Auth(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    encryption: Arc<Keyring>,
    /// None when no signing secret is configured.
    signer: Option<Signer>,
    directory: Directory,
    /// When API keys were used, since it was last written down.
    key_uses: Mutex<HashMap<String, i64>>,
}

impl Auth {
    /// Uses `keys` for everything issued from now on.
    pub fn new(store: Store, clock: Clock, keys: Keys) -> Self {
        let directory = Directory::new(store.clone());
        Self(Arc::new(Inner {
            store,
            clock,
            encryption: keys.encryption,
            signer: Signer::new(&keys.signing),
            directory,
            key_uses: Mutex::default(),
        }))
    }

    /// The apps, API keys and projects as they are now.
    pub fn directory(&self) -> &Directory {
        &self.0.directory
    }

    /// What seals projects' keys to their providers.
    pub fn keyring(&self) -> &Keyring {
        &self.0.encryption
    }

    /// Whether `caller` may call from where the request comes from. API keys may from everywhere.
    pub fn check_origin(&self, caller: &Caller, request: &OriginHeaders<'_>) -> Result<(), AuthError> {
        match caller {
            Caller::ApiKey(_) => Ok(()),
            Caller::EndUser(user) => origin::check(&user.allowed_origins, &user.app.allowed_origins, request),
        }
    }
}

#[cfg(test)]
mod tests;
