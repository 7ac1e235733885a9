//! Follows a run from its request to its end, over as many connections as it takes.

use super::{
    Api, Failure,
    fetch::{Call, Reply},
    follower::{Follower, MessageBody, Next, Request, Start},
    pause::pause,
};
use futures::future::{AbortHandle, Abortable};
use sigmic_shared::{StreamEvent, routes, sse::Decoder};

/// The server sends a heartbeat every 15 seconds, so a stream that says nothing for this long is dead.
const SILENCE_MS: u32 = 45_000;

/// What a stream gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Delivery {
    /// Events, in order: all that came in one piece of the network. After a reconnection they may begin with
    /// `history_message`s and `history_done`, which `ChatModel::apply` understands as "replace what you have".
    Events(Vec<StreamEvent>),
    /// How the connection is.
    Connection(Connection),
    /// Nothing follows.
    Ended(Result<(), Failure>),
}

/// How a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// A request is on its way.
    Connecting,
    /// The server answers.
    Live,
    /// It broke or the server was busy; the next attempt comes by itself.
    Waiting {
        /// In how many milliseconds; sooner when the network comes back.
        retry_in_ms: u64,
    },
}

/// A stream that is being followed. Dropping it ends the connection, not the run; nothing is delivered afterwards.
#[derive(Debug)]
#[must_use = "dropping it ends the stream"]
pub struct StreamHandle(AbortHandle);

impl Drop for StreamHandle {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What is sent, for runs that begin with a message.
#[derive(Clone, Debug, Default)]
pub(super) struct Outgoing {
    /// Its text.
    pub message: String,
    /// Its idempotency key.
    pub idempotency_key: String,
}

/// Begins to follow.
pub(super) fn follow(
    api: Api,
    start: Start,
    outgoing: Outgoing,
    last_event_id: Option<String>,
    deliver: impl FnMut(Delivery) + 'static,
) -> StreamHandle {
    let (handle, registration) = AbortHandle::new_pair();
    let follow = Follow {
        api,
        follower: Follower::new(start, last_event_id),
        body: serde_json::to_string(&MessageBody { message: &outgoing.message }).unwrap_or_default(),
        idempotency_key: outgoing.idempotency_key,
        deliver: Box::new(deliver),
        handle: handle.clone(),
    };
    wasm_bindgen_futures::spawn_local(async move {
        // An error says only that the handle was dropped.
        let _ = Abortable::new(follow.run(), registration).await;
    });
    StreamHandle(handle)
}

struct Follow {
    api: Api,
    follower: Follower,
    body: String,
    idempotency_key: String,
    deliver: Box<dyn FnMut(Delivery)>,
    handle: AbortHandle,
}

impl Follow {
    async fn run(mut self) {
        let ended = loop {
            self.deliver(Delivery::Connection(Connection::Connecting));
            let mut live_since = None;
            let failure = self.connect(&mut live_since).await.err();
            let now = js_sys::Date::now();
            let alive_ms = live_since.map_or(0.0, |since: f64| now - since) as u64;
            match self.follower.next(failure, alive_ms, js_sys::Math::random()) {
                Next::End(result) => break result,
                Next::RetryAfter { wait_ms } => {
                    self.deliver(Delivery::Connection(Connection::Waiting { retry_in_ms: wait_ms }));
                    pause(wait_ms).await;
                }
            }
        };
        self.deliver(Delivery::Ended(ended));
    }

    /// One connection, to its end. An error says why it ended early; without one it may still have.
    async fn connect(&mut self, live_since: &mut Option<f64>) -> Result<(), Failure> {
        let reply = self.request().await?;
        if !reply.is_event_stream() {
            let event = self.follower.take_json(&reply.text().await?)?;
            self.deliver(Delivery::Events(vec![event]));
            return Ok(());
        }
        *live_since = Some(js_sys::Date::now());
        self.deliver(Delivery::Connection(Connection::Live));
        let mut decoder = Decoder::new();
        let mut bytes = reply.bytes()?;
        while let Some(piece) = bytes.next(SILENCE_MS).await? {
            let mut events = Vec::new();
            decoder.feed(&piece, |frame| events.extend(self.follower.take(frame)));
            if !events.is_empty() {
                self.deliver(Delivery::Events(events));
            }
            if self.follower.is_over() {
                break;
            }
        }
        Ok(())
    }

    async fn request(&self) -> Result<Reply, Failure> {
        let mut call = Call { method: "GET", url: String::new(), headers: vec![], body: None };
        call.headers.push(("accept", "text/event-stream"));
        let request = self.follower.request();
        let path = match &request {
            Request::Watch { task_id, last_event_id } => {
                call.headers.extend(last_event_id.as_deref().map(|id| ("last-event-id", id)));
                routes::stream(&super::api::segment(task_id.as_str()))
            }
            Request::Send { task_id } => {
                call.method = "POST";
                call.body = Some(&self.body);
                call.headers.push(("idempotency-key", &self.idempotency_key));
                match task_id {
                    Some(task_id) => routes::messages(&super::api::segment(task_id.as_str())),
                    None => routes::TASKS.to_owned(),
                }
            }
        };
        call.url = self.api.url(&path);
        self.api.send(&call).await
    }

    fn deliver(&mut self, delivery: Delivery) {
        // The receiver may drop its handle at any delivery.
        if !self.handle.is_aborted() {
            (self.deliver)(delivery);
        }
    }
}
