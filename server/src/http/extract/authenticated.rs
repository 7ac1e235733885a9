//! Who is asking.

use super::super::{error::HttpError, state::AppState};
use crate::auth::{Caller, OriginHeaders};
use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};

/// A caller whose token or key is valid, and whose page may use it.
pub struct Authenticated(pub Caller);

impl FromRequestParts<AppState> for Authenticated {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, HttpError> {
        let caller = state.auth.authenticate(&parts.headers).await?;
        let own_origin = state.public_origin.clone().or_else(|| own_origin(parts));
        state.auth.check_origin(&caller, &OriginHeaders::read(&parts.method, &parts.headers, own_origin.as_deref()))?;
        Ok(Self(caller))
    }
}

/// Without a configured one, the server's own origin is what the Host header says.
fn own_origin(parts: &Parts) -> Option<String> {
    let host = parts.headers.get(header::HOST)?.to_str().ok()?;
    Some(format!("http://{host}"))
}
