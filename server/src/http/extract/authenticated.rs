//! Who is asking.

use super::super::{error::HttpError, state::AppState};
use crate::auth::{Caller, OriginHeaders};
use axum::{extract::FromRequestParts, http::request::Parts};

/// A caller whose token or key is valid, and whose page may use it.
pub struct Authenticated(pub Caller);

impl FromRequestParts<AppState> for Authenticated {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, HttpError> {
        let caller = state.auth.authenticate(&parts.headers).await?;
        let request = OriginHeaders::read(&parts.method, &parts.headers, state.public_origin.as_deref());
        state.auth.check_origin(&caller, &request)?;
        Ok(Self(caller))
    }
}
