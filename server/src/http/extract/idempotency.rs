//! The `Idempotency-Key` header.

use super::super::error::HttpError;
use axum::{extract::FromRequestParts, http::request::Parts};
use sigmic_shared::ApiError;

const LONGEST_KEY: usize = 255;

/// The request's idempotency key, if it has one.
pub struct IdempotencyHeader(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyHeader {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, HttpError> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(Self(None)) };
        let key = value.to_str().ok().filter(|key| (1..=LONGEST_KEY).contains(&key.len()));
        let key =
            key.ok_or_else(|| ApiError::validation("Idempotency-Key has to be 1 to 255 visible ASCII characters."))?;
        Ok(Self(Some(key.to_owned())))
    }
}
