//! What an answer says between the tools it calls.

use super::entry::Answer;
use std::ops::Range;

/// A piece of an answer's text, and the tool calls that came right after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Bytes of the answer's text.
    pub text: Range<usize>,
    /// Places in the answer's list of tools.
    pub tools: Range<usize>,
}

impl Answer {
    /// The answer in the order it happened. There is always a last passage without tools, which may still grow.
    pub fn passages(&self) -> Vec<Passage> {
        let mut passages: Vec<Passage> = Vec::new();
        for (index, tool) in self.tools.iter().enumerate() {
            let start = passages.last().map_or(0, |before| before.text.end);
            let end = self.text.floor_char_boundary(tool.text_offset).max(start);
            match passages.last_mut() {
                Some(before) if before.text.end == end => before.tools.end = index + 1,
                _ => passages.push(Passage { text: start..end, tools: index..index + 1 }),
            }
        }
        let start = passages.last().map_or(0, |before| before.text.end);
        passages.push(Passage { text: start..self.text.len(), tools: self.tools.len()..self.tools.len() });
        passages
    }
}

/// The byte where character number `offset` begins; the end of a text that is shorter.
pub(super) fn byte_of(text: &str, offset: u64) -> usize {
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    text.char_indices().nth(offset).map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::super::entry::ToolEntry;
    use super::*;

    fn answer(text: &str, offsets: &[usize]) -> Answer {
        let tools = offsets.iter().map(|&text_offset| ToolEntry { text_offset, ..ToolEntry::new("c".into()) });
        Answer { text: text.into(), tools: tools.collect(), ..Answer::default() }
    }

    #[test]
    fn calls_stand_where_they_were_made() {
        for (text, offsets, expected) in [
            ("", &[][..], &[(0..0, 0..0)][..]),
            ("ab", &[], &[(0..2, 0..0)]),
            ("ab", &[0], &[(0..0, 0..1), (0..2, 1..1)]),
            ("ab", &[1, 1], &[(0..1, 0..2), (1..2, 2..2)]),
            ("abc", &[1, 2, 2], &[(0..1, 0..1), (1..2, 1..3), (2..3, 3..3)]),
            ("abc", &[3], &[(0..3, 0..1), (3..3, 1..1)]),
            // A text that turned out to be another one.
            ("é", &[1, 9], &[(0..0, 0..1), (0..2, 1..2), (2..2, 2..2)]),
            ("abc", &[2, 1], &[(0..2, 0..2), (2..3, 2..2)]),
        ] {
            let passages = answer(text, offsets).passages();
            let passages: Vec<_> = passages.into_iter().map(|passage| (passage.text, passage.tools)).collect();
            assert_eq!(passages, expected, "{text:?} {offsets:?}");
        }
    }

    #[test]
    fn offsets_on_the_wire_count_characters() {
        for (text, offset, byte) in [("aéb", 0, 0), ("aéb", 2, 3), ("aéb", 3, 4), ("aéb", 99, 4), ("", 1, 0)] {
            assert_eq!(byte_of(text, offset), byte, "{text} {offset}");
        }
    }
}
