//! How much one caller may ask of this node.

use super::error::{HttpError, HttpResult};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock};
use std::num::NonZeroU32;

/// Rate limits, each off when it was set to 0.
pub struct Limits {
    messages: Option<DefaultKeyedRateLimiter<String>>,
    tokens: Option<DefaultKeyedRateLimiter<String>>,
}

impl Limits {
    /// Messages per minute and caller, token exchanges per minute and app.
    pub fn new(messages_per_minute: u32, tokens_per_minute: u32) -> Self {
        Self { messages: per_minute(messages_per_minute), tokens: per_minute(tokens_per_minute) }
    }

    /// Counts a message of this caller.
    pub fn count_message(&self, caller: &str) -> HttpResult<()> {
        count(self.messages.as_ref(), caller)
    }

    /// Counts a token exchange of this app.
    pub fn count_token(&self, app_id: &str) -> HttpResult<()> {
        count(self.tokens.as_ref(), app_id)
    }

    /// Forgets callers that have not asked for a while.
    pub fn shrink(&self) {
        for limiter in [&self.messages, &self.tokens].into_iter().flatten() {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

fn per_minute(number: u32) -> Option<DefaultKeyedRateLimiter<String>> {
    NonZeroU32::new(number).map(|number| RateLimiter::keyed(Quota::per_minute(number)))
}

fn count(limiter: Option<&DefaultKeyedRateLimiter<String>>, key: &str) -> HttpResult<()> {
    let Some(limiter) = limiter else { return Ok(()) };
    limiter.check_key(&key.to_owned()).map_err(|refused| {
        let wait = refused.wait_time_from(limiter.clock().now());
        HttpError::rate_limited(wait.as_secs_f64().ceil() as u64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_caller_does_not_use_up_anothers_share() {
        let limits = Limits::new(2, 0);
        for (caller, allowed) in [("a", true), ("a", true), ("a", false), ("b", true)] {
            assert_eq!(limits.count_message(caller).is_ok(), allowed, "{caller}");
        }
        assert!((0..1000).all(|_| limits.count_token("app").is_ok()));
    }
}
