//! One line, read from its left: indentation and the marks that blocks begin with.

use super::steps;

/// The rest of a line. A tab reaches to the next multiple of four columns, and can be taken in part.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    rest: &'a str,
    column: usize,
    /// Columns left of a tab that was taken in part.
    spare: usize,
}

/// The mark of a list's item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ItemMark {
    /// `-`, `+`, `*`, `.` or `)`: another one begins another list.
    pub sort: u8,
    /// The number, if it has one.
    pub number: Option<u32>,
    /// How many bytes it is wide.
    pub width: usize,
}

impl<'a> Line<'a> {
    pub fn new(text: &'a str) -> Self {
        steps::count(text.len());
        Self { rest: text, column: 0, spare: 0 }
    }

    /// How many columns of white space come next.
    pub fn indent(&self) -> usize {
        let mut column = self.column + self.spare;
        for byte in self.rest.bytes() {
            match byte {
                b' ' => column += 1,
                b'\t' => column += 4 - column % 4,
                _ => break,
            }
        }
        column - self.column
    }

    /// What comes after white space.
    pub fn text(&self) -> &'a str {
        self.rest.trim_start_matches([' ', '\t'])
    }

    pub fn is_blank(&self) -> bool {
        self.text().is_empty()
    }

    /// Takes up to this many columns of white space.
    pub fn skip_columns(&mut self, columns: usize) {
        let end = self.column + columns;
        while self.column < end {
            if self.spare > 0 {
                self.spare -= 1;
                self.column += 1;
            } else if let Some(rest) = self.rest.strip_prefix('\t') {
                self.rest = rest;
                self.spare = 4 - self.column % 4;
            } else if let Some(rest) = self.rest.strip_prefix(' ') {
                self.rest = rest;
                self.column += 1;
            } else {
                break;
            }
        }
    }

    /// Takes the white space and then this many bytes, none of them white space.
    pub fn skip_mark(&mut self, width: usize) {
        self.skip_columns(self.indent());
        self.rest = &self.rest[width..];
        self.column += width;
    }

    /// Takes `>` and a space after it.
    pub fn skip_quote_mark(&mut self) -> bool {
        let is_quote = self.indent() < 4 && self.text().starts_with('>');
        if is_quote {
            self.skip_mark(1);
            self.skip_columns(1);
        }
        is_quote
    }

    /// The rest as it stands, with spaces for what is left of a tab.
    pub fn push_to(&self, out: &mut String) {
        (0..self.spare).for_each(|_| out.push(' '));
        out.push_str(self.rest);
    }
}

/// `#` to `######`: the level and the text of a heading.
pub(super) fn heading(text: &str) -> Option<(u8, &str)> {
    let level = text.bytes().take_while(|&byte| byte == b'#').count();
    let rest = &text[level..];
    if !(1..=6).contains(&level) || !(rest.is_empty() || rest.starts_with([' ', '\t'])) {
        return None;
    }
    let rest = rest.trim_matches([' ', '\t']);
    let without = rest.trim_end_matches('#');
    let closes = without.is_empty() || without.ends_with([' ', '\t']);
    Some((level as u8, if closes { without.trim_end_matches([' ', '\t']) } else { rest }))
}

/// The line under a heading: its level.
pub(super) fn underline(text: &str) -> Option<u8> {
    let text = text.trim_end_matches([' ', '\t']);
    let is_all = |mark| !text.is_empty() && text.bytes().all(|byte| byte == mark);
    if is_all(b'=') {
        Some(1)
    } else if is_all(b'-') {
        Some(2)
    } else {
        None
    }
}

/// Three or more `*`, `-` or `_`, and spaces.
pub(super) fn is_rule(text: &str) -> bool {
    let Some(&mark @ (b'*' | b'-' | b'_')) = text.as_bytes().first() else { return false };
    let mut marks = 0;
    for byte in text.bytes() {
        match byte {
            b' ' | b'\t' => {}
            _ if byte == mark => marks += 1,
            _ => return false,
        }
    }
    marks >= 3
}

/// The line that opens a code block: its mark, how many of them, and what follows.
pub(super) fn fence(text: &str) -> Option<(u8, usize, &str)> {
    let &mark @ (b'`' | b'~') = text.as_bytes().first()? else { return None };
    let length = text.bytes().take_while(|&byte| byte == mark).count();
    let info = text[length..].trim_matches([' ', '\t']);
    (length >= 3 && !(mark == b'`' && info.contains('`'))).then_some((mark, length, info))
}

/// The mark that an item begins with.
pub(super) fn item_mark(text: &str) -> Option<ItemMark> {
    let digits = text.bytes().take(10).take_while(u8::is_ascii_digit).count();
    let &sort = text.as_bytes().get(digits)?;
    let number = match (digits, sort) {
        (0, b'-' | b'+' | b'*') => None,
        (1..=9, b'.' | b')') => Some(text[..digits].parse().ok()?),
        _ => return None,
    };
    let rest = &text[digits + 1..];
    let is_mark = rest.is_empty() || rest.starts_with([' ', '\t']);
    is_mark.then_some(ItemMark { sort, number, width: digits + 1 })
}

/// Whether an unfinished last line cannot yet be told: it may turn into something else than it looks like.
pub(super) fn is_ambiguous(line: &str, open_fence: Option<u8>) -> bool {
    let text = line.trim_start_matches([' ', '\t', '>']);
    if let Some(mark) = open_fence {
        return !text.is_empty() && text.bytes().all(|byte| byte == mark);
    }
    let after_marks = text.trim_start_matches(|symbol: char| symbol.is_ascii_digit() || " \t>-+*.)".contains(symbol));
    if after_marks.starts_with("```") || after_marks.starts_with("~~~") {
        return true;
    }
    let rest = text.trim_start_matches(|symbol: char| symbol.is_ascii_digit() || " \t>-+*#=_~`|:.)".contains(symbol));
    rest.is_empty() && line.len() <= 64
}
