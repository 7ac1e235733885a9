//! Who sends a request, by its headers.

use super::{Auth, AuthError, claims::TokenError};
use crate::{
    secrets::credential::API_KEY_PREFIX,
    store::{ApiKeyRecord, AppRecord, TaskScope},
};
use http::{HeaderMap, HeaderName, header};
use sigmic_shared::{AppId, EndUserId};
use std::sync::Arc;

/// What every JWT starts with: `{"` in base64.
const JWT_PREFIX: &str = "eyJ";
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Somebody who has proven who they are.
#[derive(Clone, Debug)]
pub enum Caller {
    /// A visitor of a page with the widget.
    EndUser(EndUserCaller),
    /// A program of a project.
    ApiKey(Arc<ApiKeyRecord>),
}

/// A visitor of a page with the widget.
#[derive(Clone, Debug)]
pub struct EndUserCaller {
    /// The app the token was issued for, as it is now.
    pub app: Arc<AppRecord>,
    /// The end user the token was issued for.
    pub end_user_id: EndUserId,
    /// Names the token's context, if it has one.
    pub jti: Option<String>,
    /// When the token expires, in milliseconds since 1970.
    pub expires_at: i64,
    /// The origins that were allowed when the token was issued.
    pub allowed_origins: Vec<String>,
}

impl Caller {
    /// The project whose agent answers.
    pub fn project_id(&self) -> &str {
        match self {
            Self::EndUser(user) => &user.app.project_id,
            Self::ApiKey(key) => &key.project_id,
        }
    }

    /// The tasks they may see.
    pub fn scope(&self) -> TaskScope {
        match self {
            Self::EndUser(user) => {
                TaskScope::EndUser { app_id: user.app.app_id.clone(), end_user_id: user.end_user_id.clone() }
            }
            Self::ApiKey(key) => TaskScope::Project { project_id: key.project_id.clone() },
        }
    }

    /// A name that stays the same from one request to the next, for rate limits and idempotency.
    /// No two callers share one: ids of apps and keys hold no colon.
    pub fn name(&self) -> String {
        match self {
            Self::EndUser(user) => format!("app:{}:{}", user.app.app_id, user.end_user_id),
            Self::ApiKey(key) => format!("key:{}", key.id),
        }
    }

    /// Whether it is a visitor, who may do less than a program of the project.
    pub const fn is_end_user(&self) -> bool {
        matches!(self, Self::EndUser(_))
    }
}

impl Auth {
    /// Who sends a request with these headers. Reads no database once the directory is loaded.
    /// [`Auth::check_origin`] is a step of its own.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Caller, AuthError> {
        let bearer = only(headers, &header::AUTHORIZATION)?.map(bearer).transpose()?;
        let api_key = only(headers, &X_API_KEY)?;
        match (bearer, api_key) {
            (None, None) => Err(AuthError::AuthRequired),
            (Some(bearer), Some(api_key)) if bearer != api_key => Err(AuthError::AmbiguousCredentials),
            (_, Some(api_key)) => self.verify_api_key(api_key).await.map(Caller::ApiKey),
            (Some(bearer), None) if bearer.starts_with(API_KEY_PREFIX) => {
                self.verify_api_key(bearer).await.map(Caller::ApiKey)
            }
            (Some(bearer), None) if bearer.starts_with(JWT_PREFIX) => self.verify_token(bearer).await,
            (Some(_), None) => Err(AuthError::InvalidAuthFormat),
        }
    }

    async fn verify_token(&self, token: &str) -> Result<Caller, AuthError> {
        let signer = self.0.signer.as_ref().ok_or(AuthError::JwtNotConfigured)?;
        let now_seconds = u64::try_from(self.0.clock.now_ms() / 1000).unwrap_or(0);
        let claims = signer.verify(token, now_seconds).map_err(|error| {
            tracing::debug!(%error, "a token was refused");
            if error == TokenError::Expired { AuthError::ExpiredToken } else { AuthError::InvalidToken }
        })?;
        let app = self.0.directory.find_app(&AppId(claims.app_id)).await?;
        let app = app.filter(|app| !app.disabled).ok_or(AuthError::InvalidToken)?;
        Ok(Caller::EndUser(EndUserCaller {
            app,
            end_user_id: EndUserId(claims.sub),
            jti: claims.jti,
            expires_at: i64::try_from(claims.exp).unwrap_or(i64::MAX).saturating_mul(1000),
            allowed_origins: claims.allowed_origins,
        }))
    }
}

/// A header's value, without the spaces around it; none if it is absent or empty.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, AuthError> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(AuthError::AmbiguousCredentials);
    }
    let value = value.to_str().map_err(|_| AuthError::InvalidAuthFormat)?.trim();
    Ok((!value.is_empty()).then_some(value))
}

/// What follows `Bearer`, whose capitals do not matter.
fn bearer(value: &str) -> Result<&str, AuthError> {
    let (scheme, credential) = value.split_once(' ').ok_or(AuthError::InvalidAuthFormat)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(credential.trim()) } else { Err(AuthError::InvalidAuthFormat) }
}

#[cfg(test)]
mod tests;
