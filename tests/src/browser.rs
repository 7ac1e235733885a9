//! A real Chromium, used as a person uses it: what is on a page is found by its role and its name,
//! the way assistive technology finds it, and clicked and typed into with real input.

mod accessibility;
mod axe;
mod element;
mod keyboard;
mod recorder;
mod tab;

pub use element::Element;
pub use recorder::{ConsoleMessage, CspViolation, PageMessage, Request};
pub use tab::Tab;

use chromiumoxide::{Browser as Chromium, BrowserConfig, error::CdpError};
use futures::StreamExt;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// Flags beyond those every automation uses: no sandbox, because CI runs as root, and nothing that
/// would talk to anybody but the page's own servers.
const FLAGS: &[&str] = &[
    "disable-gpu",
    "disable-quic",
    "disable-component-update",
    "disable-domain-reliability",
    "no-first-run",
    "no-pings",
];

/// No name but the page's own leads anywhere.
const RESOLVER_RULES: (&str, &str) = ("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost");

/// One Chromium with a profile of its own. It ends when this is dropped.
#[derive(Debug)]
pub struct Browser {
    chromium: Chromium,
    handler: JoinHandle<()>,
    undecoded: Arc<Mutex<Vec<String>>>,
    _profile: TempDir,
}

impl Browser {
    /// Starts the browser.
    pub async fn launch() -> Self {
        let profile = TempDir::with_prefix("sigmic-chromium-").expect("a temporary folder can be made");
        let config = BrowserConfig::builder()
            .user_data_dir(profile.path())
            .no_sandbox()
            .new_headless_mode()
            .window_size(1280, 800)
            .viewport(None)
            .enable_cache()
            .surface_invalid_messages()
            .args(FLAGS.iter().copied())
            .arg(RESOLVER_RULES)
            .build()
            .unwrap_or_else(|error| panic!("Chromium cannot be started: {error}"));
        let (chromium, mut handler) = Chromium::launch(config).await.expect("Chromium starts");
        let undecoded = Arc::new(Mutex::new(Vec::new()));
        let failures = undecoded.clone();
        let handler = tokio::spawn(async move {
            while let Some(outcome) = handler.next().await {
                if let Err(CdpError::InvalidMessage(text, error)) = outcome
                    && recorder::would_have_recorded(&text)
                {
                    failures.lock().expect("no holder panics").push(format!("{error}: {text}"));
                }
            }
        });
        Self { chromium, handler, undecoded, _profile: profile }
    }

    /// Opens an empty tab. Tabs share cookies and storage.
    pub async fn new_tab(&self) -> Tab {
        Tab::open(&self.chromium).await
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.handler.abort();
        // A newer Chromium may say things this driver cannot read. Where that would have been recorded,
        // a test that finds nothing recorded must not pass.
        let undecoded = std::mem::take(&mut *self.undecoded.lock().expect("no holder panics"));
        if !std::thread::panicking() {
            assert!(undecoded.is_empty(), "Chromium said what this driver cannot read: {undecoded:#?}");
        }
    }
}

#[cfg(test)]
mod tests;
