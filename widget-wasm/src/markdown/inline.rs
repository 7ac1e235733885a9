//! What is within a paragraph, a heading or a cell.
//!
//! One pass over the text makes pieces; runs of `*`, `_` and `~` among them are then matched as CommonMark says, and
//! the pieces become a tree. All of it is linear in the text: what failed once is not looked for again.

use super::{
    Href, Progress,
    delimiter::Delimiters,
    entity,
    link::{self, Tail},
    node::{Kind, Node},
    steps,
    tree::{Piece, build},
};
use std::rc::Rc;

/// Reads the text of one block. Line feeds in it are line breaks that the author made in passing.
pub(super) fn parse(text: &str, progress: Progress) -> Vec<Rc<Node>> {
    let text = match progress {
        // They are about to mean something.
        Progress::Streaming => text.trim_end_matches(['*', '_', '~', '`', '[', '\\']),
        Progress::Finished => text,
    };
    let mut scanner = Scanner {
        text,
        position: 0,
        progress,
        pieces: Vec::new(),
        runs: Delimiters::default(),
        brackets: Vec::new(),
        dead_brackets: 0,
        backticks: None,
        no_address_before: 0,
    };
    scanner.scan();
    scanner.runs.resolve(0);
    if progress == Progress::Streaming {
        scanner.runs.open_unmatched();
    }
    build(scanner.pieces, &scanner.runs, false)
}

/// A `[` that may begin a link.
struct Bracket {
    piece: usize,
    run: usize,
    is_image: bool,
}

struct Scanner<'a> {
    text: &'a str,
    position: usize,
    progress: Progress,
    pieces: Vec<Piece>,
    runs: Delimiters,
    brackets: Vec<Bracket>,
    /// Brackets below this one cannot begin a link any more: links hold no links.
    dead_brackets: usize,
    /// Each run of backticks: its place, and where the next one of the same length is. Made when first needed.
    backticks: Option<Vec<(usize, Option<usize>)>>,
    /// Up to here no bare address begins: one that began earlier and reached to here was refused.
    no_address_before: usize,
}

impl<'a> Scanner<'a> {
    fn scan(&mut self) {
        let bytes = self.text.as_bytes();
        let mut start = 0;
        while let Some(&byte) = bytes.get(self.position) {
            steps::count(1);
            if !self.may_be_special(byte) {
                self.position += 1;
                continue;
            }
            let before = &self.text[start..self.position];
            self.push_text(if byte == b'\n' { before.trim_end_matches(' ') } else { before });
            start = self.position;
            if self.special(byte, before) {
                start = self.position;
            } else {
                self.position += 1;
            }
        }
        self.push_text(&self.text[start..]);
    }

    fn may_be_special(&self, byte: u8) -> bool {
        match byte {
            b'\n' | b'\\' | b'`' | b'*' | b'_' | b'~' | b'[' | b']' | b'!' | b'<' | b'&' => true,
            b'h' | b'H' | b'w' | b'W' => {
                self.position >= self.no_address_before && link::begins_bare(self.text, self.position)
            }
            _ => false,
        }
    }

    /// Takes what begins here, or nothing if it is but text.
    fn special(&mut self, byte: u8, before: &str) -> bool {
        let rest = &self.text[self.position..];
        match byte {
            b'\n' => self.line_end(before),
            b'\\' => match rest.as_bytes().get(1) {
                Some(b'\n') => self.take(Piece::Node(Node::new(Kind::Break, vec![])), 2 + leading_spaces(&rest[2..])),
                Some(next) if next.is_ascii_punctuation() => self.take_text(&rest[1..2], 2),
                _ => false,
            },
            b'`' => self.code(rest),
            b'*' | b'_' | b'~' => self.run(byte, rest),
            b'[' => self.open_bracket(false, 1),
            b'!' => rest.starts_with("![") && self.open_bracket(true, 2),
            b']' => self.close_bracket(),
            b'<' => self.angle(rest),
            b'&' => {
                let mut text = String::new();
                match entity::decode(&rest[1..], &mut text) {
                    Some(length) => self.take_text(&text, 1 + length),
                    None => false,
                }
            }
            _ => self.bare_address(rest),
        }
    }

    fn line_end(&mut self, before: &str) -> bool {
        let rest = &self.text[self.position + 1..];
        let length = 1 + leading_spaces(rest);
        if before.ends_with("  ") {
            self.take(Piece::Node(Node::new(Kind::Break, vec![])), length)
        } else {
            self.take_text("\n", length)
        }
    }

    fn code(&mut self, rest: &str) -> bool {
        let length = run_length(rest, b'`');
        let content = match self.backtick_run(self.position) {
            Some(Some(end)) => &self.text[self.position + length..end],
            Some(None) if self.progress == Progress::Streaming => &rest[length..],
            _ => return self.take_text(&rest[..length], length),
        };
        let taken = (length + content.len() + length).min(rest.len());
        let content = content.replace('\n', " ");
        let is_padded = content.starts_with(' ') && content.ends_with(' ') && !content.trim().is_empty();
        let shown = if is_padded { &content[1..content.len() - 1] } else { &content };
        self.take(Piece::Node(Node::new(Kind::Code, vec![Node::text(shown)])), taken)
    }

