//! JavaScript strings may hold half a surrogate pair; Rust's may not.

use std::borrow::Cow;

const REPLACEMENT: &[u8; 6] = b"\\uFFFD";

/// Replaces, in the text of a JSON document, escapes of lone surrogates by U+FFFD, as a browser
/// does when it encodes such a string.
pub fn mend(json: &[u8]) -> Cow<'_, [u8]> {
    let mut mended: Option<Vec<u8>> = None;
    let mut at = 0;
    while let Some(found) = json[at..].iter().position(|&byte| byte == b'\\') {
        at += found;
        match escape_at(json, at) {
            Some(0xD800..=0xDBFF) if matches!(escape_at(json, at + 6), Some(0xDC00..=0xDFFF)) => at += 12,
            Some(0xD800..=0xDFFF) => {
                mended.get_or_insert_with(|| json.to_vec())[at..at + 6].copy_from_slice(REPLACEMENT);
                at += 6;
            }
            // Any other escape: the character after the backslash is not the start of one.
            _ => at = json.len().min(at + 2),
        }
    }
    mended.map_or(Cow::Borrowed(json), Cow::Owned)
}

/// The code unit that a `\uXXXX` at `at` stands for.
fn escape_at(json: &[u8], at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix(b"\\u")?;
    // `from_str_radix` would take a sign.
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_lone_surrogates_are_replaced() {
        for (json, text) in [
            (r#""a""#, "a"),
            (r#""\ud83d\ude00""#, "😀"),
            (r#""\ud83d""#, "\u{fffd}"),
            (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
            (r#""\ud83dx\ude00""#, "\u{fffd}x\u{fffd}"),
            (r#""\\ud83d""#, "\\ud83d"),
            (r#""\\\ud83d""#, "\\\u{fffd}"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
            (r#""\u0041\n""#, "A\n"),
        ] {
            assert_eq!(serde_json::from_slice::<String>(&mend(json.as_bytes())).unwrap(), text, "{json}");
        }
        assert!(matches!(mend(br#"{"a":"\n\u0041"}"#), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(prop::sample::select(b"\\ud8cDFa9\"".to_vec()), 0..64)) {
            prop_assert_eq!(mend(&bytes).len(), bytes.len());
        }
    }
}
