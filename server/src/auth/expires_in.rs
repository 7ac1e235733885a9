//! `expiresIn`: how long a token is good for.

/// What a token is good for when nothing is said, in seconds.
pub const DEFAULT_SECONDS: u64 = 60 * 60;
/// The longest a token is good for, in seconds: 30 days.
pub const MAX_SECONDS: u64 = 30 * 24 * 60 * 60;

/// Seconds of `<positive integer><s|m|h|d>`, up to [`MAX_SECONDS`]. Leading zeros change nothing;
/// signs, spaces, fractions, other digits and capitals are refused.
pub fn parse(text: &str) -> Option<u64> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds_per_unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    // `parse` alone would take a sign.
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = digits.parse::<u64>().ok()?.checked_mul(seconds_per_unit)?;
    (1..=MAX_SECONDS).contains(&seconds).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read_as_documented() {
        for (text, seconds) in [
            ("1s", 1),
            ("300s", 300),
            ("30m", 1_800),
            ("1h", 3_600),
            ("01h", 3_600),
            ("0000000000000000000000000000001h", 3_600),
            ("24h", 86_400),
            ("7d", 604_800),
            ("30d", MAX_SECONDS),
            ("720h", MAX_SECONDS),
            ("43200m", MAX_SECONDS),
            ("2592000s", MAX_SECONDS),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            " ",
            "s",
            "h",
            "1",
            "60",
            "0s",
            "0m",
            "0h",
            "0d",
            "000d",
            "-1h",
            "+1h",
            "1.5h",
            "1,5h",
            "1e3s",
            "0x1h",
            "1H",
            "1M",
            "1D",
            "1w",
            "1y",
            "1ms",
            "1 h",
            " 1h",
            "1h ",
            "1h\n",
            "1h30m",
            "1hh",
            "h1",
            "1hour",
            "one hour",
            "٣h",
            "１h",
            "1ｈ",
            "1\u{a0}h",
            "1h\0",
            "31d",
            "721h",
            "43201m",
            "2592001s",
            "18446744073709551615s",
            "18446744073709551616s",
            "213503982334602d",
            "99999999999999999999999999999999d",
            "NaNh",
            "Infinityd",
            "null",
            "_1h",
            "1_000s",
            "ü",
            "1ü",
            "1🕐",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_gives_more_than_the_maximum(text in r"\PC{0,12}|[0-9]{0,25}[smhd]") {
            if let Some(seconds) = parse(&text) {
                prop_assert!((1..=MAX_SECONDS).contains(&seconds));
            }
        }
    }
}
