//! A watch of a run as the body of a response.

use crate::agent::Watch;
use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures::stream;
use sigmic_shared::sse::HEARTBEAT;
use std::{convert::Infallible, time::Duration};

const HEARTBEAT_EVERY: Duration = Duration::from_secs(15);

/// Sends `opening`, then whatever the watch sees until the run is done, with a heartbeat whenever
/// nothing was sent for a while.
pub fn event_stream(opening: Vec<u8>, watch: Option<Watch>) -> Response {
    let opening = Some(Bytes::from(opening)).filter(|opening| !opening.is_empty());
    let body = stream::unfold((opening, watch), |(opening, watch)| async {
        if let Some(opening) = opening {
            return Some((Ok::<_, Infallible>(opening), (None, watch)));
        }
        let mut watch = watch?;
        let next = match tokio::time::timeout(HEARTBEAT_EVERY, watch.next()).await {
            Ok(frames) => frames?,
            Err(_) => Bytes::from_static(HEARTBEAT.as_bytes()),
        };
        Some((Ok(next), (None, Some(watch))))
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform")),
        (header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    (headers, Body::from_stream(body)).into_response()
}
