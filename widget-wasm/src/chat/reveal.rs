//! How fast text that has arrived comes into sight.

/// With this time constant 95 % of a backlog are in sight after 250 ms.
const TIME_CONSTANT_MS: f64 = 83.0;
/// The slowest pace, in bytes per millisecond, so that the tail end does not crawl.
const SLOWEST: f64 = 0.1;

/// Smooths the arrival of text: call [`Reveal::advance`] once per animation frame and show that much.
#[derive(Clone, Debug, Default)]
pub struct Reveal {
    shown: usize,
}

impl Reveal {
    /// Nothing shown yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts with everything in sight: for text that did not arrive live.
    pub fn all(text: &str) -> Self {
        Self { shown: text.len() }
    }

    /// The part of `text` to show, `elapsed_ms` after the last call. A backlog drains in about 250 ms.
    /// With `reduced_motion` all of it is shown at once.
    pub fn advance<'a>(&mut self, text: &'a str, elapsed_ms: f64, reduced_motion: bool) -> &'a str {
        let backlog = text.len().saturating_sub(self.shown) as f64;
        let share = backlog * (elapsed_ms / TIME_CONSTANT_MS).clamp(0.0, 1.0);
        let step = share.max(elapsed_ms * SLOWEST).max(1.0);
        let end = if reduced_motion { text.len() } else { self.shown.saturating_add(step as usize) };
        self.shown = whole_symbol(text, end);
        &text[..self.shown]
    }

    /// Whether all of `text` is in sight, so that no further frame is needed.
    pub fn is_done(&self, text: &str) -> bool {
        self.shown >= text.len()
    }
}

/// The first place from `end` on where `text` can be cut without taking a symbol apart.
fn whole_symbol(text: &str, end: usize) -> usize {
    if end >= text.len() {
        return text.len();
    }
    let start = (0..=end).rfind(|&index| text.is_char_boundary(index)).unwrap_or(0);
    let mut joined = text[..start].ends_with('\u{200d}');
    for (index, symbol) in text[start..].char_indices() {
        let index = start + index;
        let continues = matches!(symbol, '\u{300}'..='\u{36f}' | '\u{200d}' | '\u{20e3}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}');
        if index >= end && !continues && !joined {
            return index;
        }
        joined = symbol == '\u{200d}';
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME_MS: f64 = 1000.0 / 60.0;

    #[test]
    fn a_backlog_is_nearly_gone_after_a_quarter_of_a_second_and_then_goes_away() {
        let text = "x".repeat(4000);
        let mut reveal = Reveal::new();
        let mut last = 0;
        for _ in 0..15 {
            let shown = reveal.advance(&text, FRAME_MS, false).len();
            assert!(shown > last);
            last = shown;
        }
        assert!((3600..4000).contains(&last), "{last}");
        let more = (0..60).take_while(|_| reveal.advance(&text, FRAME_MS, false).len() < text.len()).count();
        assert!(reveal.is_done(&text) && more < 40, "{more}");
    }

    #[test]
    fn reduced_motion_and_saved_text_are_shown_at_once() {
        assert_eq!(Reveal::new().advance("whole", 0.0, true), "whole");
        assert!(Reveal::all("whole").is_done("whole"));
        assert_eq!(Reveal::all("whole").advance("whole", FRAME_MS, false), "whole");
    }

    #[test]
    fn symbols_stay_whole() {
        let text = "aé👍🏽👨‍👩‍👧e\u{301}1\u{fe0f}\u{20e3}z";
        let whole = ["a", "é", "👍🏽", "👨‍👩‍👧", "e\u{301}", "1\u{fe0f}\u{20e3}", "z"];
        let ends: Vec<usize> = whole
            .iter()
            .scan(0, |end, symbol| {
                *end += symbol.len();
                Some(*end)
            })
            .collect();
        let mut reveal = Reveal::new();
        while !reveal.is_done(text) {
            let shown = reveal.advance(text, 0.0, false).len();
            assert!(ends.contains(&shown), "{shown}");
        }
    }

    #[test]
    fn a_text_that_became_another_one_is_no_error() {
        let mut reveal = Reveal::all("a long text");
        assert_eq!(reveal.advance("é", FRAME_MS, false), "é");
    }
}
