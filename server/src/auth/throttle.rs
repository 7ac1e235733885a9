//! How often somebody may try to sign in. What is counted is the attempt, whoever it is for.

use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};
use std::{num::NonZeroU32, time::Duration};

/// Attempts for one address at once; after that one each half minute.
const PER_ACCOUNT: NonZeroU32 = NonZeroU32::new(10).expect("ten is not zero");
const PER_ACCOUNT_EVERY: Duration = Duration::from_secs(30);
/// Attempts a minute for all of them together.
const PER_NODE: NonZeroU32 = NonZeroU32::new(100).expect("a hundred is not zero");

/// Counts attempts in this process.
pub(super) struct Throttle {
    accounts: DefaultKeyedRateLimiter<String>,
    node: DefaultDirectRateLimiter,
}

impl Throttle {
    pub(super) fn new() -> Self {
        let per_account =
            Quota::with_period(PER_ACCOUNT_EVERY).unwrap_or(Quota::per_minute(PER_ACCOUNT)).allow_burst(PER_ACCOUNT);
        Self { accounts: RateLimiter::keyed(per_account), node: RateLimiter::direct(Quota::per_minute(PER_NODE)) }
    }

    /// Counts an attempt for `email`, or says after how many seconds there may be one.
    pub(super) fn count(&self, email: &str) -> Result<(), u64> {
        let seconds = |wait: Duration| wait.as_secs() + 1;
        let account = self.accounts.check_key(&email.to_owned());
        account.map_err(|refused| seconds(refused.wait_time_from(self.accounts.clock().now())))?;
        self.node.check().map_err(|refused| seconds(refused.wait_time_from(self.node.clock().now())))
    }

    /// Forgets addresses nobody has tried for a while.
    pub(super) fn shrink(&self) {
        self.accounts.retain_recent();
        self.accounts.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_does_not_use_up_anothers_attempts_but_all_share_the_node() {
        let throttle = Throttle::new();
        assert!((0..10).all(|_| throttle.count("ada").is_ok()));
        let wait = throttle.count("ada").unwrap_err();
        assert!((1..=31).contains(&wait), "{wait}");
        assert!(throttle.count("bob").is_ok());
        assert!((0..200).any(|number| throttle.count(&number.to_string()).is_err()));
    }
}
