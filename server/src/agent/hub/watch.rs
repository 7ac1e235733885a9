use super::{Run, run_log::Waiting};
use bytes::Bytes;
use sigmic_shared::MessageId;
use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
};

/// What somebody who wants to follow a task gets.
pub enum Watching {
    /// The client has everything up to its last event: only what came after. No history is to be sent.
    Resumed(Watch),
    /// The client has nothing: history goes first, without the answer under way, then this watch.
    Fresh {
        /// Begins with what happened so far in this run.
        watch: Watch,
        /// The answer under way, which the watch tells and history has to leave out.
        answer_id: MessageId,
    },
}

/// Follows one run, from wherever it began to watch to the end. Nothing is told twice, nothing left out.
pub struct Watch {
    run: Arc<Run>,
    seat: usize,
    /// What comes before the seat.
    head: Option<Bytes>,
}

impl Watch {
    pub(super) fn new(run: Arc<Run>, seat: usize, head: Option<Bytes>) -> Self {
        Self { run, seat, head: head.filter(|bytes| !bytes.is_empty()) }
    }

    /// All events that wait, as they go on the wire; waits if none does. `None` when the run has ended, or when the
    /// watch fell so far behind that the client has to begin again. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Bytes> {
        poll_fn(|context| self.poll_next(context)).await
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(head) = self.head.take() {
            return Poll::Ready(Some(head));
        }
        match self.run.lock().read(self.seat, context.waker()) {
            Waiting::Events(bytes) => Poll::Ready(Some(bytes)),
            Waiting::Nothing => Poll::Pending,
            Waiting::End => Poll::Ready(None),
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.run.lock().leave(self.seat);
    }
}
