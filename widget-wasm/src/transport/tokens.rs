//! Drives the [`Session`] in the browser.

use super::{TabMessage, Tabs, listener::Listener, lock::TabLock};
use crate::session::{Effect, Identity, Input, Session, TokenFailure};
use futures::channel::oneshot;
use gloo_timers::callback::Timeout;
use std::{
    cell::{Cell, RefCell},
    fmt,
    rc::{Rc, Weak},
};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::wasm_bindgen::JsValue;

/// The page's `fetchToken`.
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone)]
pub struct Tokens(Rc<Inner>);

struct Inner {
    session: RefCell<Session>,
    fetch_token: RefCell<Option<FetchToken>>,
    tabs: Tabs,
    lock: TabLock,
    notify: Box<dyn Fn(TokenNotice)>,
    waiting: RefCell<Vec<oneshot::Sender<Result<String, TokenFailure>>>>,
    timer: RefCell<Option<Timeout>>,
    listeners: RefCell<Vec<Listener>>,
    is_closed: Cell<bool>,
}

impl Tokens {
    /// Starts with the page's token, and tells `notify` what the view has to show.
    pub fn new(
        token: String,
        fetch_token: Option<FetchToken>,
        tabs: Tabs,
        notify: impl Fn(TokenNotice) + 'static,
    ) -> Self {
        let (session, effects) = Session::start(token, fetch_token.is_some(), now_ms());
        let inner = Rc::new(Inner {
            session: RefCell::new(session),
            fetch_token: RefCell::new(fetch_token),
            tabs,
            lock: TabLock::default(),
            notify: Box::new(notify),
            waiting: RefCell::default(),
            timer: RefCell::default(),
            listeners: RefCell::default(),
            is_closed: Cell::new(false),
        });
        inner.listen();
        inner.carry_out(effects);
        Self(inner)
    }

    /// The page gave another token.
    pub fn set(&self, token: String) {
        self.0.feed(Input::Set { token });
    }

    /// The page gave another `fetchToken`, or took it away.
    pub fn set_fetch_token(&self, fetch_token: Option<FetchToken>) {
        let can_fetch = fetch_token.is_some();
        if self.0.fetch_token.replace(fetch_token).is_some() != can_fetch {
            self.0.feed(Input::CanFetch(can_fetch));
        }
    }

    /// The user logged out: forgets the token.
    pub fn forget(&self) {
        self.0.feed(Input::Forget);
    }

    /// Asks `fetchToken` once more after a failure: for a button. What failed can be sent again after
    /// [`TokenNotice::Recovered`].
    pub fn retry(&self) {
        self.0.feed(Input::Retry);
    }

    /// Whom the token speaks for, if it can be read. Good as part of a storage key.
    pub fn identity(&self) -> Option<Identity> {
        self.0.session.borrow().identity().cloned()
    }

    /// Stops timers and listening; for `destroy()` and `shutdown()`. Requests that wait for a token fail.
    pub fn close(&self) {
        self.0.is_closed.set(true);
        self.0.timer.take();
        self.0.listeners.take();
        self.0.waiting.take();
        self.0.lock.release();
    }

    /// The token for a request, after the refresh that is under way because the present one was refused.
    pub(super) async fn current(&self) -> Result<String, TokenFailure> {
        let (token, must_wait) = {
            let session = self.0.session.borrow();
            (session.token().to_owned(), session.must_wait())
        };
        match (token.is_empty(), must_wait) {
            (_, true) => self.0.wait().await,
            (true, false) => self.refused(String::new(), false).await,
            (false, false) => Ok(token),
        }
    }

    /// Another token than the one that was refused. `again` if the request had already been repeated with a new one.
    pub(super) async fn refused(&self, token: String, again: bool) -> Result<String, TokenFailure> {
        let answer = self.0.wait();
        self.0.feed(Input::Refused { token, again });
        answer.await
    }

    /// The server took the token.
    pub(super) fn accepted(&self, token: &str) {
        self.0.feed(Input::Accepted { token: token.to_owned() });
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A token has no business in anybody's log.
        f.write_str("Tokens")
    }
}

