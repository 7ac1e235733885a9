use super::{event_id, snapshot::Snapshot};
use bytes::{Bytes, BytesMut};
use sigmic_shared::{StreamEvent, sse};
use std::{collections::VecDeque, task::Waker};

/// Most bytes handed to a watcher at once, unless one segment is larger.
const BATCH_BYTES: usize = 64 * 1024;

/// The events of one run: the latest as bytes, all of them as the state they lead to.
pub(super) struct RunLog {
    run_no: u64,
    /// What comes before the first event.
    seq_before: u64,
    resume_bytes: usize,
    lag_bytes: usize,
    segments: VecDeque<Segment>,
    /// Number of the first segment still held, counted from the run's beginning.
    first: u64,
    held: usize,
    last_seq: u64,
    snapshot: Snapshot,
    seats: Vec<Option<Seat>>,
    ended: bool,
    /// The events that told of the end.
    end: Option<Bytes>,
}

/// Events that were published together.
#[derive(Clone)]
pub(super) struct Segment {
    pub(super) bytes: Bytes,
    pub(super) first_seq: u64,
    /// Where each event but the last one ends.
    pub(super) ends: Box<[u32]>,
}

/// A watcher's place.
struct Seat {
    /// The segment to read next.
    next: u64,
    waker: Option<Waker>,
}

/// What happened so far, ready to be encoded outside the lock.
pub(super) struct CatchUp {
    events: Vec<StreamEvent>,
    last_id: u64,
    /// How the run ended, if it did.
    end: Option<Bytes>,
}

/// What a watcher finds.
pub(super) enum Waiting {
    /// Events it has not read.
    Events(Bytes),
    /// Nothing for now; it will be woken.
    Nothing,
    /// Nothing any more: the run has ended, or the watcher fell too far behind.
    End,
}

impl RunLog {
    pub(super) fn new(run_no: u64, seq_before: u64, resume_bytes: usize, lag_bytes: usize) -> Self {
        Self {
            run_no,
            seq_before,
            resume_bytes,
            lag_bytes,
            segments: VecDeque::new(),
            first: 0,
            held: 0,
            last_seq: seq_before,
            snapshot: Snapshot::default(),
            seats: Vec::new(),
            ended: false,
            end: None,
        }
    }

    /// Appends a segment, takes its events into the snapshot, and hands out the wakers of those that wait for it.
    pub(super) fn append(
        &mut self,
        segment: Segment,
        events: impl Iterator<Item = StreamEvent>,
        wakers: &mut Vec<Waker>,
    ) {
        events.for_each(|event| self.snapshot.apply(event));
        self.push(segment);
        self.trim();
        self.take_wakers(wakers);
    }

    /// Appends the events that tell of the end. They are kept as they are: a snapshot is of what came before. `done`
    /// repeats the whole answer, so nobody is cut off for lagging behind by its size.
    pub(super) fn finish(&mut self, segment: Segment, wakers: &mut Vec<Waker>) {
        self.end = Some(segment.bytes.clone());
        self.push(segment);
        self.end(wakers);
    }

