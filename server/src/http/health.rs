//! For whoever watches over the server.

use super::{
    error::{HttpError, HttpResult},
    state::AppState,
};
use axum::{extract::State, response::IntoResponse};

/// The process is alive.
pub async fn alive() -> &'static str {
    "ok"
}

/// Requests can be served: the database answers and its schema is current, or the server would not
/// have started.
pub async fn ready(State(state): State<AppState>) -> HttpResult<&'static str> {
    if state.agent.is_stopping() {
        return Err(HttpError::unavailable());
    }
    state.store.ping().await.map_err(|error| {
        tracing::warn!(%error, "not ready: the database does not answer");
        HttpError::unavailable()
    })?;
    Ok("ready")
}

/// All metrics, for Prometheus.
pub async fn metrics(State(state): State<AppState>) -> impl IntoResponse {
    metrics::gauge!("sigmic_runs_live").set(state.agent.live_runs() as f64);
    ([("content-type", "text/plain; version=0.0.4")], state.metrics.render())
}
