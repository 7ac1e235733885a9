//! The id in a path.

use super::super::error::HttpError;
use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};

/// The path's one id. Whatever cannot be an id at all is nothing that exists.
pub struct PathId(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpError> {
        let Path(id) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| HttpError::not_found())?;
        // Postgres refuses NUL in a text.
        if id.contains('\0') { Err(HttpError::not_found()) } else { Ok(Self(id)) }
    }
}