impl Inner {
    fn feed(self: &Rc<Self>, input: Input) {
        if !self.is_closed.get() {
            let effects = self.session.borrow_mut().handle(input, now_ms());
            self.carry_out(effects);
        }
    }

    /// The answer of the refresh that is about to begin or under way.
    fn wait(&self) -> impl Future<Output = Result<String, TokenFailure>> + use<> {
        let (answer, answered) = oneshot::channel();
        self.waiting.borrow_mut().push(answer);
        // The sender goes away only when the widget does.
        async { answered.await.unwrap_or(Err(TokenFailure::NoFetchToken)) }
    }

    fn carry_out(self: &Rc<Self>, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Schedule { after_ms } => {
                    let this = Rc::downgrade(self);
                    let after_ms = u32::try_from(after_ms).unwrap_or(u32::MAX);
                    let timer = Timeout::new(after_ms, move || feed_weak(&this, Input::Timer));
                    self.timer.replace(Some(timer));
                }
                Effect::Unschedule => {
                    self.timer.take();
                }
                Effect::Lock => {
                    let this = Rc::downgrade(self);
                    let lock = self.lock.clone();
                    self.lock.acquire(self.tabs.name(), move |waited| match this.upgrade() {
                        Some(inner) if !inner.is_closed.get() => inner.feed(Input::Locked { waited }),
                        _ => lock.release(),
                    });
                }
                Effect::Unlock => self.lock.release(),
                Effect::Fetch { current, attempt } => self.fetch(current, attempt),
                Effect::Broadcast { token } => self.tabs.send(&TabMessage::Token { token }),
                Effect::Settle(answer) => {
                    for waiting in self.waiting.take() {
                        // Who gave up waiting need not be told.
                        let _ = waiting.send(answer.clone());
                    }
                }
                Effect::IdentityChanged => (self.notify)(TokenNotice::IdentityChanged),
                Effect::Failed(failure) => (self.notify)(TokenNotice::Failed(failure)),
                Effect::Recovered => (self.notify)(TokenNotice::Recovered),
            }
        }
    }

    fn fetch(self: &Rc<Self>, current: String, attempt: u32) {
        let fetch_token = self.fetch_token.borrow().clone();
        let this = Rc::downgrade(self);
        spawn_local(async move {
            let result = match fetch_token {
                Some(fetch_token) => call(&fetch_token, &current).await,
                None => Err(TokenFailure::NoFetchToken),
            };
            feed_weak(&this, Input::Fetched { attempt, result });
        });
    }

    /// Timers are late after a sleep and in a hidden tab, so the clock is looked at when the page is back.
    fn listen(self: &Rc<Self>) {
        let this = Rc::downgrade(self);
        self.tabs.listen(move |message| {
            if let TabMessage::Token { token } = message {
                feed_weak(&this, Input::Heard { token: token.clone() });
            }
        });
        let Some(window) = web_sys::window() else { return };
        let mut listeners = self.listeners.borrow_mut();
        let this = Rc::downgrade(self);
        listeners.push(Listener::new(&window, "online", move |_| feed_weak(&this, Input::Woke)));
        if let Some(document) = window.document() {
            let this = Rc::downgrade(self);
            listeners.push(Listener::new(&document.clone(), "visibilitychange", move |_| {
                if !document.hidden() {
                    feed_weak(&this, Input::Woke);
                }
            }));
        }
    }
}

fn feed_weak(inner: &Weak<Inner>, input: Input) {
    if let Some(inner) = inner.upgrade() {
        inner.feed(input);
    }
}

async fn call(fetch_token: &FetchToken, current: &str) -> Result<String, TokenFailure> {
    let threw = |_: JsValue| TokenFailure::Threw;
    let value = fetch_token.function.call1(&fetch_token.this, &JsValue::from_str(current)).map_err(threw)?;
    let value = JsFuture::from(js_sys::Promise::resolve(&value)).await.map_err(threw)?;
    let token = value.as_string().ok_or(TokenFailure::NotAToken)?;
    Ok(token.trim().to_owned())
}

fn now_ms() -> u64 {
    js_sys::Date::now() as u64
}
