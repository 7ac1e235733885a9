//! What a server may tell us unasked. Nothing else is offered: no sampling, no roots, no input from people.

use rmcp::{
    ClientHandler, RoleClient,
    model::{ClientCapabilities, ClientConfig, Implementation, ProgressNotificationParam, ProgressToken},
    service::NotificationContext,
};
use std::{collections::HashMap, sync::Arc};
use tokio::sync::{Mutex, MutexGuard, Notify};

/// Hears how far a call is: progress, total, message.
pub(super) type Report = Box<dyn Fn(f64, Option<f64>, Option<String>) + Send + Sync>;

/// The calls that wait for progress.
pub(super) type Reports = HashMap<ProgressToken, Progress>;

/// One side of a connection. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Handler {
    reports: Arc<Mutex<Reports>>,
    /// Notified when the server's tools have changed.
    pub tools_changed: Arc<Notify>,
}

/// How far a call has come.
pub(super) struct Progress {
    report: Report,
    last: f64,
}

impl Progress {
    pub(super) fn new(report: Report) -> Self {
        Self { report, last: f64::NEG_INFINITY }
    }

    /// Notifications are handled side by side; one that was overtaken says nothing new.
    fn reach(&mut self, params: ProgressNotificationParam) {
        if params.progress > self.last {
            self.last = params.progress;
            (self.report)(params.progress, params.total, params.message);
        }
    }
}

impl Handler {
    /// While this is held, no notification is handled: whoever sends a call registers it before its first one.
    pub(super) async fn reports(&self) -> MutexGuard<'_, Reports> {
        self.reports.lock().await
    }
}

impl ClientHandler for Handler {
    async fn on_progress(&self, params: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        if let Some(progress) = self.reports.lock().await.get_mut(&params.progress_token) {
            progress.reach(params);
        }
    }

    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.tools_changed.notify_one();
    }

    fn get_info(&self) -> ClientConfig {
        ClientConfig::new(ClientCapabilities::default(), Implementation::new("sigmic", env!("CARGO_PKG_VERSION")))
    }
}
