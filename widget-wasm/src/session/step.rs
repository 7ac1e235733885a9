//! What goes into the state machine and what comes out.

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The page gave a token.
    Set {
        /// The new token.
        token: String,
    },
    /// The page gave a `fetchToken`, or took it away.
    CanFetch(bool),
    /// Another tab has a token.
    Heard {
        /// Its token.
        token: String,
    },
    /// The server answered 401 to a request with this token, which now waits for [`Effect::Settle`].
    Refused {
        /// The token of the request.
        token: String,
        /// Whether the request had already been repeated with a new token: then no other is asked for.
        again: bool,
    },
    /// The server took this token.
    Accepted {
        /// The token of the request.
        token: String,
    },
    /// The lock was granted.
    Locked {
        /// Whether another tab had it first.
        waited: bool,
    },
    /// `fetchToken` gave an answer.
    Fetched {
        /// The number that came with [`Effect::Fetch`].
        attempt: u32,
        /// The token, or why there is none.
        result: Result<String, TokenFailure>,
    },
    /// The time of [`Effect::Schedule`] has come.
    Timer,
    /// The page came back into sight or on line: timers may have been late.
    Woke,
    /// The user asked to try again after a failure.
    Retry,
    /// The user logged out: the token is nobody's any more. Another one is asked for when a request needs it.
    Forget,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send [`Input::Timer`] after this time, and forget any earlier wish.
    Schedule {
        /// From now.
        after_ms: u64,
    },
    /// Forget the timer.
    Unschedule,
    /// Ask for the lock that all tabs share, then send [`Input::Locked`]; at once where there are no locks.
    Lock,
    /// Let go of the lock.
    Unlock,
    /// Call `fetchToken(current)`, then send [`Input::Fetched`].
    Fetch {
        /// The token that is to be replaced.
        current: String,
        /// To be sent back.
        attempt: u32,
    },
    /// Tell the other tabs.
    Broadcast {
        /// The new token.
        token: String,
    },
    /// Answer every request that waits: go on with this token, or fail.
    Settle(Result<String, TokenFailure>),
    /// Tell the view that the token speaks for somebody else than the one before.
    IdentityChanged,
    /// Tell the view that there is no usable token.
    Failed(TokenFailure),
    /// Tell the view that there is one again.
    Recovered,
}

/// Why there is no usable token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFailure {
    /// The page gave no `fetchToken`: the server's refusal stands.
    NoFetchToken,
    /// `fetchToken` threw or its promise was rejected.
    Threw,
    /// `fetchToken` did not answer within 15 seconds.
    TimedOut,
    /// `fetchToken` gave something else than a token.
    NotAToken,
    /// `fetchToken` gave no other token than the one to be replaced.
    SameToken,
    /// The server refused the token that `fetchToken` gave.
    Refused,
}

impl TokenFailure {
    /// For the page's `sigmic-chat-error` event and for choosing a text.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoFetchToken => "INVALID_TOKEN",
            Self::Threw => "FETCH_TOKEN_FAILED",
            Self::TimedOut => "FETCH_TOKEN_TIMEOUT",
            Self::NotAToken => "FETCH_TOKEN_INVALID",
            Self::SameToken => "FETCH_TOKEN_STALE",
            Self::Refused => "FETCH_TOKEN_REFUSED",
        }
    }

    /// Whether asking `fetchToken` again, when the user says so, can help.
    pub const fn can_retry(self) -> bool {
        !matches!(self, Self::NoFetchToken)
    }
}
