//! When to try again, and when not to.

use super::Failure;

/// The first wait; each further one is twice as long.
const FIRST_WAIT_MS: u64 = 500;
/// The longest wait.
const LONGEST_WAIT_MS: u64 = 15_000;
/// A server that wants more patience than this is told about instead of waited for.
const LONGEST_RETRY_AFTER_MS: u64 = 30_000;
/// Whoever asked too often is told so at once, unless this little patience, once, makes it good.
const SHORT_RETRY_AFTER_MS: u64 = 2_000;

/// Counts failures in a row and says how long to wait after each. It ends for good after `limit` of them: no failure of
/// a server or a network makes the widget ask without end.
#[derive(Clone, Debug)]
pub(super) struct Backoff {
    failures: u32,
    limit: u32,
}

impl Backoff {
    /// Gives up at the failure after `limit` retries.
    pub fn new(limit: u32) -> Self {
        Self { failures: 0, limit }
    }

    /// Begins to count anew: something worked for a while.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// How many milliseconds to wait before trying again, or `None` to give up.
    ///
    /// `random`, from 0 to 1, spreads clients that failed together: a wait is between half and all of its length.
    pub fn after(&mut self, failure: &Failure, random: f64) -> Option<u64> {
        let asked_ms = retry_after_ms(failure)?;
        if is_rate_limit(failure) && (self.failures > 0 || asked_ms == 0 || asked_ms > SHORT_RETRY_AFTER_MS) {
            return None;
        }
        if self.failures == self.limit || asked_ms > LONGEST_RETRY_AFTER_MS {
            return None;
        }
        let wait_ms = FIRST_WAIT_MS.saturating_mul(1 << self.failures.min(16)).min(LONGEST_WAIT_MS);
        self.failures += 1;
        let spread_ms = (wait_ms as f64 * (0.5 + random.clamp(0.0, 1.0) / 2.0)) as u64;
        Some(asked_ms + if asked_ms > 0 { spread_ms / 10 } else { spread_ms })
    }
}

fn is_rate_limit(failure: &Failure) -> bool {
    matches!(failure, Failure::Api(refusal) if refusal.status == 429)
}

/// How long the server asks to wait, if trying again can help at all.
fn retry_after_ms(failure: &Failure) -> Option<u64> {
    match failure {
        Failure::Network | Failure::Timeout => Some(0),
        // 502 and 504 come from what stands before the server while it restarts.
        Failure::Api(refusal) if matches!(refusal.status, 429 | 502..=504) => Some(refusal.retry_after_ms.unwrap_or(0)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::ApiFailure;
    use super::*;
    use crate::session::TokenFailure;
    use sigmic_shared::error::WireErrorCode;

    fn refusal(status: u16, retry_after_ms: Option<u64>) -> Failure {
        Failure::Api(ApiFailure {
            code: WireErrorCode::Unknown("X".into()),
            status,
            message: String::new(),
            retry_after_ms,
        })
    }

    #[test]
    fn waits_grow_to_a_limit_and_end() {
        let mut backoff = Backoff::new(8);
        let waits: Vec<_> = std::iter::from_fn(|| backoff.after(&Failure::Network, 1.0)).collect();
        assert_eq!(waits, [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
        assert_eq!(backoff.after(&Failure::Network, 1.0), None);
        backoff.reset();
        assert_eq!(backoff.after(&Failure::Timeout, 0.0), Some(250));
    }

    #[test]
    fn chance_takes_at_most_half_of_a_wait() {
        for (random, wait) in [(0.0, 250), (0.5, 375), (1.0, 500), (7.0, 500), (-7.0, 250)] {
            assert_eq!(Backoff::new(1).after(&Failure::Network, random), Some(wait), "{random}");
        }
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for (failure, wait) in [
            (Failure::Network, Some(500)),
            (Failure::Timeout, Some(500)),
            (refusal(503, None), Some(500)),
            (refusal(502, None), Some(500)),
            (refusal(504, None), Some(500)),
            (refusal(503, Some(2_000)), Some(2_050)),
            (refusal(503, Some(30_000)), Some(30_050)),
            (refusal(503, Some(31_000)), None),
            (refusal(429, Some(1_000)), Some(1_050)),
            (refusal(429, Some(3_000)), None),
            (refusal(429, None), None),
            (refusal(400, None), None),
            (refusal(401, None), None),
            (refusal(403, None), None),
            (refusal(404, None), None),
            (refusal(409, None), None),
            (refusal(500, None), None),
            (Failure::Token(TokenFailure::Threw), None),
            (Failure::Unreadable, None),
            (Failure::Aborted, None),
        ] {
            assert_eq!(Backoff::new(1).after(&failure, 1.0), wait, "{failure:?}");
        }
    }

    #[test]
    fn a_server_that_always_asks_for_patience_is_given_up_too() {
        let mut backoff = Backoff::new(3);
        assert_eq!(std::iter::from_fn(|| backoff.after(&refusal(503, Some(1_000)), 1.0)).count(), 3);
        let mut backoff = Backoff::new(3);
        assert_eq!(std::iter::from_fn(|| backoff.after(&refusal(429, Some(1_000)), 1.0)).count(), 1);
    }
}
