//! Waiting until it is worth trying again.

use super::{fetch::within, listener::Listener};
use futures::channel::oneshot;
use std::cell::RefCell;

/// How long to believe a browser that says it is off line; some say so without reason.
const OFFLINE_MS: u32 = 30_000;

/// Whether the browser says it has no network.
fn is_offline() -> bool {
    web_sys::window().is_some_and(|window| !window.navigator().on_line())
}

/// Waits this long; off line, until the network is back. Coming on line ends any wait.
pub(super) async fn pause(wait_ms: u64) {
    let Some(window) = web_sys::window() else { return };
    let (back, is_back) = oneshot::channel::<()>();
    let back = RefCell::new(Some(back));
    let _listener = Listener::new(&window, "online", move |_| {
        if let Some(back) = back.take() {
            // Nobody waits any more when the wait is over.
            let _ = back.send(());
        }
    });
    let wait_ms = if is_offline() { OFFLINE_MS } else { u32::try_from(wait_ms).unwrap_or(OFFLINE_MS) };
    let _ = within(wait_ms, is_back).await;
}
