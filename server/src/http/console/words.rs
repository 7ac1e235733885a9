//! Moments, amounts and lengths of time, as people read them.

use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

/// Milliseconds in a day.
pub const DAY_MS: i64 = 86_400_000;

const MINUTE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
const SECOND: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
const SHORT_DAY: &[BorrowedFormatItem<'_>] = format_description!("[day padding:none] [month repr:short]");

/// A moment to the minute, from milliseconds since 1970.
pub fn minute(ms: i64) -> String {
    format(ms, MINUTE)
}

/// A moment to the second.
pub fn second(ms: i64) -> String {
    format(ms, SECOND)
}

/// A day, counted from 1970.
pub fn day(day: i64) -> String {
    format(day.saturating_mul(DAY_MS), DAY)
}

/// A day without its year, such as `3 Nov`.
pub fn short_day(day: i64) -> String {
    format(day.saturating_mul(DAY_MS), SHORT_DAY)
}

/// A number with its thousands apart.
pub fn number(amount: u64) -> String {
    let digits = amount.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number in at most four letters, such as `1.2k`.
pub fn short_number(amount: u64) -> String {
    let (unit, suffix) = match amount {
        0..1_000 => return amount.to_string(),
        1_000..1_000_000 => (1_000, "k"),
        1_000_000..1_000_000_000 => (1_000_000, "M"),
        _ => (1_000_000_000, "G"),
    };
    let (whole, tenth) = (amount / unit, amount % unit * 10 / unit);
    if whole >= 100 || tenth == 0 { format!("{whole}{suffix}") } else { format!("{whole}.{tenth}{suffix}") }
}

/// A length of time.
pub fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => {
            let (whole, tenth) = (ms / 1_000, ms % 1_000 / 100);
            if tenth == 0 { format!("{whole} s") } else { format!("{whole}.{tenth} s") }
        }
        60_000..3_600_000 => format!("{} min", ms / 60_000),
        3_600_000..172_800_000 => format!("{} h", ms / 3_600_000),
        _ => format!("{} days", ms / DAY_MS.unsigned_abs()),
    }
}

/// A size in bytes.
pub fn size(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..1_000 => return format!("{bytes} bytes"),
        1_000..1_000_000 => (1_000, "kB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        _ => (1_000_000_000, "GB"),
    };
    format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit)
}

/// `1 thing` or `2 things`.
pub fn count(amount: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(amount), if amount == 1 { one } else { many })
}

fn format(ms: i64, as_what: &[BorrowedFormatItem<'_>]) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000));
    // A moment beyond the year 9999 is nobody's.
    moment.ok().and_then(|moment| moment.format(as_what).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_said_in_utc() {
        let ms = 1_700_000_000_999;
        assert_eq!((minute(ms), second(ms)), ("2023-11-14 22:13 UTC".into(), "2023-11-14 22:13:20 UTC".into()));
        assert_eq!((day(0), short_day(307)), ("1970-01-01".into(), "4 Nov".into()));
        assert_eq!(minute(i64::MAX), "");
    }

    #[test]
    fn amounts_are_said_as_people_read_them() {
        for (amount, long, short) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (1_000, "1,000", "1k"),
            (1_250, "1,250", "1.2k"),
            (123_456, "123,456", "123k"),
            (9_990_000, "9,990,000", "9.9M"),
            (u64::MAX, "18,446,744,073,709,551,615", "18446744073G"),
        ] {
            assert_eq!((number(amount).as_str(), short_number(amount).as_str()), (long, short));
        }
        for (ms, said) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_000, "1 s"),
            (1_250, "1.2 s"),
            (60_000, "1 min"),
            (7_200_000, "2 h"),
            (864_000_000, "10 days"),
        ] {
            assert_eq!(duration(ms), said);
        }
        for (bytes, said) in [(12, "12 bytes"), (4_096, "4.0 kB"), (12_345_678, "12.3 MB"), (1 << 40, "1099.5 GB")] {
            assert_eq!(size(bytes), said);
        }
        assert_eq!((count(1, "run", "runs"), count(1_000, "run", "runs")), ("1 run".into(), "1,000 runs".into()));
    }
}
