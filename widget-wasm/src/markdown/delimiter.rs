//! Which runs of `*`, `_` and `~~` belong together, as CommonMark's "delimiter stack" decides it.

use super::{node::Kind, steps};

/// A run and what became of it.
#[derive(Clone, Debug)]
pub(super) struct Delimiter {
    /// The symbol.
    pub byte: u8,
    /// How many of it are text.
    pub left: usize,
    /// How many marks it ends. They come first.
    pub closes: usize,
    /// The marks it begins, the innermost first. They come last.
    pub opens: Vec<Mark>,
    length: usize,
    can_open: bool,
    can_close: bool,
    after_letter: bool,
}

/// A mark over text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Emphasis,
    Strong,
    Strike,
}

impl Mark {
    pub fn kind(self) -> Kind {
        match self {
            Self::Emphasis => Kind::Emphasis,
            Self::Strong => Kind::Strong,
            Self::Strike => Kind::Strike,
        }
    }
}

/// All runs of a block, in order.
#[derive(Debug, Default)]
pub(super) struct Delimiters {
    runs: Vec<Delimiter>,
    /// Runs that [`Delimiters::resolve`] left open.
    unmatched: Vec<usize>,
}

impl Delimiters {
    pub fn len(&self) -> usize {
        self.runs.len()
    }

    pub fn get(&self, index: usize) -> &Delimiter {
        &self.runs[index]
    }

    pub fn truncate(&mut self, length: usize) {
        self.runs.truncate(length);
    }

    /// Adds a run between these two symbols and gives its place.
    pub fn push(&mut self, byte: u8, length: usize, before: Option<char>, after: Option<char>) -> usize {
        let (left, right) = (Side::of(before), Side::of(after));
        let opens = right != Side::Space && (right != Side::Mark || left != Side::Letter);
        let closes = left != Side::Space && (left != Side::Mark || right != Side::Letter);
        let is_underscore = byte == b'_';
        self.runs.push(Delimiter {
            byte,
            left: length,
            closes: 0,
            opens: Vec::new(),
            length,
            can_open: opens && (!is_underscore || !closes || left == Side::Mark),
            can_close: closes && (!is_underscore || !opens || right == Side::Mark),
            after_letter: left == Side::Letter,
        });
        self.runs.len() - 1
    }

    /// Matches the runs from `bottom` on.
    pub fn resolve(&mut self, bottom: usize) {
        // For each sort of closing run, where looking for its beginning is in vain below.
        let mut floors = [bottom; 18];
        let mut openers: Vec<usize> = Vec::new();
        for index in bottom..self.runs.len() {
            while self.runs[index].can_close && self.runs[index].left > 0 {
                let floor = &mut floors[self.runs[index].sort()];
                let is_opener = |&opener: &usize| {
                    steps::count(1);
                    opener < *floor || self.runs[opener].fits(&self.runs[index])
                };
                match openers.iter().rposition(is_opener).filter(|&found| openers[found] >= *floor) {
                    Some(found) => {
                        openers.truncate(found + 1);
                        if self.join(openers[found], index) {
                            openers.pop();
                        }
                    }
                    None => {
                        *floor = index;
                        break;
                    }
                }
            }
            if self.runs[index].can_open && self.runs[index].left > 0 {
                openers.push(index);
            }
        }
        self.unmatched = openers;
    }

    /// Lets what is still open reach to the end, where it is sure to be a mark: `**` and `~~` at the start of a word.
    pub fn open_unmatched(&mut self) {
        for index in std::mem::take(&mut self.unmatched) {
            let run = &mut self.runs[index];
            if run.left >= 2 && !run.after_letter {
                run.left -= 2;
                run.opens.push(if run.byte == b'~' { Mark::Strike } else { Mark::Strong });
            }
        }
    }

    /// Makes a mark from one run to another. True if nothing is left of the first one.
    fn join(&mut self, opener: usize, closer: usize) -> bool {
        let is_double = self.runs[opener].left >= 2 && self.runs[closer].left >= 2;
        let used = if is_double { 2 } else { 1 };
        let mark = match (self.runs[closer].byte, is_double) {
            (b'~', _) => Mark::Strike,
            (_, true) => Mark::Strong,
            (_, false) => Mark::Emphasis,
        };
        self.runs[closer].closes += 1;
        self.runs[closer].left -= used;
        let opener = &mut self.runs[opener];
        opener.opens.push(mark);
        opener.left -= used;
        opener.left == 0
    }
}

impl Delimiter {
    /// Whether this run can be the beginning of what `closer` ends.
    fn fits(&self, closer: &Self) -> bool {
        let is_ambiguous = self.can_close || closer.can_open;
        let is_odd = (self.length + closer.length).is_multiple_of(3)
            && !(self.length.is_multiple_of(3) && closer.length.is_multiple_of(3));
        self.byte == closer.byte && !(is_ambiguous && is_odd)
    }

    fn sort(&self) -> usize {
        let byte = match self.byte {
            b'*' => 0,
            b'_' => 1,
            _ => 2,
        };
        byte * 6 + usize::from(self.can_open) * 3 + self.length % 3
    }
}

/// What a run stands beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Space,
    /// Punctuation. Symbols that are written without spaces between words count as such: a rule made for words would
    /// leave `**“中文”**字` as it is.
    Mark,
    Letter,
}

impl Side {
    fn of(symbol: Option<char>) -> Self {
        match symbol {
            None => Self::Space,
            Some(symbol) if symbol.is_whitespace() => Self::Space,
            Some(symbol) if symbol.is_ascii() => {
                if symbol.is_ascii_punctuation() {
                    Self::Mark
                } else {
                    Self::Letter
                }
            }
            Some(
                '\u{a1}'..='\u{bf}'
                | '\u{2010}'..='\u{27bf}'
                | '\u{2e00}'..='\u{9fff}'
                | '\u{ac00}'..='\u{d7af}'
                | '\u{f900}'..='\u{faff}'
                | '\u{ff00}'..='\u{ffef}'
                | '\u{20000}'..='\u{3ffff}',
            ) => Self::Mark,
            Some(_) => Self::Letter,
        }
    }
}