    /// Where the next run of as many backticks begins as in the one that begins here, if one does: a backslash may have
    /// taken away the first one.
    fn backtick_run(&mut self, position: usize) -> Option<Option<usize>> {
        let text = self.text;
        let runs = self.backticks.get_or_insert_with(|| backtick_runs(text));
        let index = runs.binary_search_by_key(&position, |&(start, _)| start).ok()?;
        Some(runs[index].1)
    }

    fn run(&mut self, byte: u8, rest: &str) -> bool {
        let length = run_length(rest, byte);
        // One tilde is "about"; three are no mark at all.
        if byte == b'~' && length != 2 {
            return self.take_text(&rest[..length], length);
        }
        let before = self.text[..self.position].chars().next_back();
        let after = rest[length..].chars().next();
        let run = self.runs.push(byte, length, before, after);
        self.take(Piece::Run(run), length)
    }

    fn open_bracket(&mut self, is_image: bool, length: usize) -> bool {
        self.brackets.push(Bracket { piece: self.pieces.len(), run: self.runs.len(), is_image });
        self.take_text(if is_image { "![" } else { "[" }, length)
    }

    fn close_bracket(&mut self) -> bool {
        let Some(bracket) = self.brackets.pop() else { return false };
        let is_dead = self.brackets.len() < self.dead_brackets && !bracket.is_image;
        self.dead_brackets = self.dead_brackets.min(self.brackets.len());
        if is_dead {
            return false;
        }
        let (href, end) = match link::tail(self.text, self.position + 1) {
            Tail::Complete { address, end } => (Href::parse(&address), end),
            // The address is about to come; until then there is only the label.
            Tail::CutOff if self.progress == Progress::Streaming => (None, self.text.len()),
            Tail::CutOff | Tail::None => return false,
        };
        match href {
            Some(href) => {
                self.runs.resolve(bracket.run);
                let children = build(self.pieces.split_off(bracket.piece + 1), &self.runs, true);
                self.runs.truncate(bracket.run);
                self.pieces[bracket.piece] = Piece::Link(href, children);
                if !bracket.is_image {
                    self.dead_brackets = self.brackets.len();
                }
            }
            // What may not be linked to is only said.
            None => self.pieces[bracket.piece] = Piece::Text(String::new()),
        }
        self.position = end;
        true
    }

    fn bare_address(&mut self, rest: &str) -> bool {
        let reach = link::bare_reach(rest);
        steps::count(reach);
        match link::bare(&rest[..reach]) {
            Some((href, length)) => self.take(Piece::Link(href, vec![Node::text(&rest[..length])]), length),
            None => {
                self.no_address_before = self.position + reach;
                false
            }
        }
    }

    /// `<https://…>`, `<a@b.c>` and `<br>`. All else that begins so is text.
    fn angle(&mut self, rest: &str) -> bool {
        let end = rest[1..].find(['>', '<', '\n']).map_or(0, |end| 1 + end);
        steps::count(end);
        if !rest[end..].starts_with('>') {
            return false;
        }
        let inside = &rest[1..end];
        let length = inside.len() + 2;
        if inside.trim_end_matches(['/', ' ']).eq_ignore_ascii_case("br") {
            return self.take(Piece::Node(Node::new(Kind::Break, vec![])), length + leading_spaces(&rest[length..]));
        }
        if inside.contains(' ') {
            return false;
        }
        match link::autolink(inside) {
            Some(href) => {
                self.dead_brackets = self.brackets.len();
                self.take(Piece::Link(href, vec![Node::text(inside)]), length)
            }
            None => false,
        }
    }

    fn take(&mut self, piece: Piece, length: usize) -> bool {
        self.pieces.push(piece);
        self.position += length;
        true
    }

    fn take_text(&mut self, text: &str, length: usize) -> bool {
        self.push_text(text);
        self.position += length;
        true
    }

    fn push_text(&mut self, text: &str) {
        if !text.is_empty() {
            self.pieces.push(Piece::Text(text.to_owned()));
        }
    }
}

fn run_length(text: &str, byte: u8) -> usize {
    let length = text.bytes().take_while(|&next| next == byte).count();
    steps::count(length);
    length
}

fn leading_spaces(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

fn backtick_runs(text: &str) -> Vec<(usize, Option<usize>)> {
    let mut runs = Vec::new();
    let mut position = 0;
    while let Some(offset) = text[position..].find('`') {
        let start = position + offset;
        let length = run_length(&text[start..], b'`');
        runs.push((start, length));
        position = start + length;
    }
    steps::count(text.len());
    // From the end: the last place of each length seen so far. There are few different lengths.
    let mut last: Vec<(usize, usize)> = Vec::new();
    let mut found: Vec<_> = runs
        .into_iter()
        .rev()
        .map(|(start, length)| {
            let next = match last.iter_mut().find(|(known, _)| *known == length) {
                Some((_, place)) => Some(std::mem::replace(place, start)),
                None => {
                    last.push((length, start));
                    None
                }
            };
            (start, next)
        })
        .collect();
    found.reverse();
    found
}
