//! Keeps secret values out of texts that others wrote: a tool's output, an upstream's error.

use aho_corasick::{AhoCorasick, BuildError, MatchKind};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::{borrow::Cow, collections::BTreeSet, fmt};

/// Stands where a secret value was.
pub const MASK: &str = "[secret]";

/// Shorter values are left alone: masking every `1` or `no` would ruin a text and hide nothing.
pub const MIN_MASKED_CHARS: usize = 4;

/// Finds secret values in texts, also as JSON or a URL writes them.
#[derive(Clone, Default)]
pub struct Redactor(Option<AhoCorasick>);

impl Redactor {
    /// Masks `values`. Fails when they are too many to search for at once, far beyond what a token
    /// can carry.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Result<Self, BuildError> {
        let patterns: BTreeSet<String> =
            values.into_iter().filter(|value| value.chars().count() >= MIN_MASKED_CHARS).flat_map(spellings).collect();
        if patterns.is_empty() {
            return Ok(Self(None));
        }
        // Overlapping matches can only be asked of the standard kind.
        AhoCorasick::builder().match_kind(MatchKind::Standard).build(patterns).map(|searcher| Self(Some(searcher)))
    }

    /// The text with every secret value replaced by [`MASK`]. Values that overlap or touch are
    /// masked as one, so that no end of a longer one is left standing.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let spans = self.spans(text);
        if spans.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut masked = String::with_capacity(text.len());
        let mut rest = 0;
        for (start, end) in spans {
            // Patterns are whole strings, so matches lie on character boundaries.
            masked.push_str(text.get(rest..start).unwrap_or_default());
            masked.push_str(MASK);
            rest = end;
        }
        masked.push_str(text.get(rest..).unwrap_or_default());
        Cow::Owned(masked)
    }

    /// Where secret values stand, in order, overlapping ones merged.
    fn spans(&self, text: &str) -> Vec<(usize, usize)> {
        let Some(searcher) = &self.0 else { return Vec::new() };
        let mut found: Vec<_> =
            searcher.find_overlapping_iter(text).map(|found| (found.start(), found.end())).collect();
        found.sort_unstable();
        let mut spans: Vec<(usize, usize)> = Vec::new();
        for (start, end) in found {
            match spans.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => spans.push((start, end)),
            }
        }
        spans
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let patterns = self.0.as_ref().map_or(0, AhoCorasick::patterns_len);
        write!(f, "Redactor({patterns} spellings)")
    }
}

/// What RFC 3986 leaves as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What JavaScript's `encodeURIComponent` leaves as it is.
const COMPONENT: &AsciiSet = &UNRESERVED.remove(b'!').remove(b'*').remove(b'\'').remove(b'(').remove(b')');

/// A value as it is, inside a JSON string, and percent-encoded in the usual ways.
fn spellings(value: &str) -> [String; 5] {
    let json = serde_json::Value::from(value).to_string();
    let inside = json.get(1..json.len() - 1).unwrap_or(value).to_owned();
    let encoded = |kept| utf8_percent_encode(value, kept).to_string();
    [value.to_owned(), inside, encoded(NON_ALPHANUMERIC), encoded(UNRESERVED), encoded(COMPONENT)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_masked() {
        for (values, text, masked) in [
            (&["s3cret"][..], "key=s3cret.", "key=[secret]."),
            (&["s3cret"], "s3crets3cret", "[secret]"),
            (&["s3cret"], "s3cre", "s3cre"),
            (&["abcd", "abcdef"], "xabcdefx abcdx", "x[secret]x [secret]x"),
            (&["abcd", "cdef"], "xabcdefx", "x[secret]x"),
            (&["aaaa"], "aaaaaaaaa", "[secret]"),
            (&["a\"b\nc"], r#"{"k":"a\"b\nc"}"#, r#"{"k":"[secret]"}"#),
            (&["p ss/w"], "?q=p%20ss%2Fw", "?q=[secret]"),
            (&["p-s/w"], "?q=p-s%2Fw&r=p%2Ds%2Fw", "?q=[secret]&r=[secret]"),
            (&["p!s/w"], "?q=p!s%2Fw&r=p%21s%2Fw", "?q=[secret]&r=[secret]"),
            (&["pässwörd"], "ä pässwörd ö", "ä [secret] ö"),
            (&["1", "no", "abc", ""], "1 no abc", "1 no abc"),
            (&["ünïö"], "ünïö", "[secret]"),
            (&[], "anything", "anything"),
        ] {
            let redactor = Redactor::new(values.iter().copied()).unwrap();
            assert_eq!(redactor.mask(text), masked, "{values:?} in {text:?}");
        }
    }

    #[test]
    fn a_clean_text_is_not_copied() {
        assert!(matches!(Redactor::new(["s3cret"]).unwrap().mask("clean"), Cow::Borrowed(_)));
    }

    #[test]
    fn printing_a_redactor_shows_no_value() {
        assert_eq!(format!("{:?}", Redactor::new(["s3cret"]).unwrap()), "Redactor(1 spellings)");
    }

    proptest! {
        #[test]
        fn no_value_is_left(values in prop::collection::vec("[a-c]{4,6}", 1..4), text in "[a-d]{0,60}") {
            let redactor = Redactor::new(values.iter().map(String::as_str)).unwrap();
            let masked = redactor.mask(&text);
            for value in &values {
                // The mask itself has no run of four letters from a to c.
                prop_assert!(!masked.contains(value.as_str()), "{} in {}", value, masked);
            }
        }
    }
}
