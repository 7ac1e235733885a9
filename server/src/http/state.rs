//! What handlers work with.

use super::limits::Limits;
use crate::{
    agent::Agent,
    auth::{Auth, Sessions, Setup},
    clock::Clock,
    store::Store,
};
use sigmic_shared::AppId;
use std::sync::Arc;

/// Cheap to clone: everything behind it is shared.
#[derive(Clone)]
pub struct AppState(Arc<Parts>);

/// The rooms that handlers call.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// Tokens, keys, origins.
    pub auth: Auth,
    /// Who is signed in to the Console.
    pub sessions: Sessions,
    /// How its first account is made.
    pub setup: Setup,
    /// Runs.
    pub agent: Agent,
    /// Time.
    pub clock: Clock,
    /// How much a caller may ask.
    pub limits: Limits,
    /// The server's own origin, if it was configured.
    pub public_origin: Option<String>,
    /// The demo's app, if there is one: nobody's own website.
    pub demo_app: Option<AppId>,
    /// Where the demo page is, if there is one.
    pub demo_url: Option<String>,
    /// Prints all metrics.
    pub metrics: metrics_exporter_prometheus::PrometheusHandle,
}

impl AppState {
    /// Shares the parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl std::ops::Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
