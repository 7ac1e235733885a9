//! The widget's way to the server: requests, streams, tokens, and the user's other tabs.
//!
//! ```ignore
//! let tabs = Tabs::new(host);                                 // share with the other tabs of this site
//! let tokens = Tokens::new(token, fetch_token, tabs.clone(), move |notice| …);
//! let api = Api::new(host, tokens.clone());
//!
//! let handle = api.create_task_stream(text, &idempotency_key, move |delivery| match delivery {
//!     Delivery::Events(events) => …ChatModel::apply…,         // all of one network chunk: paint once
//!     Delivery::Connection(state) => …,                       // connecting, live, waiting to try again
//!     Delivery::Ended(Ok(())) => …,                           // the run is over, or nothing runs
//!     Delivery::Ended(Err(failure)) => …ChatModel::fail…,     // retries are used up, or refused
//! });
//! drop(handle);                                               // ends the stream; the run goes on
//! let page = api.list(50, 0).await?;
//! ```
//!
//! Reconnection, backoff, `Last-Event-ID`, one refresh and retry on 401 all happen in here. Every request is
//! `mode: cors`, `credentials: omit`, `cache: no-store`, `redirect: error`.

mod api;
mod failure;
mod fetch;
mod follow;
mod follower;
mod idempotency;
mod listener;
mod lock;
mod pause;
mod retry;
mod summary;
mod tabs;
mod tokens;

pub use api::Api;
pub use failure::{ApiFailure, Failure};
pub use follow::{Connection, Delivery, StreamHandle};
pub use idempotency::new_idempotency_key;
pub use summary::TaskSummary;
pub use tabs::{TabMessage, Tabs};
pub use tokens::{FetchToken, TokenNotice, Tokens};
