//! API keys: what a project's own programs authenticate with.

use super::{Auth, AuthError};
use crate::{
    secrets::credential::{API_KEY_PREFIX, CredentialHash, CredentialKind},
    store::ApiKeyRecord,
};
use std::sync::Arc;

impl Auth {
    /// The record of a key that counts now.
    pub(super) async fn verify_api_key(&self, key: &str) -> Result<Arc<ApiKeyRecord>, AuthError> {
        if !key.starts_with(API_KEY_PREFIX) {
            return Err(AuthError::InvalidApiKey);
        }
        let hash = CredentialHash::of(CredentialKind::ApiKey, key);
        let record = self.0.directory.find_api_key(hash).await?.ok_or(AuthError::InvalidApiKey)?;
        let expired = record.expires_at.is_some_and(|expires_at| expires_at <= self.0.clock.now_ms());
        if expired || record.revoked_at.is_some() { Err(AuthError::InvalidApiKey) } else { Ok(record) }
    }
}
