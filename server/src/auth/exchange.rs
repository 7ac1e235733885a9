//! The token exchange: a backend trades its app's credentials for a token for one of its users.

use super::{
    Auth, AuthError,
    context::{self, Context, ContextPlace},
    expires_in,
};
use crate::{
    clock,
    secrets::credential::{CredentialHash, CredentialKind},
    store::AppRecord,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use sigmic_shared::{
    AppId, EndUserId,
    token::{Claims, TokenResponse},
};

/// The longest `endUserId`.
const MAX_END_USER_ID_BYTES: usize = 256;

/// A request whose fields are all right. Whether its credentials are is another matter.
struct ExchangeRequest {
    app_id: AppId,
    app_secret: SecretString,
    end_user_id: EndUserId,
    lifetime_seconds: u64,
    context: Context,
}

impl Auth {
    /// Trades the credentials in `body`, which was declared as JSON, for a token. `admit` is asked
    /// for the app once its credentials were found right, before anything is kept.
    ///
    /// The first failure answers, in this order: signing configured, credentials present,
    /// `endUserId`, `expiresIn`, `env` and `secrets`, credentials right.
    pub async fn exchange<E: From<AuthError>>(
        &self,
        body: &[u8],
        admit: impl FnOnce(&str) -> Result<(), E>,
    ) -> Result<TokenResponse, E> {
        if self.0.signer.is_none() {
            return Err(AuthError::JwtNotConfigured.into());
        }
        let request = ExchangeRequest::read(body)?;
        let app = self.0.directory.find_app(&request.app_id).await.map_err(AuthError::from)?;
        if !are_right(&request.app_secret, app.as_deref(), self.0.clock.now_ms()) {
            return Err(AuthError::InvalidCredentials.into());
        }
        let app = app.ok_or(AuthError::InvalidCredentials)?;
        admit(app.app_id.as_str())?;
        Ok(self.issue(&app, request).await?)
    }

    /// Keeps the request's context and signs a token for it.
    async fn issue(&self, app: &AppRecord, request: ExchangeRequest) -> Result<TokenResponse, AuthError> {
        let signer = self.0.signer.as_ref().ok_or(AuthError::JwtNotConfigured)?;
        let iat = u64::try_from(self.0.clock.now_ms() / 1000).unwrap_or(0);
        let exp = iat + request.lifetime_seconds;
        let expires_at_ms = i64::try_from(exp).unwrap_or(i64::MAX).saturating_mul(1000);
        let jti = (!request.context.is_empty()).then(|| self.0.clock.new_uuid_v7().to_string());
        if let Some(jti) = &jti {
            let place = ContextPlace { app_id: &app.app_id, end_user_id: &request.end_user_id, jti };
            let record = request.context.seal(&self.0.encryption, &self.0.clock, place, expires_at_ms)?;
            // Committed before anybody holds the token that names it.
            self.0.store.insert_context(record).await?;
        }
        let claims = Claims {
            app_id: app.app_id.0.clone(),
            sub: request.end_user_id.0,
            allowed_origins: app.allowed_origins.0.clone(),
            iat,
            exp,
            jti,
        };
        let token = signer.sign(&claims).map_err(AuthError::Signing)?;
        Ok(TokenResponse { token, expires_at: clock::timestamp(expires_at_ms) })
    }
}

impl ExchangeRequest {
    fn read(body: &[u8]) -> Result<Self, AuthError> {
        let fields = match serde_json::from_slice(body).map_err(|_| AuthError::NotJson)? {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        let credential = |name| match given(&fields, name) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text.as_str()),
            _ => Err(AuthError::MissingCredentials),
        };
        Ok(Self {
            app_id: credential("appId")?.into(),
            app_secret: credential("appSecret")?.into(),
            end_user_id: end_user_id(given(&fields, "endUserId"))?,
            lifetime_seconds: lifetime_seconds(given(&fields, "expiresIn"))?,
            context: context::check(given(&fields, "env"), given(&fields, "secrets"))?,
        })
    }
}

/// A field that is there; null counts as left out.
fn given<'f>(fields: &'f Map<String, Value>, name: &str) -> Option<&'f Value> {
    fields.get(name).filter(|value| !value.is_null())
}

/// The id exactly as given.
fn end_user_id(value: Option<&Value>) -> Result<EndUserId, AuthError> {
    let Some(Value::String(id)) = value else { return Err(AuthError::MissingEndUserId) };
    if id.trim().is_empty() {
        return Err(AuthError::MissingEndUserId);
    }
    if id.len() > MAX_END_USER_ID_BYTES || id.chars().any(char::is_control) {
        return Err(AuthError::UnusableEndUserId);
    }
    Ok(id.as_str().into())
}

fn lifetime_seconds(value: Option<&Value>) -> Result<u64, AuthError> {
    match value {
        None => Ok(expires_in::DEFAULT_SECONDS),
        Some(Value::String(text)) => expires_in::parse(text).ok_or(AuthError::InvalidExpiresIn),
        Some(_) => Err(AuthError::InvalidExpiresIn),
    }
}

/// Whether the secret is the app's, or the one being replaced, and the app is in use. An unknown
/// app, a wrong secret and a disabled app do the same work, so that time does not tell them apart.
fn are_right(secret: &SecretString, app: Option<&AppRecord>, now_ms: i64) -> bool {
    let given = CredentialHash::of(CredentialKind::AppSecret, secret.expose_secret());
    let kept = |bytes: Option<&[u8]>| bytes.and_then(CredentialHash::from_bytes).unwrap_or(CredentialHash::NONE);
    let current = kept(app.map(|app| app.secret_hash.as_slice()));
    let old = kept(app.and_then(|app| app.old_secret_hash.as_deref()));
    let old_counts = app.and_then(|app| app.old_secret_until).is_some_and(|until| now_ms < until);
    let in_use = app.is_some_and(|app| !app.disabled);
    // `&` and `|`, not `&&` and `||`: nothing is skipped.
    (given.matches(current) | (given.matches(old) & old_counts)) & in_use
}

#[cfg(test)]
mod tests;
