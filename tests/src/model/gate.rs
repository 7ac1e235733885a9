//! Holding a script back until the test says so.

use crate::DEADLINE;
use tokio::sync::watch;

/// A point in a script that is passed only once the test opens it. Clones are the same gate.
#[derive(Clone, Debug)]
pub struct Gate {
    waiting: watch::Sender<bool>,
    open: watch::Sender<bool>,
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self { waiting: watch::Sender::new(false), open: watch::Sender::new(false) }
    }

    /// Lets everything pass from now on.
    pub fn open(&self) {
        self.open.send_replace(true);
    }

    /// Waits until a script has come to this gate.
    pub async fn reached(&self) {
        let mut waiting = self.waiting.subscribe();
        let reached = tokio::time::timeout(DEADLINE, waiting.wait_for(|&waiting| waiting)).await;
        assert!(reached.is_ok(), "the script never came to the gate");
    }

    pub(super) async fn pass(&self) {
        self.waiting.send_replace(true);
        let mut open = self.open.subscribe();
        open.wait_for(|&open| open).await.expect("the gate holds its own sender");
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}
