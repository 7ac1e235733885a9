//! Tokens that say when they were made, so that their way through any server can be timed, token by token, however they
//! are joined on it. They are as long as tokens are: a space and six letters or digits.

use std::time::{SystemTime, UNIX_EPOCH};

/// Bytes of a token.
pub const TOKEN_BYTES: usize = 7;
const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
/// Microseconds after which times begin again: 36 minutes.
const CYCLE: u64 = 36_u64.pow(TOKEN_BYTES as u32 - 1);

/// Microseconds since 1970. All processes of one machine share this clock.
pub fn now_us() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_micros() as u64)
}

/// A token made at `now_us`.
pub fn token(now_us: u64) -> [u8; TOKEN_BYTES] {
    let mut left = now_us % CYCLE;
    let mut token = [b' '; TOKEN_BYTES];
    for digit in token[1..].iter_mut().rev() {
        *digit = DIGITS[(left % 36) as usize];
        left /= 36;
    }
    token
}

/// How many microseconds before `now_us` a token was made. `None` for anything else.
pub fn age_us(token: &[u8], now_us: u64) -> Option<u64> {
    let (b' ', digits) = token.split_first()? else { return None };
    let mut made = 0;
    for digit in digits {
        made = made * 36 + u64::from(char::from(*digit).to_digit(36)?);
    }
    Some((now_us % CYCLE + CYCLE - made) % CYCLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_tells_its_age() {
        for (made, now, age) in [(0, 0, 0), (1_700_000_000_123_456, 1_700_000_000_123_999, 543), (CYCLE - 1, CYCLE, 1)]
        {
            assert_eq!(age_us(&token(made), now), Some(age), "{made} {now}");
        }
        assert_eq!(age_us(b"x000000", 0), None);
        assert_eq!(age_us(b" 0000-0", 0), None);
    }
}
