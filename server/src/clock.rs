//! Time and randomness, handed to whoever needs them, so that tests decide what time it is.

use rand::{Rng, SeedableRng, rngs::StdRng};
use sigmic_shared::Timestamp;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use time::{OffsetDateTime, macros::format_description};
use uuid::{ContextV7, Uuid};

/// Tells the time and draws random bytes. Cheap to clone; all clones agree.
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    Manual(Arc<Manual>),
}

#[derive(Debug)]
struct Manual {
    now_ms: AtomicI64,
    order: Mutex<ContextV7>,
    rng: Mutex<StdRng>,
}

/// Moves a manual [`Clock`]. Only tests hold one.
#[derive(Clone, Debug)]
pub struct ClockHand(Arc<Manual>);

impl Clock {
    /// The machine's clock and the operating system's randomness.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still at `now_ms` until its hand moves it, and whose random bytes are
    /// the same in every run. For tests: its bytes are no secret.
    pub fn manual(now_ms: i64) -> (Self, ClockHand) {
        let manual = Arc::new(Manual {
            now_ms: AtomicI64::new(now_ms),
            order: Mutex::new(ContextV7::new()),
            rng: Mutex::new(StdRng::seed_from_u64(0)),
        });
        (Self(Source::Manual(manual.clone())), ClockHand(manual))
    }

    /// Milliseconds since 1970, in UTC.
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Source::System => match SystemTime::now().duration_since(UNIX_EPOCH) {
                Ok(since) => saturating_ms(since),
                Err(before) => -saturating_ms(before.duration()),
            },
            Source::Manual(manual) => manual.now_ms.load(Ordering::SeqCst),
        }
    }

    /// The present moment as the wire writes it.
    pub fn now(&self) -> Timestamp {
        timestamp(self.now_ms())
    }

    /// A UUIDv7. Those of one process sort in the order they were made, also within a millisecond.
    pub fn new_uuid_v7(&self) -> Uuid {
        match &self.0 {
            Source::System => Uuid::now_v7(),
            Source::Manual(manual) => {
                let now_ms = u64::try_from(self.now_ms()).unwrap_or(0);
                let nanos = (now_ms % 1000) as u32 * 1_000_000;
                Uuid::new_v7(uuid::Timestamp::from_unix(&manual.order, now_ms / 1000, nanos))
            }
        }
    }

    /// Random bytes, fit for keys.
    pub fn random_bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.0 {
            Source::System => rand::rng().fill_bytes(&mut bytes),
            Source::Manual(manual) => {
                manual.rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
            }
        }
        bytes
    }
}

impl ClockHand {
    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.0.now_ms.fetch_add(saturating_ms(by), Ordering::SeqCst);
    }

    /// Sets the clock, forward or back.
    pub fn set_ms(&self, now_ms: i64) {
        self.0.now_ms.store(now_ms, Ordering::SeqCst);
    }
}

/// A moment as the wire writes it: ISO-8601, UTC, milliseconds.
///
/// Years outside 0–9999 have no such form and become the nearest moment that has.
pub fn timestamp(ms: i64) -> Timestamp {
    const FIRST_MS: i64 = -62_167_219_200_000;
    const LAST_MS: i64 = 253_402_300_799_999;
    const FORMAT: &[time::format_description::BorrowedFormatItem<'_>] =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    let nanos = i128::from(ms.clamp(FIRST_MS, LAST_MS)) * 1_000_000;
    let moment = OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    // Every part the format names exists in the clamped range, and writing to a string cannot fail.
    Timestamp(moment.format(FORMAT).unwrap_or_default())
}

fn saturating_ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_documented() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_769_860_800_000, "2026-01-31T12:00:00.000Z"),
            (1_769_442_654_870, "2026-01-26T15:50:54.870Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (i64::MAX, "9999-12-31T23:59:59.999Z"),
            (i64::MIN, "0000-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(timestamp(ms).0, text, "{ms}");
        }
    }

    #[test]
    fn a_manual_clock_moves_only_by_its_hand() {
        let (clock, hand) = Clock::manual(1_000);
        assert_eq!((clock.now_ms(), clock.clone().now_ms()), (1_000, 1_000));
        hand.advance(Duration::from_secs(2));
        assert_eq!(clock.now_ms(), 3_000);
        hand.set_ms(5);
        assert_eq!(clock.now_ms(), 5);
        assert_eq!(clock.now().0, "1970-01-01T00:00:00.005Z");
    }

    #[test]
    fn ids_sort_in_the_order_they_were_made() {
        for clock in [Clock::system(), Clock::manual(1_769_860_800_000).0] {
            let ids: Vec<_> = (0..1_000).map(|_| clock.new_uuid_v7().to_string()).collect();
            assert!(ids.is_sorted());
            assert_eq!(ids.iter().collect::<std::collections::HashSet<_>>().len(), ids.len());
        }
    }

    #[test]
    fn an_id_carries_the_clocks_time() {
        let (clock, _) = Clock::manual(1_769_860_800_123);
        let (seconds, nanos) = clock.new_uuid_v7().get_timestamp().unwrap().to_unix();
        assert_eq!((seconds, nanos / 1_000_000), (1_769_860_800, 123));
    }

    #[test]
    fn random_bytes_differ_each_time() {
        for clock in [Clock::system(), Clock::manual(0).0] {
            assert_ne!(clock.random_bytes::<16>(), clock.random_bytes::<16>());
        }
    }
}
