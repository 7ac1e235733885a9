//! The user's other tabs with the same chat.

use super::listener::Listener;
use sigmic_shared::TaskId;
use std::{cell::RefCell, fmt, rc::Rc};
use web_sys::wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

/// What tabs tell each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TabMessage {
    /// A tab has a new token. [`Tokens`](super::Tokens) sends it and listens for it.
    Token {
        /// The token.
        token: String,
    },
    /// A run started in this task: whoever shows the task should watch it.
    Run {
        /// The task.
        task_id: TaskId,
    },
    /// The user logged out: forget everything.
    Forget,
}

impl TabMessage {
    fn to_parts(&self) -> (&'static str, &str) {
        match self {
            Self::Token { token } => ("token", token),
            Self::Run { task_id } => ("run", task_id.as_str()),
            Self::Forget => ("forget", ""),
        }
    }

    /// Reads what [`TabMessage::to_parts`] made. Any script of the page's origin can send anything.
    fn from_parts(kind: &str, value: String) -> Option<Self> {
        match kind {
            "token" => Some(Self::Token { token: value }),
            "run" => Some(Self::Run { task_id: value.into() }),
            "forget" => Some(Self::Forget),
            _ => None,
        }
    }
}

/// A channel to the other tabs of this site that use the same server. Clones share it. Where the browser has no
/// `BroadcastChannel`, nothing is heard.
#[derive(Clone)]
pub struct Tabs(Rc<Inner>);

type OnMessage = Rc<dyn Fn(&TabMessage)>;

struct Inner {
    name: String,
    channel: Option<BroadcastChannel>,
    listeners: Rc<RefCell<Vec<OnMessage>>>,
    listening: RefCell<Option<Listener>>,
}

impl Tabs {
    /// Joins the tabs that use `host`.
    pub fn new(host: &str) -> Self {
        let name = format!("sigmic-chat:{host}");
        let channel = BroadcastChannel::new(&name).ok();
        let listeners = Rc::new(RefCell::new(Vec::<OnMessage>::new()));
        let listening = channel.as_ref().map(|channel| {
            let listeners = listeners.clone();
            Listener::new(channel, "message", move |event| {
                let Some(message) = event.dyn_ref::<MessageEvent>().and_then(read) else { return };
                // A listener may add or remove listeners, so the list is not borrowed meanwhile.
                let listeners = listeners.borrow().clone();
                listeners.iter().for_each(|listener| listener(&message));
            })
        });
        Self(Rc::new(Inner { name, channel, listeners, listening: RefCell::new(listening) }))
    }

    /// Tells the other tabs.
    pub fn send(&self, message: &TabMessage) {
        if let Some(channel) = &self.0.channel {
            let (kind, value) = message.to_parts();
            let parts = js_sys::Array::of2(&JsValue::from_str(kind), &JsValue::from_str(value));
            // It fails on a closed channel, and then there is nobody to tell.
            let _ = channel.post_message(&parts);
        }
    }

    /// Calls `listener` with what other tabs tell, until [`Tabs::close`].
    pub fn listen(&self, listener: impl Fn(&TabMessage) + 'static) {
        self.0.listeners.borrow_mut().push(Rc::new(listener));
    }

    /// What the channel is called; a lock may be called likewise.
    pub(super) fn name(&self) -> &str {
        &self.0.name
    }

    /// Leaves.
    pub fn close(&self) {
        self.0.listening.take();
        self.0.listeners.take();
        if let Some(channel) = &self.0.channel {
            channel.close();
        }
    }
}

impl fmt::Debug for Tabs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tabs").field("channel", &self.0.channel).finish_non_exhaustive()
    }
}

fn read(event: &MessageEvent) -> Option<TabMessage> {
    let parts: js_sys::Array = event.data().dyn_into().ok()?;
    TabMessage::from_parts(&parts.get(0).as_string()?, parts.get(1).as_string()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_understood_and_others_are_not() {
        for message in
            [TabMessage::Token { token: "eyJ".into() }, TabMessage::Run { task_id: "t1".into() }, TabMessage::Forget]
        {
            let (kind, value) = message.to_parts();
            assert_eq!(TabMessage::from_parts(kind, value.into()), Some(message.clone()));
        }
        assert_eq!(TabMessage::from_parts("eval", "x".into()), None);
    }
}
