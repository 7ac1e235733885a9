//! What a screen reader is told while an answer grows: sentences, never tokens.

/// Turns a growing answer into announcements for a polite live region.
///
/// ```ignore
/// if let Some(sentences) = announcer.push(&answer.text) { live_region.say(sentences) }
/// if let Some(rest) = announcer.finish(&answer.text) { live_region.say(rest) }
/// ```
///
/// Markdown's marks are left out, and so is code: nobody wants to hear it read unasked.
#[derive(Clone, Debug, Default)]
pub struct Announcer {
    /// Bytes that were dealt with.
    said: usize,
    /// The fence of the code block that `said` lies in.
    fence: Option<&'static str>,
}

impl Announcer {
    /// For an answer that has no text yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// For an answer that was already there and is not to be announced.
    pub fn after(text: &str) -> Self {
        let mut announcer = Self::default();
        announcer.finish(text);
        announcer
    }

    /// The sentences that are complete since the last call, as plain text; `text` is the whole answer so far.
    pub fn push(&mut self, text: &str) -> Option<String> {
        self.announce(text, false)
    }

    /// The rest, once the answer is finished.
    pub fn finish(&mut self, text: &str) -> Option<String> {
        self.announce(text, true)
    }

    fn announce(&mut self, text: &str, is_finished: bool) -> Option<String> {
        let mut spoken = String::new();
        while let Some(rest) = text.get(self.said..).filter(|rest| !rest.is_empty()) {
            let starts_line = text[..self.said].ends_with('\n') || self.said == 0;
            let (line, is_whole) = match rest.find('\n') {
                Some(end) => (&rest[..=end], true),
                None => (rest, is_finished),
            };
            let end = if is_whole { line.len() } else { self.sentence_end(line, starts_line) };
            if end == 0 {
                break;
            }
            self.said += end;
            self.say(&line[..end], starts_line, &mut spoken);
        }
        (!spoken.is_empty()).then_some(spoken)
    }

    /// Where the last complete sentence of an unfinished line ends.
    fn sentence_end(&self, line: &str, starts_line: bool) -> usize {
        let may_be_code_or_table = starts_line && line.trim_start().starts_with(['`', '~', '|']);
        if self.fence.is_some() || may_be_code_or_table {
            return 0;
        }
        let mut end = 0;
        let mut in_sentence_end = false;
        for (index, symbol) in line.char_indices() {
            match symbol {
                '。' | '！' | '？' => end = index + symbol.len_utf8(),
                '.' | '!' | '?' | '…' => in_sentence_end = true,
                '"' | '\'' | '”' | '’' | ')' | '*' | '_' | '`' if in_sentence_end => {}
                // "1." at a line's start is a number of a list.
                ' ' if in_sentence_end && line[..index].contains(|symbol: char| symbol.is_alphabetic()) => {
                    end = index + 1;
                    in_sentence_end = false;
                }
                _ => in_sentence_end = false,
            }
        }
        end
    }

    fn say(&mut self, piece: &str, starts_line: bool, spoken: &mut String) {
        let mut piece = piece.trim();
        if starts_line {
            let marker = ["```", "~~~"].into_iter().find(|marker| piece.starts_with(marker));
            match (self.fence, marker) {
                (None, Some(_)) => {
                    self.fence = marker;
                    return;
                }
                (Some(open), Some(marker)) if open == marker => {
                    self.fence = None;
                    return;
                }
                _ => {}
            }
            piece = piece.trim_start_matches(['#', '>', '-', '*', '+', ' ']);
        }
        if self.fence.is_some() {
            return;
        }
        let words = plain(piece);
        // What has neither letter nor digit is a rule, a table's second line or an ornament.
        if words.contains(|symbol: char| symbol.is_alphanumeric()) {
            if !spoken.is_empty() {
                spoken.push(' ');
            }
            spoken.push_str(&words);
        }
    }
}

/// The text without emphasis, code marks, table bars and the addresses of links.
fn plain(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(index) = rest.find(['*', '_', '`', '~', '|', '[', '!', ']']) {
        words.push_str(&rest[..index]);
        let (mark, after) = (rest.as_bytes()[index], &rest[index + 1..]);
        rest = after;
        let is_between_letters =
            words.ends_with(char::is_alphanumeric) && after.starts_with(|next: char| next.is_alphanumeric());
        match mark {
            b'_' if is_between_letters => words.push('_'),
            b'|' => words.push(' '),
            b'!' if !after.starts_with('[') => words.push('!'),
            b']' if after.starts_with('(') => rest = after.split_once(')').map_or("", |(_, rest)| rest),
            _ => {}
        }
    }
    words.push_str(rest);
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sentences_are_told_when_they_are_complete() {
        let mut announcer = Announcer::new();
        let text = "Your **parcel** is in Köln. It `arrives` to";
        for (length, expected) in [
            (10, None),
            (text.find(". It").unwrap() + 1, None), // "3." might become "3.5"
            (text.find("It").unwrap(), Some("Your parcel is in Köln.")),
            (text.len(), None),
        ] {
            assert_eq!(announcer.push(&text[..length]).as_deref(), expected, "{length}");
        }
        assert_eq!(announcer.finish(&format!("{text}morrow.")).as_deref(), Some("It arrives tomorrow."));
        assert_eq!(announcer.finish(&format!("{text}morrow.")), None);
    }

    #[test]
    fn marks_and_code_are_left_out() {
        for (text, expected) in [
            ("# Title\n\nText", "Title Text"),
            ("- one\n- two\n\n1. three", "one two 1. three"),
            ("See [the page](https://a.b/c_d) and ![a picture](x.png)!", "See the page and a picture!"),
            ("Run:\n```sh\nrm -rf /\n# no\n```\nDone.", "Run: Done."),
            ("~~~\n```\ncode\n~~~\nafter", "after"),
            ("| a | b |\n|---|---|\n| 1 | 2 |\n", "a b 1 2"),
            ("snake_case *stays* __whole__", "snake_case stays whole"),
            ("> quoted\n\n---\n", "quoted"),
            ("元気です。はい", "元気です。はい"),
            ("[broken](http", "broken"),
        ] {
            assert_eq!(Announcer::new().finish(text).unwrap_or_default(), expected, "{text:?}");
        }
    }

    #[test]
    fn text_that_was_there_before_is_not_told() {
        let mut announcer = Announcer::after("Old. ");
        assert_eq!(announcer.finish("Old. New.").as_deref(), Some("New."));
    }

    #[test]
    fn a_text_that_became_shorter_is_no_error() {
        let mut announcer = Announcer::after("Long é.");
        assert_eq!(announcer.finish("Short"), None);
        assert_eq!(Announcer { said: 1, fence: None }.push("é. x"), None);
    }

    proptest! {
        #[test]
        fn everything_is_told_once_however_it_arrives(text in "[a-z.!?*`|# \n1é。-]{0,60}", cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5)) {
            let mut ends: Vec<usize> = text.char_indices().map(|(index, _)| index).collect();
            ends.push(text.len());
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| ends[cut.index(ends.len())]).collect();
            cuts.sort_unstable();
            let mut announcer = Announcer::new();
            let mut told: Vec<String> = cuts.iter().filter_map(|&cut| announcer.push(&text[..cut])).collect();
            told.extend(announcer.finish(&text));
            let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
            prop_assert_eq!(letters(&told.join(" ")), letters(&Announcer::new().finish(&text).unwrap_or_default()));
        }
    }
}
