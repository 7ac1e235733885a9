//! Creates and changes apps and API keys, for the command line and the Console. Every change is noted.
//!
//! A running server notices by itself within a second; whoever shares its process calls
//! [`super::Directory::invalidate`] afterwards.

use super::{
    operator::{Deed, Operator},
    origin::{self, OriginEntryError},
};
use crate::{
    clock,
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
    operator: &Operator<'_>,
    project_id: &str,
    name: &str,
    origins: impl IntoIterator<Item = S>,
) -> Result<(AppRecord, SecretString), RegistryError> {
    let clock = operator.clock;
    check_project(operator.store, project_id).await?;
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
    let origins = app.allowed_origins.join(", ");
    operator.noting(Deed { detail: &origins, ..deed("app.created", &app) }).save_app(app.clone()).await?;
    Ok((app, secret))
}

/// Gives the app a new secret. The one it had counts for another `overlap`, so that backends can be
/// changed over; one that was being replaced already counts no more. Returns the new secret and
/// until when the old one counts, in milliseconds since 1970.
pub async fn rotate_secret(
    operator: &Operator<'_>,
    app_id: &AppId,
    overlap: Duration,
) -> Result<(SecretString, i64), RegistryError> {
    let (app, clock) = (get_app(operator.store, app_id).await?, operator.clock);
    let secret = CredentialKind::AppSecret.generate(clock);
    let hash = CredentialKind::AppSecret.hash(&secret).as_bytes().to_vec();
    let until = clock.now_ms().saturating_add(i64::try_from(overlap.as_millis()).unwrap_or(i64::MAX));
    let until_text = format!("the old one counts until {}", clock::timestamp(until).0);
    let store = operator.noting(Deed { detail: &until_text, ..deed("app.secret_rotated", &app) });
    if store.replace_app_secret(app_id.clone(), hash, until).await? {
        Ok((secret, until))
    } else {
        Err(RegistryError::NoSuchApp)
    }
}

/// Replaces the origins that may use the app, and returns them as they are kept.
pub async fn set_origins<S: AsRef<str>>(
    operator: &Operator<'_>,
    app_id: &AppId,
    origins: impl IntoIterator<Item = S>,
) -> Result<Vec<String>, RegistryError> {
    let origins = origin::serialise_list(origins)?;
    let app = get_app(operator.store, app_id).await?;
    let origins_text = origins.join(", ");
    let store = operator.noting(Deed { detail: &origins_text, ..deed("app.origins_set", &app) });
    if store.set_app_origins(app_id.clone(), origins.clone()).await? {
        Ok(origins)
    } else {
        Err(RegistryError::NoSuchApp)
    }
}

/// Calls the app by another name, and returns the name as it is kept.
pub async fn rename_app(operator: &Operator<'_>, app_id: &AppId, name: &str) -> Result<String, RegistryError> {
    let name = check_name(name)?;
    let app = get_app(operator.store, app_id).await?;
    let store = operator.noting(Deed { detail: name, ..deed("app.renamed", &app) });
    if store.rename_app(app_id.clone(), name.to_owned()).await? {
        Ok(name.to_owned())
    } else {
        Err(RegistryError::NoSuchApp)
    }
}

/// Switches the app off, with all its tokens, or on again.
pub async fn set_disabled(operator: &Operator<'_>, app_id: &AppId, disabled: bool) -> Result<(), RegistryError> {
    let app = get_app(operator.store, app_id).await?;
    let store = operator.noting(deed(if disabled { "app.disabled" } else { "app.enabled" }, &app));
    if store.set_app_disabled(app_id.clone(), disabled).await? { Ok(()) } else { Err(RegistryError::NoSuchApp) }
}

/// Deletes the app; its tokens count no more.
pub async fn delete_app(operator: &Operator<'_>, app_id: &AppId) -> Result<(), RegistryError> {
    let app = get_app(operator.store, app_id).await?;
    let store = operator.noting(deed("app.deleted", &app));
    if store.delete_app(app_id.clone()).await? { Ok(()) } else { Err(RegistryError::NoSuchApp) }
}

/// Creates an API key, good for `lifetime` or until it is revoked. It is seen here and never again.
pub async fn create_api_key(
    operator: &Operator<'_>,
    project_id: &str,
    name: &str,
    lifetime: Option<Duration>,
) -> Result<(ApiKeyRecord, SecretString), RegistryError> {
    let clock = operator.clock;
    check_project(operator.store, project_id).await?;
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
    let until = record.expires_at.map(|until| format!("until {}", clock::timestamp(until).0)).unwrap_or_default();
    let deed = Deed { action: "key.created", subject: &record.id, subject_name: &record.name, detail: &until };
    operator.noting(deed).insert_api_key(record.clone()).await?;
    Ok((record, key))
}

/// Revokes an API key for good.
pub async fn revoke_api_key(operator: &Operator<'_>, id: &str) -> Result<(), RegistryError> {
    let key = operator.store.find_api_key(id).await?.ok_or(RegistryError::NoSuchKey)?;
    let store = operator.noting(Deed { action: "key.revoked", subject: &key.id, subject_name: &key.name, detail: "" });
    let revoked = store.revoke_api_key(id.to_owned(), operator.clock.now_ms()).await?;
    if revoked { Ok(()) } else { Err(RegistryError::NoSuchKey) }
}

/// The name without the spaces around it, if it is one.
pub fn check_name(name: &str) -> Result<&str, RegistryError> {
    let name = name.trim();
    let fits = (1..=MAX_NAME_CHARS).contains(&name.chars().count());
    if fits && !name.chars().any(char::is_control) { Ok(name) } else { Err(RegistryError::Name) }
}

/// The app with this id.
pub async fn get_app(store: &Store, app_id: &AppId) -> Result<AppRecord, RegistryError> {
    store.find_app(app_id).await?.ok_or(RegistryError::NoSuchApp)
}

fn deed<'a>(action: &'a str, app: &'a AppRecord) -> Deed<'a> {
    Deed { action, subject: app.app_id.as_str(), subject_name: &app.name, detail: "" }
}

async fn check_project(store: &Store, project_id: &str) -> Result<(), RegistryError> {
    store.find_project(project_id).await?.map(|_| ()).ok_or(RegistryError::NoSuchProject)
}

#[cfg(test)]
mod tests;
