//! An answer's bytes as they arrive, with an eye on the clock.

use super::Patience;
use bytes::Bytes;
use http_body::Body as _;
use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Instant, Sleep};

/// How long the end of a body may take once all that matters has arrived.
const LAST_BYTES_TIME: Duration = Duration::from_secs(2);

/// How much may still arrive in that time.
const LAST_BYTES: usize = 64 * 1024;

/// Why no more bytes come.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// Nothing came for too long.
    #[error("nothing came for {} s", .0.as_secs_f32())]
    Silent(Duration),
    /// A line came that is too long.
    #[error("a line over {} bytes", super::LONGEST_LINE)]
    TooLong,
}

/// The body of an answer. Dropping it closes the connection, except after [`Self::finish`].
#[derive(Debug)]
pub struct AnswerBody {
    body: reqwest::Body,
    clock: Pin<Box<Sleep>>,
    heard: Instant,
    wait: Duration,
    has_ended: bool,
}

impl AnswerBody {
    /// The body of `response`, watched with the patience for a first piece.
    pub fn new(response: reqwest::Response, patience: Patience) -> Self {
        let wait = patience.before_answer;
        Self {
            body: response.into(),
            clock: Box::pin(tokio::time::sleep(wait)),
            heard: Instant::now(),
            wait,
            has_ended: false,
        }
    }

    /// From now on bears silence for `wait`.
    pub fn set_patience(&mut self, wait: Duration) {
        // The clock is moved only to ring earlier; when it rings early, it is set again.
        if wait < self.wait {
            self.clock.as_mut().reset(self.heard + wait);
        }
        self.wait = wait;
    }

    /// The next bytes; none after an error.
    pub fn poll_bytes(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        loop {
            match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => {
                    if let Ok(bytes) = frame.into_data() {
                        self.heard = Instant::now();
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    self.has_ended = true;
                    return Poll::Ready(Some(Err(BodyError::Broken(super::causes(&error.without_url())))));
                }
                Poll::Ready(None) => {
                    self.has_ended = true;
                    return Poll::Ready(None);
                }
                Poll::Pending => break,
            }
        }
        // Moving the clock for every piece would cost more than the piece, so it is moved when it rings.
        while self.clock.as_mut().poll(context).is_ready() {
            let silent_until = self.heard + self.wait;
            if silent_until <= Instant::now() {
                self.has_ended = true;
                return Poll::Ready(Some(Err(BodyError::Silent(self.wait))));
            }
            self.clock.as_mut().reset(silent_until);
        }
        Poll::Pending
    }

    /// Lets go of a body whose answer is complete. What is left of it, usually the end mark alone, is
    /// read on the side, because only a connection whose answer was read to its end can be used again.
    pub fn finish(self) {
        if self.has_ended {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let mut body = self;
        runtime.spawn(async move {
            body.heard = Instant::now();
            body.set_patience(LAST_BYTES_TIME);
            let deadline = body.heard + LAST_BYTES_TIME;
            let mut left = LAST_BYTES;
            while let Some(Ok(bytes)) = std::future::poll_fn(|context| body.poll_bytes(context)).await {
                left = left.saturating_sub(bytes.len());
                if left == 0 || Instant::now() > deadline {
                    break;
                }
            }
        });
    }
}
