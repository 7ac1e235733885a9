//! The connection `rig` sends through: our own client.

use crate::llm::{
    provider::{ModelError, ModelErrorKind},
    upstream::{AnswerBody, BodyError, LONGEST_LINE, Patience, Upstream, key_header},
};
use bytes::Bytes;
use futures::Stream;
use reqwest::{Response, Url};
use rig_core::http_client::{self, HttpClientExt, LazyBody, MultipartForm, StreamingResponse};
use secrecy::{ExposeSecret, SecretString};
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

/// The connection for one question.
#[derive(Clone, Debug)]
pub struct Transport {
    upstream: Upstream,
    key: SecretString,
    is_cancelled: Arc<AtomicBool>,
}

impl Transport {
    /// A connection through `upstream`, for requests that carry `key`.
    pub fn new(upstream: Upstream, key: SecretString) -> Self {
        Self { upstream, key, is_cancelled: Arc::default() }
    }

    /// Makes a body that is dropped from now on close its connection. Otherwise, `rig` having read all it
    /// wants, the rest is read on the side and the connection used again.
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }

    async fn open(&self, request: http::Request<Bytes>) -> Result<Response, ModelError> {
        let (parts, body) = request.into_parts();
        let mut url: Url = parts
            .uri
            .to_string()
            .parse()
            .map_err(|_| ModelError::new(ModelErrorKind::Refused, "not a possible base URL"))?;
        let mut headers = parts.headers;
        // For Gemini, `rig` puts the key into the address, where servers and proxies log it.
        let key = self.key.expose_secret().trim();
        let (secret, others): (Vec<_>, Vec<_>) =
            url.query_pairs().into_owned().partition(|(name, value)| name == "key" && value == key);
        if !secret.is_empty() {
            url.query_pairs_mut().clear().extend_pairs(others);
            if !key.is_empty() {
                headers.insert("x-goog-api-key", key_header("", &self.key)?);
            }
        }
        self.upstream.send(self.upstream.post(url, headers, body), Some(&self.key)).await
    }
}

impl HttpClientExt for Transport {
    fn send<T, U>(
        &self,
        _: http::Request<T>,
    ) -> impl Future<Output = http_client::Result<http::Response<LazyBody<U>>>> + Send + 'static
    where
        T: Into<Bytes> + Send,
        U: From<Bytes> + Send + 'static,
    {
        std::future::ready(Err(only_streams()))
    }

    fn send_multipart<U>(
        &self,
        _: http::Request<MultipartForm>,
    ) -> impl Future<Output = http_client::Result<http::Response<LazyBody<U>>>> + Send + 'static
    where
        U: From<Bytes> + Send + 'static,
    {
        std::future::ready(Err(only_streams()))
    }

    async fn send_streaming<T>(&self, request: http::Request<T>) -> http_client::Result<StreamingResponse>
    where
        T: Into<Bytes> + Send,
    {
        let response = self.open(request.map(Into::into)).await.map_err(http_client::Error::instance)?;
        let head = http::Response::builder().status(response.status());
        let head = response.headers().iter().fold(head, |head, (name, value)| head.header(name, value));
        let body = Body {
            body: Some(AnswerBody::new(response, self.upstream.patience())),
            patience: self.upstream.patience(),
            line_bytes: 0,
            is_cancelled: self.is_cancelled.clone(),
        };
        head.body(Box::pin(body) as _).map_err(http_client::Error::Protocol)
    }
}

fn only_streams() -> http_client::Error {
    http_client::Error::instance(ModelError::new(ModelErrorKind::Refused, "only streamed answers are asked for"))
}

/// The bytes of an answer.
struct Body {
    body: Option<AnswerBody>,
    patience: Patience,
    /// How long the line is that has not ended yet.
    line_bytes: usize,
    is_cancelled: Arc<AtomicBool>,
}

impl Stream for Body {
    type Item = http_client::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let Some(body) = &mut this.body else { return Poll::Ready(None) };
        let error = match ready!(body.poll_bytes(context)) {
            None => return Poll::Ready(None),
            Some(Ok(bytes)) => {
                // Both providers say something at once and then keep saying that they are there.
                body.set_patience(this.patience.between_pieces);
                this.line_bytes = match memchr::memrchr2(b'\n', b'\r', &bytes) {
                    Some(end) => bytes.len() - end - 1,
                    None => this.line_bytes + bytes.len(),
                };
                if this.line_bytes <= LONGEST_LINE {
                    return Poll::Ready(Some(Ok(bytes)));
                }
                BodyError::TooLong
            }
            Some(Err(error)) => error,
        };
        this.body = None;
        Poll::Ready(Some(Err(http_client::Error::instance(error))))
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        if let Some(body) = self.body.take()
            && !self.is_cancelled.load(Ordering::Relaxed)
        {
            body.finish();
        }
    }
}
