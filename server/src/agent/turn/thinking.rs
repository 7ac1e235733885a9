use sigmic_shared::Thought;

/// A paragraph longer than this is cut, in bytes.
const LONGEST_THOUGHT: usize = 4096;

/// Turns reasoning, which arrives word by word, into thoughts of a paragraph each. A paragraph that starts with
/// `**heading**` has it as its subject; a heading alone belongs to the paragraph after it.
#[derive(Default)]
pub(super) struct Thinking {
    pending: String,
    searched: usize,
    subject: Option<String>,
}

impl Thinking {
    /// Takes the next piece and appends the thoughts it completes.
    pub(super) fn push(&mut self, delta: &str, thoughts: &mut Vec<Thought>) {
        self.pending.push_str(delta);
        while let Some(end) = self.paragraph_end() {
            let rest = self.pending.split_off(end);
            let paragraph = std::mem::replace(&mut self.pending, rest);
            self.searched = 0;
            self.take_paragraph(&paragraph, thoughts);
        }
    }

    /// The reasoning pauses or ends: what is pending becomes a thought.
    pub(super) fn flush(&mut self, thoughts: &mut Vec<Thought>) {
        self.searched = 0;
        let paragraph = std::mem::take(&mut self.pending);
        self.take_paragraph(&paragraph, thoughts);
        if let Some(subject) = self.subject.take() {
            thoughts.push(Thought { subject, description: String::new() });
        }
    }

    /// Where the first complete paragraph ends: before an empty line, before a heading, or where it grows too long.
    fn paragraph_end(&mut self) -> Option<usize> {
        let bytes = self.pending.as_bytes();
        let start = bytes.iter().position(|byte| !byte.is_ascii_whitespace())?;
        let from = self.searched.max(start);
        let breaks = |at: &usize| bytes[*at..].starts_with(b"\n\n") || bytes[*at..].starts_with(b"\n**");
        let found = (from..bytes.len()).find(breaks);
        // A break of up to three bytes may still be arriving.
        self.searched = bytes.len().saturating_sub(2);
        found.or_else(|| (bytes.len() > LONGEST_THOUGHT).then(|| self.cut()))
    }

    fn cut(&self) -> usize {
        let limit = self.pending.floor_char_boundary(LONGEST_THOUGHT);
        self.pending[..limit].rfind(char::is_whitespace).filter(|&at| at > limit / 2).unwrap_or(limit)
    }

    fn take_paragraph(&mut self, paragraph: &str, thoughts: &mut Vec<Thought>) {
        let paragraph = paragraph.trim();
        if paragraph.is_empty() {
            return;
        }
        let Some((heading, rest)) = split_heading(paragraph) else {
            let subject = self.subject.take().unwrap_or_default();
            thoughts.push(Thought { subject, description: paragraph.to_owned() });
            return;
        };
        if let Some(subject) = self.subject.take() {
            thoughts.push(Thought { subject, description: String::new() });
        }
        if rest.is_empty() {
            self.subject = Some(heading.to_owned());
        } else {
            thoughts.push(Thought { subject: heading.to_owned(), description: rest.to_owned() });
        }
    }
}

fn split_heading(paragraph: &str) -> Option<(&str, &str)> {
    let (heading, rest) = paragraph.strip_prefix("**")?.split_once("**")?;
    let heading = heading.trim();
    (!heading.is_empty() && !heading.contains('\n')).then(|| (heading, rest.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn think<'a>(pieces: impl IntoIterator<Item = &'a str>) -> Vec<(String, String)> {
        let mut thinking = Thinking::default();
        let mut thoughts = Vec::new();
        for piece in pieces {
            thinking.push(piece, &mut thoughts);
        }
        thinking.flush(&mut thoughts);
        thoughts.into_iter().map(|thought| (thought.subject, thought.description)).collect()
    }

    #[test]
    fn a_thought_is_a_paragraph_with_its_heading() {
        for (text, expected) in [
            ("", vec![]),
            (" \n\n \n", vec![]),
            ("One\nparagraph.", vec![("", "One\nparagraph.")]),
            ("First.\n\nSecond.\n\n\n\n", vec![("", "First."), ("", "Second.")]),
            ("**Plan**\n\nLook it up.\n\nThen say it.", vec![("Plan", "Look it up."), ("", "Then say it.")]),
            ("**Plan** Look it up.\n**Check**\nIt is right.", vec![("Plan", "Look it up."), ("Check", "It is right.")]),
            ("**One**\n\n**Two**\n\n", vec![("One", ""), ("Two", "")]),
            ("**not closed\n\n**", vec![("", "**not closed"), ("", "**")]),
            ("****\n\nx", vec![("", "****"), ("", "x")]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
            assert_eq!(think([text]), expected, "{text:?}");
        }
    }

    #[test]
    fn thoughts_come_as_soon_as_their_paragraph_ends() {
        let mut thinking = Thinking::default();
        let mut thoughts = Vec::new();
        thinking.push("First.\n", &mut thoughts);
        assert_eq!(thoughts, []);
        thinking.push("\nSec", &mut thoughts);
        assert_eq!(thoughts, [Thought { subject: String::new(), description: "First.".into() }]);
    }

    #[test]
    fn a_paragraph_without_end_is_cut_at_a_space() {
        let thoughts = think(["word ".repeat(2000).as_str()]);
        assert_eq!(thoughts.len(), 3);
        assert!(thoughts.iter().all(|(_, text)| text.len() <= LONGEST_THOUGHT && text.ends_with("word")));
        assert_eq!(think(["é".repeat(3000).as_str()]).concat_len(), 6000);
    }

    trait ConcatLen {
        fn concat_len(&self) -> usize;
    }

    impl ConcatLen for Vec<(String, String)> {
        fn concat_len(&self) -> usize {
            self.iter().map(|(_, text)| text.len()).sum()
        }
    }

    proptest! {
        #[test]
        fn where_the_pieces_are_cut_changes_nothing(text in r"([a-c ]|\n|\*\*|é){0,60}", cut in any::<prop::sample::Index>()) {
            let cut = text.floor_char_boundary(cut.index(text.len() + 1));
            let (left, right) = text.split_at(cut);
            let letters: Vec<String> = text.chars().map(String::from).collect();
            let whole = think([text.as_str()]);
            prop_assert_eq!(&think([left, right]), &whole);
            prop_assert_eq!(&think(letters.iter().map(String::as_str)), &whole);
        }
    }
}
