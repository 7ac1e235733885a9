//! API keys: what a project's own programs authenticate with.

use super::{Auth, AuthError};
use crate::{
    secrets::credential::{API_KEY_PREFIX, CredentialHash, CredentialKind},
    store::{ApiKeyRecord, StoreError},
};
use std::sync::{Arc, PoisonError};

impl Auth {
    /// The record of a key that counts now.
    pub(super) async fn verify_api_key(&self, key: &str) -> Result<Arc<ApiKeyRecord>, AuthError> {
        if !key.starts_with(API_KEY_PREFIX) {
            return Err(AuthError::InvalidApiKey);
        }
        let hash = CredentialHash::of(CredentialKind::ApiKey, key);
        let record = self.0.directory.find_api_key(hash).await?.ok_or(AuthError::InvalidApiKey)?;
        let expired = record.expires_at.is_some_and(|expires_at| expires_at <= self.0.clock.now_ms());
        if expired || record.revoked_at.is_some() {
            return Err(AuthError::InvalidApiKey);
        }
        let mut uses = self.0.key_uses.lock().unwrap_or_else(PoisonError::into_inner);
        // The id is copied for a key's first use since the last time only.
        match uses.get_mut(&record.id) {
            Some(at) => *at = self.0.clock.now_ms(),
            None => drop(uses.insert(record.id.clone(), self.0.clock.now_ms())),
        }
        Ok(record)
    }

    /// Writes down when keys were used since the last time.
    pub async fn keep_key_uses(&self) -> Result<(), StoreError> {
        let uses = std::mem::take(&mut *self.0.key_uses.lock().unwrap_or_else(PoisonError::into_inner));
        if uses.is_empty() { Ok(()) } else { self.0.store.note_api_key_uses(uses.into_iter().collect()).await }
    }
}
