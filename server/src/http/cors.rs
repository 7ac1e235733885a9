//! Cross-origin rules: any page may talk to the API, and the token check decides what it gets.
//!
//! The allowed origin is always `*`: a preflight carries no token, so it cannot know the app. What
//! protects an app is the check of the request's Origin against the token and the app. Nothing is
//! ever allowed with cookies. The token exchange answers no other origin at all.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use sigmic_shared::routes;

const ANY: HeaderValue = HeaderValue::from_static("*");
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PATCH, DELETE");
const HEADERS: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, accept, idempotency-key, last-event-id, x-api-key, x-request-id",
);
const EXPOSED: HeaderValue = HeaderValue::from_static("x-request-id, retry-after");
/// A day: Firefox keeps a preflight's answer that long, others less.
const MAX_AGE: HeaderValue = HeaderValue::from_static("86400");

/// Answers preflights, and marks every answer of a browser's endpoint, refusals too, so that the
/// page can read them.
pub async fn allow_any_origin(request: Request, next: Next) -> Response {
    if !is_for_browsers(request.uri().path()) {
        return next.run(request).await;
    }
    let mut response = if is_preflight(&request) { preflight().into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    response
}

fn is_for_browsers(path: &str) -> bool {
    path.strip_prefix(routes::API).is_some_and(|rest| rest.starts_with('/') && !rest.starts_with("/auth/"))
}

fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn preflight() -> (StatusCode, HeaderMap) {
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS),
        (header::ACCESS_CONTROL_MAX_AGE, MAX_AGE),
    ];
    (StatusCode::NO_CONTENT, headers.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_exchange_answers_no_other_origin() {
        for (path, browsers) in [
            ("/api/v1/tasks", true),
            ("/api/v1/tasks/x/stream", true),
            ("/api/v1/widget/config", true),
            ("/api/v1/unknown", true),
            ("/api/v1/auth/token", false),
            ("/api/v1", false),
            ("/api/v10/tasks", false),
            ("/console", false),
            ("/healthz", false),
        ] {
            assert_eq!(is_for_browsers(path), browsers, "{path}");
        }
    }
}