    /// Nothing more will come.
    pub(super) fn end(&mut self, wakers: &mut Vec<Waker>) {
        self.ended = true;
        self.take_wakers(wakers);
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Bytes it takes, roughly.
    pub(super) fn held_bytes(&self) -> usize {
        self.held + self.snapshot.bytes()
    }

    /// A seat behind the event `id`, and the rest of the segment it is in; `None` when what follows it is no longer
    /// held, or the id is of another run.
    pub(super) fn resume(&mut self, id: u64) -> Option<(usize, Option<Bytes>)> {
        let seq =
            id.checked_sub(event_id(self.run_no, 0)).filter(|seq| (self.seq_before..=self.last_seq).contains(seq))?;
        if seq == self.last_seq {
            return Some((self.sit(self.end_segment()), None));
        }
        // The first event that is missing is in the last segment that does not begin after it.
        let index = self.segments.partition_point(|segment| segment.first_seq <= seq + 1).checked_sub(1)?;
        let segment = &self.segments[index];
        let number = self.first + index as u64;
        match segment.start_of(seq + 1) {
            0 => Some((self.sit(number), None)),
            start => {
                let rest = segment.bytes.slice(start..);
                Some((self.sit(number + 1), Some(rest)))
            }
        }
    }

    /// A seat at the end, and all that happened before it.
    pub(super) fn catch_up(&mut self) -> (usize, CatchUp) {
        let last_id = event_id(self.run_no, self.last_seq);
        let catch_up = CatchUp { events: self.snapshot.events(), last_id, end: self.end.clone() };
        (self.sit(self.end_segment()), catch_up)
    }

    /// Gives a watcher a place before the segment of this number.
    pub(super) fn sit(&mut self, next: u64) -> usize {
        let seat = Some(Seat { next, waker: None });
        if let Some(free) = self.seats.iter().position(Option::is_none) {
            self.seats[free] = seat;
            return free;
        }
        self.seats.push(seat);
        self.seats.len() - 1
    }

    /// Takes a watcher's place back.
    pub(super) fn leave(&mut self, seat: usize) {
        self.seats[seat] = None;
    }

    /// All that waits for a watcher, joined; if nothing does, it will be woken by `waker`.
    pub(super) fn read(&mut self, seat: usize, waker: &Waker) -> Waiting {
        let (first, ended) = (self.first, self.ended);
        let Some(seat) = self.seats.get_mut(seat).and_then(Option::as_mut) else { return Waiting::End };
        let Some(skip) = seat.next.checked_sub(first) else { return Waiting::End };
        let mut waiting = self.segments.iter().skip(skip as usize).map(|segment| &segment.bytes).peekable();
        let Some(bytes) = waiting.next() else {
            if ended {
                return Waiting::End;
            }
            match &mut seat.waker {
                Some(known) => known.clone_from(waker),
                none => *none = Some(waker.clone()),
            }
            return Waiting::Nothing;
        };
        seat.next += 1;
        if waiting.peek().is_none() {
            return Waiting::Events(bytes.clone());
        }
        let mut joined = BytesMut::from(&bytes[..]);
        while let Some(bytes) = waiting.next_if(|bytes| joined.len() + bytes.len() <= BATCH_BYTES) {
            joined.extend_from_slice(bytes);
            seat.next += 1;
        }
        Waiting::Events(joined.freeze())
    }

    fn push(&mut self, segment: Segment) {
        self.last_seq = segment.last_seq();
        self.held += segment.bytes.len();
        self.segments.push_back(segment);
    }

    fn end_segment(&self) -> u64 {
        self.first + self.segments.len() as u64
    }

    /// Lets go of what nobody needs: what all have read, but for a rest that helps clients to resume; and what only
    /// those need that lag too far behind.
    fn trim(&mut self) {
        if self.held <= self.resume_bytes {
            return;
        }
        let read_by_all = self.seats.iter().flatten().map(|seat| seat.next).min().unwrap_or(u64::MAX);
        while self.held > self.lag_bytes || (self.held > self.resume_bytes && self.first < read_by_all) {
            let Some(segment) = self.segments.pop_front() else { return };
            self.held -= segment.bytes.len();
            self.first += 1;
        }
    }

    fn take_wakers(&mut self, wakers: &mut Vec<Waker>) {
        wakers.extend(self.seats.iter_mut().flatten().filter_map(|seat| seat.waker.take()));
    }
}

impl Segment {
    fn last_seq(&self) -> u64 {
        self.first_seq + self.ends.len() as u64
    }

    /// Where the event of this number begins.
    fn start_of(&self, seq: u64) -> usize {
        match seq - self.first_seq {
            0 => 0,
            index => self.ends[index as usize - 1] as usize,
        }
    }
}

impl CatchUp {
    /// The events as bytes. Only the last one has an id: whoever has not got them all has to begin again.
    pub(super) fn encode(&self) -> Bytes {
        let mut bytes = Vec::new();
        let last = self.events.len().saturating_sub(1);
        for (index, event) in self.events.iter().enumerate() {
            sse::encode(event, (index == last && self.end.is_none()).then_some(self.last_id), &mut bytes);
        }
        bytes.extend_from_slice(self.end.as_deref().unwrap_or_default());
        bytes.into()
    }
}
