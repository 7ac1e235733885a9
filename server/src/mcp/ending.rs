//! Why a connection ended, told to those who wait for its answers.

use super::failure::Failure;
use std::sync::{Arc, OnceLock};
use tokio_util::sync::CancellationToken;

/// The end of a connection. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Ending(Arc<Inner>);

#[derive(Default)]
struct Inner {
    reason: OnceLock<Failure>,
    reached: CancellationToken,
}

impl Ending {
    /// The connection has ended. The first reason counts.
    pub(super) fn because(&self, reason: Failure) {
        // A later reason is a consequence of the first.
        let _ = self.0.reason.set(reason);
        self.0.reached.cancel();
    }

    pub(super) fn is_reached(&self) -> bool {
        self.0.reached.is_cancelled()
    }

    /// Waits for the end and says why.
    pub(super) async fn reached(&self) -> Failure {
        self.0.reached.cancelled().await;
        self.reason().unwrap_or(Failure::Ended)
    }

    pub(super) fn reason(&self) -> Option<Failure> {
        self.0.reason.get().cloned()
    }
}
