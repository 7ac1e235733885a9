//! Addresses in a text: after a label, in angle brackets, and bare.

use super::{Href, entity, steps};

/// Parentheses inside an address go no deeper.
const MAX_PARENTHESES: usize = 32;

/// What follows a label in brackets.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tail {
    /// `(address)` or `(address "title")`; a title is read and left out.
    Complete {
        /// The address, with escapes and references resolved, not yet checked.
        address: String,
        /// Where the text goes on.
        end: usize,
    },
    /// It may become one, but the text ends.
    CutOff,
    /// It is none.
    None,
}

/// Reads what follows a label that ends before `position`.
pub(super) fn tail(text: &str, position: usize) -> Tail {
    let rest = &text[position..];
    let Some(rest) = rest.strip_prefix('(') else { return Tail::None };
    let rest = rest.trim_start();
    let (raw, rest) = match rest.strip_prefix('<') {
        Some(inside) => match inside.find(['>', '<', '\n']) {
            Some(end) if inside[end..].starts_with('>') => (&inside[..end], &inside[end + 1..]),
            Some(_) => return Tail::None,
            None => return Tail::CutOff,
        },
        None => match raw_end(rest) {
            Some(end) => rest.split_at(end),
            None => return Tail::None,
        },
    };
    let after = rest.trim_start();
    let after = match after.chars().next() {
        Some(quote @ ('"' | '\'')) if after.len() < rest.len() => match after[1..].find(quote) {
            Some(end) => after[end + 2..].trim_start(),
            None => return Tail::CutOff,
        },
        Some(')') => after,
        Some(_) => return Tail::None,
        None => return Tail::CutOff,
    };
    let end = text.len() - after.len();
    steps::count(end - position);
    match after.chars().next() {
        Some(')') => Tail::Complete { address: unescape(raw), end: end + 1 },
        Some(_) => Tail::None,
        None => Tail::CutOff,
    }
}

/// The address in `<…>`, from what is between the brackets.
pub(super) fn autolink(inside: &str) -> Option<Href> {
    Href::parse(inside).or_else(|| {
        let (name, host) = inside.split_once('@')?;
        let is_part = |symbol: char| symbol.is_ascii_alphanumeric() || ".+-_".contains(symbol);
        let is_mail = !name.is_empty() && host.contains('.') && name.chars().chain(host.chars()).all(is_part);
        is_mail.then(|| Href::parse(&format!("mailto:{inside}")))?
    })
}

/// Whether an address without brackets may begin here.
pub(super) fn begins_bare(text: &str, position: usize) -> bool {
    let rest = text.as_bytes()[position..].get(..8).unwrap_or(&text.as_bytes()[position..]);
    let begins = |scheme: &[u8]| rest.len() >= scheme.len() && rest[..scheme.len()].eq_ignore_ascii_case(scheme);
    let is_boundary = |before: char| before.is_whitespace() || !before.is_ascii() || "(*_~\"'[<>,;:|!".contains(before);
    (begins(b"http://") || begins(b"https://") || begins(b"www."))
        && text[..position].chars().next_back().is_none_or(is_boundary)
}

/// How far an address without brackets can reach.
pub(super) fn bare_reach(text: &str) -> usize {
    let ends = |symbol: char| {
        symbol.is_whitespace()
            || "<>\"`|[]{}\\^".contains(symbol)
            || matches!(symbol, '\u{2018}'..='\u{201f}' | '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}')
    };
    text.find(ends).unwrap_or(text.len())
}

/// The address that `text` begins with and how long it is, without the punctuation of the sentence around it.
pub(super) fn bare(text: &str) -> Option<(Href, usize)> {
    let mut unclosed = 0_isize;
    for byte in text.bytes() {
        unclosed += isize::from(byte == b'(') - isize::from(byte == b')');
    }
    let mut end = text.len();
    while let Some(last) = text[..end].chars().next_back() {
        match last {
            ')' if unclosed < 0 => unclosed += 1,
            '?' | '!' | '.' | ',' | ':' | ';' | '*' | '_' | '~' | '\'' | '&' => {}
            _ => break,
        }
        end -= last.len_utf8();
    }
    let text = &text[..end];
    let href = if text.as_bytes().first().is_some_and(|first| first.eq_ignore_ascii_case(&b'w')) {
        text.get(4..).filter(|host| host.contains('.')).and_then(|_| Href::parse(&format!("https://{text}")))
    } else {
        Href::parse(text)
    };
    Some((href?, end))
}

/// Where an address without `<>` ends: at a space or at the parenthesis that ends the link.
fn raw_end(text: &str) -> Option<usize> {
    let mut depth = 0;
    let mut is_escaped = false;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'(' if depth == MAX_PARENTHESES => return None,
            b'(' => depth += 1,
            b')' if depth == 0 => return Some(index),
            b')' => depth -= 1,
            0..=b' ' | 0x7f => return (depth == 0).then_some(index),
            _ => {}
        }
        steps::count(1);
    }
    Some(text.len())
}

/// Resolves backslashes and character references.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(index) = rest.find(['\\', '&']) {
        out.push_str(&rest[..index]);
        let (mark, after) = rest[index..].split_at(1);
        rest = after;
        if mark == "&" {
            match entity::decode(after, &mut out) {
                Some(length) => rest = &after[length..],
                None => out.push('&'),
            }
        } else if !after.starts_with(|next: char| next.is_ascii_punctuation()) {
            out.push('\\');
        } else {
            // The next symbol stands for itself, even if it is a `\` or `&`.
            out.push_str(&after[..1]);
            rest = &after[1..];
        }
    }
    out.push_str(rest);
    out
}
