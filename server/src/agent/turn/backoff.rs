use std::time::Duration;

const RETRIES: u32 = 3;
const BASE: Duration = Duration::from_millis(500);
const CAP: Duration = Duration::from_secs(8);
/// A provider that wants more time than this is not waited for: nobody looks at a chat that long.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How long to wait before the same request is sent again.
#[derive(Default)]
pub(super) struct Backoff {
    retries: u32,
}

impl Backoff {
    /// The wait before the next attempt, doubling from one to the next and never shorter than the provider asked for;
    /// `None` when it is time to give up.
    pub(super) fn next_wait(&mut self, asked_for: Option<Duration>, jitter: impl FnOnce() -> f64) -> Option<Duration> {
        let asked_for = asked_for.unwrap_or_default();
        if self.retries == RETRIES || asked_for > LONGEST_WAIT {
            return None;
        }
        let backoff = CAP.min(BASE * 2_u32.pow(self.retries));
        self.retries += 1;
        // Half is fixed, half is random, so that clients that failed together do not come back together.
        let spread = backoff.mul_f64(0.5 + jitter().clamp(0.0, 1.0) / 2.0);
        Some(spread.max(asked_for))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_end() {
        for (jitter, expected) in [(1.0, [500, 1000, 2000]), (0.0, [250, 500, 1000]), (7.0, [500, 1000, 2000])] {
            let mut backoff = Backoff::default();
            let waits = [(); 3].map(|()| backoff.next_wait(None, || jitter).unwrap().as_millis());
            assert_eq!(waits, expected, "jitter {jitter}");
            assert_eq!(backoff.next_wait(None, || jitter), None);
        }
    }

    #[test]
    fn a_wait_the_provider_asks_for_is_kept_within_reason() {
        for (asked_ms, expected_ms) in
            [(0, Some(500)), (100, Some(500)), (700, Some(700)), (30_000, Some(30_000)), (30_001, None)]
        {
            let wait = Backoff::default().next_wait(Some(Duration::from_millis(asked_ms)), || 1.0);
            assert_eq!(wait, expected_ms.map(Duration::from_millis), "{asked_ms} ms");
        }
    }
}
