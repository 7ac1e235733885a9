//! Drives the [`Session`](crate::session::Session) in the browser.

use super::Tabs;
use crate::session::{Identity, TokenFailure};
use web_sys::wasm_bindgen::JsValue;

/// The page's `fetchToken`.
#[derive(Clone, Debug)]
pub struct FetchToken {
    /// The function. It gets the current token, and gives a token or a promise of one.
    pub function: js_sys::Function,
    /// What `this` is: the configuration object it was found on.
    pub this: JsValue,
}

/// What whoever made the [`Tokens`] should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenNotice {
    /// The token speaks for another end user or app: start anew.
    IdentityChanged,
    /// No usable token can be had. Show it, with a button for [`Tokens::retry`] if `can_retry()`.
    Failed(TokenFailure),
    /// A failure is over.
    Recovered,
}

/// The token of every request. Clones share it.
#[derive(Clone, Debug)]
pub struct Tokens {}

impl Tokens {
    /// Starts with the page's token, and tells `notify` what the view has to show.
    pub fn new(
        token: String,
        fetch_token: Option<FetchToken>,
        tabs: Tabs,
        notify: impl Fn(TokenNotice) + 'static,
    ) -> Self {
        let _ = (token, fetch_token, tabs, notify);
        Self {}
    }

    /// The page gave another token.
    pub fn set(&self, token: String) {
        let _ = token;
    }

    /// The page gave another `fetchToken`, or took it away.
    pub fn set_fetch_token(&self, fetch_token: Option<FetchToken>) {
        let _ = fetch_token;
    }

    /// Asks `fetchToken` once more after a failure: for a button. What failed can be sent again after
    /// [`TokenNotice::Recovered`].
    pub fn retry(&self) {}

    /// Whom the token speaks for, if it can be read. Good as part of a storage key.
    pub fn identity(&self) -> Option<Identity> {
        None
    }

    /// Stops timers and listening; for `destroy()` and `shutdown()`.
    pub fn close(&self) {}
}
