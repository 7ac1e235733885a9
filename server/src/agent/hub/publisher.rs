use super::{Hub, Run, event_id, run_log::Segment};
use bytes::BytesMut;
use sigmic_shared::{
    StreamEvent, sse,
    stream::{Done, RunError},
};
use std::{sync::Arc, task::Waker};

/// Space for encoded events is taken in pieces of this size at first, and doubled up to the other: most runs that
/// wait have said little, and one that talks should not ask for memory at every word.
const FIRST_PIECE: usize = 512;
const LARGEST_PIECE: usize = 8 * 1024;

/// Publishes the events of one run. Dropping it without [`Publisher::finish`] ends all watches without a `done`.
pub struct Publisher {
    hub: Hub,
    run: Arc<Run>,
    next_seq: u64,
    scratch: Vec<u8>,
    space: BytesMut,
    piece: usize,
    wakers: Vec<Waker>,
    has_finished: bool,
}

impl Publisher {
    pub(super) fn new(hub: Hub, run: Arc<Run>, next_seq: u64) -> Self {
        Self {
            hub,
            run,
            next_seq,
            scratch: Vec::new(),
            space: BytesMut::new(),
            piece: FIRST_PIECE,
            wakers: Vec::new(),
            has_finished: false,
        }
    }

    /// Tells all watchers of events that happened together, and empties the list. Never waits for any of them.
    pub fn publish(&mut self, events: &mut Vec<StreamEvent>) {
        if events.is_empty() {
            return;
        }
        let segment = self.encode(events);
        self.run.lock().append(segment, events.drain(..), &mut self.wakers);
        self.wake();
    }

    /// Publishes how the run ended, `done` last. All watches end after it.
    pub fn finish(mut self, error: Option<RunError>, done: Done) {
        let events: Vec<_> = error.map(StreamEvent::Error).into_iter().chain([StreamEvent::Done(done)]).collect();
        let segment = self.encode(&events);
        self.run.lock().finish(segment, &mut self.wakers);
        self.has_finished = true;
        self.hub.close(&self.run, true);
        self.wake();
    }

    /// Everything in one piece of memory shared by all watchers.
    fn encode(&mut self, events: &[StreamEvent]) -> Segment {
        let first_seq = self.next_seq;
        let mut ends = Vec::with_capacity(events.len().saturating_sub(1));
        self.scratch.clear();
        for event in events {
            if self.next_seq > first_seq {
                ends.push(u32::try_from(self.scratch.len()).unwrap_or(u32::MAX));
            }
            sse::encode(event, Some(event_id(self.run.run_no, self.next_seq)), &mut self.scratch);
            self.next_seq += 1;
        }
        if self.space.capacity() < self.scratch.len() {
            self.space = BytesMut::with_capacity(self.piece.max(self.scratch.len()));
            self.piece = LARGEST_PIECE.min(self.piece * 2);
        }
        self.space.extend_from_slice(&self.scratch);
        if self.scratch.capacity() > LARGEST_PIECE {
            self.scratch = Vec::new();
        }
        Segment { bytes: self.space.split().freeze(), first_seq, ends: ends.into() }
    }

    fn wake(&mut self) {
        self.wakers.drain(..).for_each(Waker::wake);
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        if !self.has_finished {
            self.run.lock().end(&mut self.wakers);
            self.hub.close(&self.run, false);
            self.wake();
        }
    }
}
