//! Follows a run from its request to its end, over as many connections as it takes.

use super::Failure;
use sigmic_shared::StreamEvent;

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
        /// In how many milliseconds.
        retry_in_ms: u64,
    },
}

/// A stream that is being followed. Dropping it ends the connection, not the run; nothing is delivered afterwards.
#[derive(Debug)]
#[must_use = "dropping it ends the stream"]
pub struct StreamHandle {}
