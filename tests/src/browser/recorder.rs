//! What a tab saw happen, from before its first page on.

use chromiumoxide::{
    Page,
    cdp::{
        IntoEventKind,
        browser_protocol::{
            log::EventEntryAdded,
            network::{EventRequestWillBeSent, EventWebSocketCreated},
            page::{EventJavascriptDialogOpening, HandleJavaScriptDialogParams},
        },
        js_protocol::runtime::{AddBindingParams, EventBindingCalled, EventConsoleApiCalled, EventExceptionThrown},
    },
};
use futures::StreamExt;
use serde::Deserialize;
use serde_json::Value;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio_util::task::AbortOnDropHandle;

/// Reports what only a script inside the page can see.
const REPORTER: &str = r#"(report => {
    addEventListener("message", event => {
        if (event.source === window) report(JSON.stringify({ kind: "message", origin: event.origin, data: event.data ?? null }));
    });
    addEventListener("securitypolicyviolation", event => report(JSON.stringify({
        kind: "violation", directive: event.effectiveDirective, blocked: event.blockedURI,
    })));
})(window.sigmicTestReport);"#;

/// A line in the console, an uncaught exception, or a complaint of the browser itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleMessage {
    /// `log`, `warning`, `error`, `exception`, …
    pub level: String,
    /// What it says.
    pub text: String,
}

/// What a page posted to itself.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PageMessage {
    /// The origin it came from.
    pub origin: String,
    /// What was posted.
    pub data: Value,
}

/// What the page's Content-Security-Policy forbade.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CspViolation {
    /// The directive that forbade it.
    pub directive: String,
    /// The URL, or a word like `inline` or `eval`.
    pub blocked: String,
}

/// A request the page made, whether it succeeded or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its method.
    pub method: String,
    /// Its URL.
    pub url: String,
}

/// Collects events of a tab until it is dropped.
#[derive(Debug)]
pub(super) struct Recorder {
    record: Arc<Mutex<Record>>,
    _listeners: Vec<AbortOnDropHandle<()>>,
}

/// Everything recorded so far.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub console: Vec<ConsoleMessage>,
    pub messages: Vec<PageMessage>,
    pub violations: Vec<CspViolation>,
    pub requests: Vec<Request>,
    pub dialogs: Vec<String>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Report {
    Message(PageMessage),
    Violation(CspViolation),
}

impl Recorder {
    pub(super) async fn start(page: &Page) -> Self {
        let record = Arc::new(Mutex::new(Record::default()));
        let listeners = vec![
            listen(page, &record, |record, event: &EventConsoleApiCalled| {
                let texts: Vec<String> = event
                    .args
                    .iter()
                    .map(|argument| match (&argument.value, &argument.description) {
                        (Some(Value::String(text)), _) => text.clone(),
                        (Some(value), _) => value.to_string(),
                        (None, description) => description.clone().unwrap_or_default(),
                    })
                    .collect();
                let level = event.r#type.as_ref().to_owned();
                record.console.push(ConsoleMessage { level, text: texts.join(" ") });
            })
            .await,
            listen(page, &record, |record, event: &EventExceptionThrown| {
                let details = &event.exception_details;
                let thrown = details.exception.as_ref().and_then(|thrown| thrown.description.clone());
                let text = thrown.unwrap_or_else(|| details.text.clone());
                record.console.push(ConsoleMessage { level: "exception".into(), text });
            })
            .await,
            listen(page, &record, |record, event: &EventEntryAdded| {
                let level = event.entry.level.as_ref().to_owned();
                record.console.push(ConsoleMessage { level, text: event.entry.text.clone() });
            })
            .await,
            listen(page, &record, |record, event: &EventRequestWillBeSent| {
                let request = &event.request;
                record.requests.push(Request { method: request.method.clone(), url: request.url.clone() });
            })
            .await,
            listen(page, &record, |record, event: &EventWebSocketCreated| {
                record.requests.push(Request { method: "WEBSOCKET".into(), url: event.url.clone() });
            })
            .await,
            listen(page, &record, |record, event: &EventBindingCalled| {
                match serde_json::from_str(&event.payload) {
                    Ok(Report::Message(message)) => record.messages.push(message),
                    Ok(Report::Violation(violation)) => record.violations.push(violation),
                    // The page could call this itself; then it is the page that is wrong.
                    Err(error) => {
                        record.console.push(ConsoleMessage { level: "error".into(), text: error.to_string() })
                    }
                }
            })
            .await,
            dismiss_dialogs(page, &record).await,
        ];
        page.execute(AddBindingParams::new("sigmicTestReport")).await.expect("a binding can be added");
        page.add_init_script(REPORTER).await.expect("a script can be added");
        Self { record, _listeners: listeners }
    }

    pub(super) fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().expect("no holder panics")
    }
}

/// Whether a message that could not be read is one of those that are recorded.
pub(super) fn would_have_recorded(message: &str) -> bool {
    let message: Value = serde_json::from_str(message).unwrap_or_default();
    [
        EventConsoleApiCalled::IDENTIFIER,
        EventExceptionThrown::IDENTIFIER,
        EventEntryAdded::IDENTIFIER,
        EventRequestWillBeSent::IDENTIFIER,
        EventWebSocketCreated::IDENTIFIER,
        EventBindingCalled::IDENTIFIER,
        EventJavascriptDialogOpening::IDENTIFIER,
    ]
    .iter()
    .any(|&recorded| message["method"] == recorded)
}

async fn listen<E: IntoEventKind + Unpin + Send + Sync + 'static>(
    page: &Page,
    record: &Arc<Mutex<Record>>,
    note: impl Fn(&mut Record, &E) + Send + 'static,
) -> AbortOnDropHandle<()> {
    let mut events = page.event_listener::<E>().await.expect("the tab can be listened to");
    let record = record.clone();
    AbortOnDropHandle::new(tokio::spawn(async move {
        while let Some(event) = events.next().await {
            note(&mut record.lock().expect("no holder panics"), &event);
        }
    }))
}

/// An open dialog would stop the page for good.
async fn dismiss_dialogs(page: &Page, record: &Arc<Mutex<Record>>) -> AbortOnDropHandle<()> {
    let mut dialogs = page.event_listener::<EventJavascriptDialogOpening>().await.expect("the tab can be listened to");
    let (page, record) = (page.clone(), record.clone());
    AbortOnDropHandle::new(tokio::spawn(async move {
        while let Some(dialog) = dialogs.next().await {
            record.lock().expect("no holder panics").dialogs.push(dialog.message.clone());
            // The page may have gone with its dialog.
            let _ = page.execute(HandleJavaScriptDialogParams::new(false)).await;
        }
    }))
}
