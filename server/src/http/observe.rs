//! What surrounds every request: an id, a line in the log, a number in the metrics, and an answer
//! of the usual shape even if the handler panics.

use super::error::HttpError;
use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use sigmic_shared::ErrorCode;
use std::{panic::AssertUnwindSafe, time::Instant};
use tracing::Instrument;

/// Every request has one by the time a handler sees it.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// A caller's own id is kept if it is no longer than this many bytes.
const LONGEST_ID: usize = 128;

/// Gives the request an id, the caller's own if it is sane, and reports how it went.
pub async fn observe(mut request: Request, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID).filter(|id| is_sane(id)).cloned().unwrap_or_else(new_id);
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let route = route.as_deref().unwrap_or("(none)");
    let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default());
    let started = Instant::now();
    let mut response = AssertUnwindSafe(next.run(request))
        .catch_unwind()
        .instrument(span.clone())
        .await
        .unwrap_or_else(|_| HttpError::internal().into_response());
    let status = response.status().as_u16();
    let code = response.extensions().get::<ErrorCode>().map_or("", |code| code.code());
    span.in_scope(|| {
        tracing::info!(%method, route, status, code, ms = started.elapsed().as_millis() as u64, "answered");
    });
    metrics::counter!("sigmic_requests_total", "route" => route.to_owned(), "status" => status.to_string())
        .increment(1);
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

fn is_sane(id: &HeaderValue) -> bool {
    let bytes = id.as_bytes();
    (1..=LONGEST_ID).contains(&bytes.len())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte))
}

fn new_id() -> HeaderValue {
    HeaderValue::from_str(&uuid::Uuid::now_v7().to_string()).unwrap_or(HeaderValue::from_static("none"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_sane_id_is_kept() {
        for (id, sane) in [
            ("a", true),
            ("01J-x_y.z:1", true),
            ("", false),
            ("with space", false),
            ("<script>", false),
            (&*"a".repeat(128), true),
            (&*"a".repeat(129), false),
        ] {
            assert_eq!(is_sane(&HeaderValue::from_str(id).unwrap()), sane, "{id:?}");
        }
    }
}
