//! Reading an event stream as a client does.

use crate::DEADLINE;
use reqwest::Response;
use sigmic_shared::{
    StreamEvent,
    sse::{Decoder, Frame},
    stream::Done,
};
use std::collections::VecDeque;

/// An open event stream. Dropping it closes the connection.
#[derive(Debug)]
pub struct EventStream {
    response: Response,
    decoder: Decoder,
    ready: VecDeque<Frame>,
    raw: Vec<u8>,
}

/// One event and its id.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    /// The event.
    pub event: StreamEvent,
    /// Its `id:` line.
    pub id: Option<String>,
}

impl EventStream {
    /// Reads `response`, which has to be an event stream.
    pub async fn open(response: Response) -> Self {
        let status = response.status();
        let content_type = response.headers().get("content-type").cloned();
        if status != 200 || content_type.as_ref().is_none_or(|value| value != "text/event-stream") {
            panic!("no event stream: {status}, {content_type:?}: {}", response.text().await.unwrap_or_default());
        }
        Self { response, decoder: Decoder::new(), ready: VecDeque::new(), raw: Vec::new() }
    }

    /// The headers it was answered with.
    pub fn headers(&self) -> &http::HeaderMap {
        self.response.headers()
    }

    /// The next event as it stood on the wire, or `None` at the end. A connection that broke off is
    /// an end too: whether the last event was `done` tells them apart.
    pub async fn next_frame(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some(frame);
            }
            if !self.read_more().await {
                return None;
            }
        }
    }

    /// The next event, or `None` at the end.
    pub async fn next(&mut self) -> Option<Received> {
        let frame = self.next_frame().await?;
        let event = StreamEvent::from_parts(&frame.event, &frame.data)
            .unwrap_or_else(|| panic!("an undocumented event: {frame:?}"))
            .unwrap_or_else(|error| panic!("{error} in {frame:?}"));
        Some(Received { event, id: frame.id })
    }

    /// Reads on until `wanted` has accepted an event, and gives everything read, that one included.
    pub async fn until(&mut self, wanted: impl Fn(&StreamEvent) -> bool) -> Vec<Received> {
        let mut events = Vec::new();
        while let Some(received) = self.next().await {
            let found = wanted(&received.event);
            events.push(received);
            if found {
                return events;
            }
        }
        panic!("the stream ended without the event waited for: {events:#?}");
    }

    /// Reads on until the text of the run so far contains `text`.
    pub async fn until_text(&mut self, text: &str) -> Vec<Received> {
        let mut events = Vec::new();
        while !joined_text(&events).contains(text) {
            match self.next().await {
                Some(received) => events.push(received),
                None => panic!("the stream ended before {text:?}: {events:#?}"),
            }
        }
        events
    }

    /// Reads on to the end of the stream.
    pub async fn rest(&mut self) -> Vec<Received> {
        let mut events = Vec::new();
        while let Some(received) = self.next().await {
            events.push(received);
        }
        events
    }

    /// Reads on until the bytes so far contain `wanted`, a comment for example.
    pub async fn wait_for_bytes(&mut self, wanted: &[u8]) {
        while !self.raw.windows(wanted.len()).any(|part| part == wanted) {
            assert!(self.read_more().await, "the stream ended before {:?}", String::from_utf8_lossy(wanted));
        }
    }

    /// The bytes read so far, comments included.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Reads what comes next. False at the end.
    async fn read_more(&mut self) -> bool {
        let chunk = tokio::time::timeout(DEADLINE, self.response.chunk())
            .await
            .unwrap_or_else(|_| panic!("no event came; so far:\n{}", String::from_utf8_lossy(&self.raw)));
        let Some(chunk) = chunk.ok().flatten() else { return false };
        self.raw.extend_from_slice(&chunk);
        self.decoder.feed(&chunk, |frame| self.ready.push_back(frame));
        true
    }
}

/// All `content` texts, joined.
pub fn joined_text(events: &[Received]) -> String {
    events
        .iter()
        .filter_map(|received| match &received.event {
            StreamEvent::Content(content) => Some(content.text.as_str()),
            _ => None,
        })
        .collect()
}

/// The `done` event, which has to be the last one.
pub fn done(events: &[Received]) -> &Done {
    match events.last().map(|received| &received.event) {
        Some(StreamEvent::Done(done)) => done,
        _ => panic!("the last event is not `done`: {events:#?}"),
    }
}

/// The names of the events, in order.
pub fn names(events: &[Received]) -> Vec<&'static str> {
    events.iter().map(|received| received.event.name()).collect()
}
