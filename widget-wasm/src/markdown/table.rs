//! Tables.

use super::{
    Progress, inline,
    node::{Align, Kind, Node},
};
use std::rc::Rc;

/// The alignments that the second line of a table gives.
pub(super) fn aligns(line: &str) -> Option<Vec<Align>> {
    let is_line = line.contains('|') && line.contains('-') && line.bytes().all(|byte| b"|:- \t".contains(&byte));
    if !is_line {
        return None;
    }
    cells(line)
        .map(|cell| {
            let dashes = cell.trim_matches(':');
            let is_column = !dashes.is_empty() && dashes.bytes().all(|byte| byte == b'-');
            is_column.then(|| match (cell.starts_with(':'), cell.ends_with(':')) {
                (true, true) => Align::Center,
                (true, false) => Align::Left,
                (false, true) => Align::Right,
                (false, false) => Align::Start,
            })
        })
        .collect()
}

/// How many cells a line has.
pub(super) fn width(line: &str) -> usize {
    cells(line).count()
}

/// A row. Cells beyond the last column are left out; a short row stays short, for a line of many columns and many short
/// rows would otherwise grow beyond all bounds.
pub(super) fn row(line: &str, aligns: &[Align], head: bool, progress: Progress) -> Rc<Node> {
    let cell = |(cell, &align): (&str, &Align)| {
        let text = cell.replace("\\|", "|");
        Node::new(Kind::Cell { head, align }, inline::parse(&text, progress))
    };
    Node::new(Kind::Row, cells(line).zip(aligns).map(cell).collect())
}

/// The trimmed cells of a line.
fn cells(line: &str) -> impl Iterator<Item = &str> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = bar(text);
        rest = end.map(|end| &text[end + 1..]).filter(|rest| !rest.is_empty());
        Some(text[..end.unwrap_or(text.len())].trim())
    })
}

/// The first bar without a backslash before it.
fn bar(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'|' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    })
}
