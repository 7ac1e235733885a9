//! What a server does now and then, unasked.

use crate::http::AppState;
use std::{future::Future, time::Duration};
use tokio::time::{MissedTickBehavior, interval};

/// Changes made by other processes are noticed within this.
const CONFIGURATION_EVERY: Duration = Duration::from_millis(500);
const ERASING_EVERY: Duration = Duration::from_secs(60);
/// An idempotency key is remembered this long.
const IDEMPOTENCY_MS: i64 = 24 * 60 * 60 * 1000;

/// Starts all of it. It ends with the runtime.
pub fn start(state: &AppState) {
    every(CONFIGURATION_EVERY, state, |state| async move {
        if let Err(error) = state.auth.directory().refresh_if_changed().await {
            tracing::warn!(%error, "the configuration could not be checked for changes");
        }
    });
    every(ERASING_EVERY, state, |state| async move {
        state.limits.shrink();
        let now_ms = state.clock.now_ms();
        let erased = state.store.erase_expired_contexts(now_ms).await;
        if let Err(error) = state.auth.keep_key_uses().await {
            tracing::warn!(%error, "when API keys were used could not be written down");
        }
        if let Err(error) = state.sessions.clean_up().await {
            tracing::warn!(%error, "sessions that have ended could not be erased");
        }
        let forgotten = state.store.forget_idempotency_keys(now_ms - IDEMPOTENCY_MS).await;
        match (erased, forgotten) {
            (Ok(0), Ok(0)) => {}
            (Ok(contexts), Ok(idempotency_keys)) => {
                tracing::debug!(contexts, idempotency_keys, "erased what had expired")
            }
            (Err(error), _) | (_, Err(error)) => tracing::warn!(%error, "what has expired could not be erased"),
        }
    });
}

fn every<F: Future<Output = ()> + Send>(
    period: Duration,
    state: &AppState,
    work: impl Fn(AppState) -> F + Send + 'static,
) {
    let state = state.clone();
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tokio::spawn(async move {
        loop {
            ticks.tick().await;
            work(state.clone()).await;
        }
    });
}
