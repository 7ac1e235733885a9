//! What a client still sends after it was refused.
//!
//! A server that answers without reading the body, and then closes, may take its own answer back: the client's system
//! throws away what it received once it learns that nobody listens. So the rest is read, within limits.

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    middleware::Next,
    response::Response,
};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use std::{
    mem,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

/// A body up to this size has arrived by the time it is refused, and hyper reads it by itself.
const SMALL_BYTES: u64 = 16 * 1024;
/// Whoever sends more than this after a refusal is cut off.
const MOST_BYTES: usize = 8 * 1024 * 1024;
/// Whoever takes longer is cut off, too.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads what the handler left of a large body, beside the answer.
pub async fn read_to_its_end(request: Request, next: Next) -> Response {
    let is_small = request.body().size_hint().upper().is_some_and(|bytes| bytes <= SMALL_BYTES);
    let request = if is_small { request } else { request.map(|body| Body::new(Lent(body))) };
    next.run(request).await
}

/// A body that is read to its end by others if its reader gives up.
struct Lent(Body);

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.0).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if !self.0.is_end_stream() {
            tokio::spawn(tokio::time::timeout(PATIENCE, discard(mem::take(&mut self.0))));
        }
    }
}

async fn discard(mut body: Body) {
    let mut left = MOST_BYTES;
    while let Some(Ok(frame)) = body.frame().await {
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        match left.checked_sub(bytes) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}
