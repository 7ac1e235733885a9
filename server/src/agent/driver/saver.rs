use crate::store::{RunCheckpoint, Store, StoreError};
use futures::future::BoxFuture;
use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Sleep, sleep};

/// An answer that grows is stored this often. What a dying node loses is at most this old.
const EVERY: Duration = Duration::from_millis(500);
/// And this often while the store refuses.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Stores how far an answer is, now and then, while the run goes on.
pub(super) struct Saver {
    store: Store,
    has_changed: bool,
    pause: Option<Pin<Box<Sleep>>>,
    saving: Option<BoxFuture<'static, Result<(), StoreError>>>,
}

impl Saver {
    pub(super) fn new(store: Store) -> Self {
        Self { store, has_changed: false, pause: None, saving: None }
    }

    /// The answer has changed: it is due in a while.
    pub(super) fn note_change(&mut self) {
        if !self.has_changed {
            self.has_changed = true;
            if self.saving.is_none() && self.pause.is_none() {
                self.pause = Some(Box::pin(sleep(EVERY)));
            }
        }
    }

    /// Returns when the answer should be stored. Dropping the future loses nothing.
    pub(super) async fn due(&mut self) {
        poll_fn(|context| self.poll_due(context)).await;
    }

    /// Starts to store it. [`Saver::due`] carries it on.
    pub(super) fn save(&mut self, checkpoint: RunCheckpoint) {
        self.has_changed = false;
        let store = self.store.clone();
        self.saving = Some(Box::pin(async move { store.checkpoint_run(checkpoint).await.map(drop) }));
    }

    /// Returns when nothing is being stored any more, so that what is stored next comes after it.
    pub(super) async fn finish(&mut self) {
        if let Some(saving) = self.saving.take()
            && let Err(error) = saving.await
        {
            tracing::warn!(%error, "an answer could not be stored while it grew");
        }
    }

    fn poll_due(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Some(saving) = &mut self.saving {
            let saved = ready!(saving.as_mut().poll(context));
            self.saving = None;
            if let Err(error) = &saved {
                tracing::warn!(%error, "an answer could not be stored while it grew");
                self.has_changed = true;
            }
            if self.has_changed && self.pause.is_none() {
                self.pause = Some(Box::pin(sleep(if saved.is_ok() { EVERY } else { AFTER_FAILURE })));
            }
        }
        match &mut self.pause {
            None => Poll::Pending,
            Some(pause) => {
                ready!(pause.as_mut().poll(context));
                self.pause = None;
                Poll::Ready(())
            }
        }
    }
}
