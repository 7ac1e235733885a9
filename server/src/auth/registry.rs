//! Creates and changes apps and API keys, for the command line and whoever else manages them.
//!
//! A running server notices by itself within a second; whoever shares its process calls
//! [`super::Directory::invalidate`] afterwards.

use super::origin::{self, OriginEntryError};
use crate::{
    clock::Clock,
    secrets::credential::{self, CredentialKind},
    store::{ApiKeyRecord, AppRecord, Store, StoreError},
};
use secrecy::SecretString;
use sigmic_shared::AppId;
use std::time::Duration;

/// The longest name of an app, a key or a project.
pub const MAX_NAME_CHARS: usize = 100;

/// Why an app or a key could not be created or changed.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// No such project.
    #[error("there is no such project")]
    NoSuchProject,
    /// No such app.
    #[error("there is no such app")]
    NoSuchApp,
    /// No such API key.
    #[error("there is no such API key")]
    NoSuchKey,
    /// A name that cannot be shown.
    #[error("a name has 1 to 100 characters, none of them control characters")]
    Name,
    /// A list of origins that cannot be used.
    #[error(transparent)]
    Origin(#[from] OriginEntryError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Creates an app. Its secret is seen here and never again.
pub async fn create_app<S: AsRef<str>>(
    store: &Store,
    clock: &Clock,
    project_id: &str,
    name: &str,
    origins: impl IntoIterator<Item = S>,
) -> Result<(AppRecord, SecretString), RegistryError> {
    check_project(store, project_id).await?;
    let secret = CredentialKind::AppSecret.generate(clock);
    let app = AppRecord {
        app_id: credential::generate_app_id(clock),
        project_id: project_id.to_owned(),
        name: check_name(name)?.to_owned(),
        allowed_origins: origin::serialise_list(origins)?.into(),
        secret_hash: CredentialKind::AppSecret.hash(&secret).as_bytes().to_vec(),
        old_secret_hash: None,
        old_secret_until: None,
        disabled: false,
        created_at: clock.now_ms(),
    };
    store.save_app(app.clone()).await?;
    Ok((app, secret))
}

/// Gives the app a new secret. The one it had counts for another `overlap`, so that backends can be
/// changed over; one that was being replaced already counts no more. Returns the new secret and
/// until when the old one counts, in milliseconds since 1970.
pub async fn rotate_secret(
    store: &Store,
    clock: &Clock,
    app_id: &AppId,
    overlap: Duration,
) -> Result<(SecretString, i64), RegistryError> {
    let secret = CredentialKind::AppSecret.generate(clock);
    let hash = CredentialKind::AppSecret.hash(&secret).as_bytes().to_vec();
    let until = clock.now_ms().saturating_add(i64::try_from(overlap.as_millis()).unwrap_or(i64::MAX));
    if store.replace_app_secret(app_id.clone(), hash, until).await? {
        Ok((secret, until))
    } else {
        Err(RegistryError::NoSuchApp)
    }
}

/// Replaces the origins that may use the app, and returns them as they are kept.
pub async fn set_origins<S: AsRef<str>>(
    store: &Store,
    app_id: &AppId,
    origins: impl IntoIterator<Item = S>,
) -> Result<Vec<String>, RegistryError> {
    let origins = origin::serialise_list(origins)?;
    if store.set_app_origins(app_id.clone(), origins.clone()).await? {
        Ok(origins)
    } else {
        Err(RegistryError::NoSuchApp)
    }
}

/// Switches the app off, with all its tokens, or on again.
pub async fn set_disabled(store: &Store, app_id: &AppId, disabled: bool) -> Result<(), RegistryError> {
    if store.set_app_disabled(app_id.clone(), disabled).await? { Ok(()) } else { Err(RegistryError::NoSuchApp) }
}

/// Deletes the app; its tokens count no more.
pub async fn delete_app(store: &Store, app_id: &AppId) -> Result<(), RegistryError> {
    if store.delete_app(app_id.clone()).await? { Ok(()) } else { Err(RegistryError::NoSuchApp) }
}

/// Creates an API key, good for `lifetime` or until it is revoked. It is seen here and never again.
pub async fn create_api_key(
    store: &Store,
    clock: &Clock,
    project_id: &str,
    name: &str,
    lifetime: Option<Duration>,
) -> Result<(ApiKeyRecord, SecretString), RegistryError> {
    check_project(store, project_id).await?;
    let key = CredentialKind::ApiKey.generate(clock);
    let now_ms = clock.now_ms();
    let expires_at =
        lifetime.map(|lifetime| now_ms.saturating_add(i64::try_from(lifetime.as_millis()).unwrap_or(i64::MAX)));
    let record = ApiKeyRecord {
        id: clock.new_uuid_v7().to_string(),
        project_id: project_id.to_owned(),
        name: check_name(name)?.to_owned(),
        key_hash: CredentialKind::ApiKey.hash(&key).as_bytes().to_vec(),
        expires_at,
        revoked_at: None,
        created_at: now_ms,
    };
    store.insert_api_key(record.clone()).await?;
    Ok((record, key))
}

/// Revokes an API key for good.
pub async fn revoke_api_key(store: &Store, clock: &Clock, id: &str) -> Result<(), RegistryError> {
    let revoked = store.revoke_api_key(id.to_owned(), clock.now_ms()).await?;
    if revoked { Ok(()) } else { Err(RegistryError::NoSuchKey) }
}

/// The name without the spaces around it, if it is one.
pub fn check_name(name: &str) -> Result<&str, RegistryError> {
    let name = name.trim();
    let fits = (1..=MAX_NAME_CHARS).contains(&name.chars().count());
    if fits && !name.chars().any(char::is_control) { Ok(name) } else { Err(RegistryError::Name) }
}

async fn check_project(store: &Store, project_id: &str) -> Result<(), RegistryError> {
    store.find_project(project_id).await?.map(|_| ()).ok_or(RegistryError::NoSuchProject)
}

#[cfg(test)]
mod tests;
