//! The older HTTP transport: events come from a stream, messages go to the address that its first event names.

use super::{ending::Ending, failure::Failure, http_client::is_same_origin};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream::BoxStream};
use reqwest::{Client, Response, Url, header};
use rmcp::{
    RoleClient,
    service::{RxJsonRpcMessage, TxJsonRpcMessage},
    transport::Transport,
};
use sigmic_shared::sse::{Decoder, Frame};
use std::collections::VecDeque;

/// What is read of an answer that means nothing, in bytes.
const SHORT_BODY: u64 = 4096;

/// A connection that stands.
pub(super) struct SseTransport {
    client: Client,
    post_url: Url,
    events: Events<BoxStream<'static, reqwest::Result<Bytes>>>,
    ending: Ending,
}

impl SseTransport {
    /// Opens the stream at `url` and waits until it names the address for messages, which must be of the same origin.
    pub(super) async fn connect(
        client: Client,
        url: Url,
        message_bytes: usize,
        ending: Ending,
    ) -> Result<Self, Failure> {
        let request = client.get(url.clone()).header(header::ACCEPT, "text/event-stream");
        let response = accepted(request.send().await)?;
        let content_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !content_type.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/event-stream")) {
            return Err(Failure::Protocol);
        }
        let base = response.url().clone();
        let mut events = Events::new(response.bytes_stream().boxed(), message_bytes);
        let post_url = loop {
            let frame = events.next().await?.ok_or(Failure::Ended)?;
            if frame.event == "endpoint" {
                break base.join(frame.data.trim()).map_err(|_| Failure::Protocol)?;
            }
        };
        if !is_same_origin(&url, &post_url) {
            return Err(Failure::Protocol);
        }
        Ok(Self { client, post_url, events, ending })
    }
}

fn accepted(response: reqwest::Result<Response>) -> Result<Response, Failure> {
    let response = response.map_err(|error| Failure::of_http(&error))?;
    let status = response.status();
    if status.is_success() { Ok(response) } else { Err(Failure::of_status(status.as_u16())) }
}

impl Transport<RoleClient> for SseTransport {
    type Error = Failure;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), Failure>> + Send + 'static {
        let request = self.client.post(self.post_url.clone()).json(&message);
        async move {
            let response = accepted(request.send().await)?;
            // The answer comes as an event. A short body is read all the same, so that the next message finds the
            // connection free.
            if response.content_length().is_some_and(|length| length <= SHORT_BODY) {
                let _ = response.bytes().await;
            }
            Ok(())
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        loop {
            match self.events.next().await {
                Ok(Some(frame)) if matches!(frame.event.as_str(), "" | "message") => {
                    if let Ok(message) = serde_json::from_str(&frame.data) {
                        return Some(message);
                    }
                }
                Ok(Some(_)) => {}
                Ok(None) => {
                    self.ending.because(Failure::Ended);
                    return None;
                }
                Err(failure) => {
                    self.ending.because(failure);
                    return None;
                }
            }
        }
    }

    async fn close(&mut self) -> Result<(), Failure> {
        self.ending.because(Failure::Ended);
        // Dropping the stream closes its connection.
        self.events.stream = futures::stream::empty().boxed();
        Ok(())
    }
}

/// The events of a body, none larger than allowed.
struct Events<S> {
    stream: S,
    decoder: Decoder,
    ready: VecDeque<Frame>,
    /// Bytes since the last event ended.
    pending: usize,
    limit: usize,
}

impl<S: Stream<Item = reqwest::Result<Bytes>> + Unpin> Events<S> {
    fn new(stream: S, limit: usize) -> Self {
        Self { stream, decoder: Decoder::new(), ready: VecDeque::new(), pending: 0, limit }
    }

    /// The next event; none at the end of the stream. Dropping the future loses nothing.
    async fn next(&mut self) -> Result<Option<Frame>, Failure> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Ok(Some(frame));
            }
            let Some(bytes) = self.stream.next().await else { return Ok(None) };
            let bytes = bytes.map_err(|_| Failure::Ended)?;
            self.pending = self.pending.saturating_add(bytes.len());
            let (ready, pending) = (&mut self.ready, &mut self.pending);
            self.decoder.feed(&bytes, |frame| {
                *pending = 0;
                ready.push_back(frame);
            });
            if self.pending > self.limit {
                return Err(Failure::TooLarge);
            }
        }
    }
}
