//! Blocks: paragraphs, lists, quotations, code, tables.
//!
//! Lines go in one by one, as in CommonMark's own description: containers that a line continues, new blocks that it
//! begins, then its text. What is complete becomes a [`Node`] at once and is never looked at again, so that a growing
//! text costs no more than its growth. Link definitions and raw HTML are text here: neither may change or hide what
//! was already shown.

use super::{
    Progress, inline,
    line::{self, Line},
    node::{Align, Kind, Language, Node},
    table,
};
use std::rc::Rc;

/// Containers inside containers; deeper marks are text. A list counts twice, with its item.
const MAX_DEPTH: usize = 24;

/// The part of a document that is not complete.
#[derive(Clone, Debug)]
pub(super) struct OpenBlocks {
    containers: Vec<Container>,
    leaf: Leaf,
    /// The last line was blank, which may put space between the items of a list.
    after_blank: bool,
    progress: Progress,
}

#[derive(Clone, Debug)]
struct Container {
    sort: Sort,
    children: Vec<Rc<Node>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Quote,
    List {
        mark: u8,
        start: Option<u32>,
        tight: bool,
    },
    Item {
        /// Columns of white space that a line of it begins with.
        indent: usize,
        task: bool,
    },
}

/// The innermost open block.
#[derive(Clone, Debug)]
enum Leaf {
    None,
    Paragraph(String),
    Fence {
        mark: u8,
        length: usize,
        indent: usize,
        language: Option<Language>,
        text: String,
    },
    /// `blank_end`: where blank lines begin that end the text so far.
    Indented {
        text: String,
        blank_end: usize,
    },
    Table {
        aligns: Vec<Align>,
        head: Rc<Node>,
        rows: Vec<Rc<Node>>,
    },
}

impl OpenBlocks {
    pub fn new() -> Self {
        Self { containers: Vec::new(), leaf: Leaf::None, after_blank: false, progress: Progress::Finished }
    }

    /// The nodes that would complete the document if it ended with this unfinished line.
    pub fn preview(&self, last_line: &str, progress: Progress) -> Vec<Rc<Node>> {
        let mut end = self.clone();
        let mut nodes = Vec::new();
        end.progress = progress;
        let fence = match end.leaf {
            Leaf::Fence { mark, .. } => Some(mark),
            _ => None,
        };
        let is_held = progress == Progress::Streaming && line::is_ambiguous(last_line, fence);
        if !is_held && !last_line.is_empty() {
            end.line(last_line, &mut nodes);
        }
        if progress == Progress::Streaming
            && matches!(&end.leaf, Leaf::Paragraph(text) if text.starts_with('|') && !text.trim_end().contains('\n'))
        {
            // The head of a table, most likely.
            end.leaf = Leaf::None;
        }
        end.close_to(0, &mut nodes);
        nodes
    }

    /// Takes a whole line, and appends to `document` what it completed.
    pub fn line(&mut self, text: &str, document: &mut Vec<Rc<Node>>) {
        let mut line = Line::new(text);
        let after_blank = std::mem::take(&mut self.after_blank);
        let mut matched = self.continued(&mut line);
        let mut is_new = false;
        if matched == self.containers.len() && self.continue_code(&mut line, document) {
            return;
        }
        while !line.is_blank() {
            let in_paragraph = matches!(self.leaf, Leaf::Paragraph(_)) && !is_new;
            if line.indent() >= 4 {
                if in_paragraph {
                    break;
                }
                line.skip_columns(4);
                let mut code = String::new();
                line.push_to(&mut code);
                self.begin_block(matched, after_blank, document);
                self.leaf = Leaf::Indented { blank_end: code.len(), text: code + "\n" };
                return;
            }
            let interrupts = in_paragraph && matched == self.containers.len();
            let has_room = matched + 2 <= MAX_DEPTH;
            let rest = line.text();
            if has_room && rest.starts_with('>') {
                line.skip_quote_mark();
                self.begin_block(matched, after_blank && !is_new, document);
                self.containers.push(Container { sort: Sort::Quote, children: Vec::new() });
            } else if let Some((level, text)) = line::heading(rest) {
                self.begin_block(matched, after_blank && !is_new, document);
                let content = inline::parse(text, self.progress);
                return self.add(Node::new(Kind::Heading(level), content), document);
            } else if let Some((mark, length, info)) = line::fence(rest) {
                let (indent, language) = (line.indent(), Language::parse(info));
                self.begin_block(matched, after_blank && !is_new, document);
                self.leaf = Leaf::Fence { mark, length, indent, language, text: String::new() };
                return;
            } else if interrupts && (self.underlined(rest, document) || self.begin_table(rest, document)) {
                return;
            } else if line::is_rule(rest) {
                self.begin_block(matched, after_blank && !is_new, document);
                return self.add(Node::new(Kind::Rule, Vec::new()), document);
            } else if let Some(mark) = line::item_mark(rest).filter(|mark| {
                let is_empty = rest[mark.width..].trim().is_empty();
                has_room && !(interrupts && (is_empty || mark.number.is_some_and(|number| number != 1)))
            }) {
                self.begin_item(&mut line, mark, matched, after_blank && !is_new, document);
            } else {
                break;
            }
            matched = self.containers.len();
            is_new = true;
        }
        self.text(&line, matched, is_new, after_blank, document);
    }

    /// How many of the open containers this line continues.
    fn continued(&self, line: &mut Line<'_>) -> usize {
        for (index, container) in self.containers.iter().enumerate() {
            let continues = match container.sort {
                Sort::Quote => line.skip_quote_mark(),
                Sort::List { .. } => true,
                Sort::Item { indent, .. } if line.is_blank() => {
                    // An item may begin with one blank line, not with two.
                    let is_last = index + 1 == self.containers.len();
                    line.skip_columns(indent);
                    !(is_last && container.children.is_empty() && matches!(self.leaf, Leaf::None))
                }
                Sort::Item { indent, .. } => {
                    let continues = line.indent() >= indent;
                    if continues {
                        line.skip_columns(indent);
                    }
                    continues
                }
            };
            if !continues {
                return index;
            }
        }
        self.containers.len()
    }

    /// A line inside a code block. False if it is none, or ends the block without being part of it.
    fn continue_code(&mut self, line: &mut Line<'_>, document: &mut Vec<Rc<Node>>) -> bool {
        match &mut self.leaf {
            Leaf::Fence { mark, length, indent, text, .. } => {
                let rest = line.text();
                let marks = rest.bytes().take_while(|byte| byte == mark).count();
                if line.indent() < 4 && marks >= *length && rest[marks..].trim().is_empty() {
                    self.close_leaf(document);
                } else {
                    line.skip_columns((*indent).min(line.indent()));
                    line.push_to(text);
                    text.push('\n');
                }
                true
            }
            Leaf::Indented { text, blank_end } if line.is_blank() || line.indent() >= 4 => {
                let is_blank = line.is_blank();
                line.skip_columns(4);
                line.push_to(text);
                if !is_blank {
                    *blank_end = text.len();
                }
                text.push('\n');
                self.after_blank = is_blank;
                true
            }
            _ => false,
        }
    }

    /// What is left of a line once no block begins in it.
    fn text(&mut self, line: &Line<'_>, matched: usize, is_new: bool, after_blank: bool, document: &mut Vec<Rc<Node>>) {
        let rest = line.text();
        let is_continued = matched == self.containers.len() && !is_new;
        if rest.is_empty() {
            self.close_to(matched, document);
            self.close_leaf(document);
            let in_quote = self.containers.last().is_some_and(|container| container.sort == Sort::Quote);
            self.after_blank = !in_quote && !is_new;
            return;
        }
        match &mut self.leaf {
            // A paragraph goes on even where the marks of its containers were left out.
            Leaf::Paragraph(text) if !is_new => {
                text.push('\n');
                text.push_str(rest);
            }
            Leaf::Table { aligns, rows, .. } if is_continued => {
                rows.push(table::row(rest, aligns, false, self.progress));
            }
            _ => {
                self.begin_block(matched, after_blank && !is_new, document);
                self.leaf = Leaf::Paragraph(rest.to_owned());
            }
        }
    }

    /// Makes the open paragraph a heading, if this is the line under one.
    fn underlined(&mut self, rest: &str, document: &mut Vec<Rc<Node>>) -> bool {
        let Some(level) = line::underline(rest) else { return false };
        if let Leaf::Paragraph(text) = std::mem::replace(&mut self.leaf, Leaf::None) {
            let content = inline::parse(text.trim_end(), self.progress);
            self.add(Node::new(Kind::Heading(level), content), document);
        }
        true
    }

    /// Makes the last line of the open paragraph the head of a table, if this is a table's second line.
    fn begin_table(&mut self, rest: &str, document: &mut Vec<Rc<Node>>) -> bool {
        let Leaf::Paragraph(text) = &mut self.leaf else { return false };
        let Some(aligns) = table::aligns(rest) else { return false };
        let start = text.rfind('\n').map_or(0, |end| end + 1);
        if table::width(&text[start..]) != aligns.len() {
            return false;
        }
        let head = table::row(&text[start..], &aligns, true, Progress::Finished);
        text.truncate(start);
        self.close_leaf(document);
        self.leaf = Leaf::Table { aligns, head, rows: Vec::new() };
        true
    }

    fn begin_item(
        &mut self,
        line: &mut Line<'_>,
        mark: line::ItemMark,
        matched: usize,
        after_blank: bool,
        document: &mut Vec<Rc<Node>>,
    ) {
        let before = line.indent();
        line.skip_mark(mark.width);
        let space = line.indent();
        // More than four columns are a code block inside; a blank line says nothing about the next ones.
        let space = if line.is_blank() || space > 4 { 1 } else { space };
        line.skip_columns(space);
        self.close_to(matched, document);
        self.close_leaf(document);
        let is_same = matches!(self.containers.last(), Some(Container { sort: Sort::List { mark: sort, .. }, .. }) if *sort == mark.sort);
        if is_same {
            if after_blank {
                self.loosen(self.containers.len() - 1);
            }
        } else {
            self.begin_block(matched, after_blank, document);
            let sort = Sort::List { mark: mark.sort, start: mark.number, tight: true };
            self.containers.push(Container { sort, children: Vec::new() });
        }
        let sort = Sort::Item { indent: before + mark.width + space, task: false };
        self.containers.push(Container { sort, children: Vec::new() });
    }

    /// Closes what a new block is no part of. Space between two blocks of an item makes its list a loose one.
    fn begin_block(&mut self, matched: usize, after_blank: bool, document: &mut Vec<Rc<Node>>) {
        self.close_to(matched, document);
        self.close_leaf(document);
        while matches!(self.containers.last(), Some(Container { sort: Sort::List { .. }, .. })) {
            self.close_to(self.containers.len() - 1, document);
        }
        let depth = self.containers.len();
        let follows = matches!(self.containers.last(), Some(Container { sort: Sort::Item { .. }, children }) if !children.is_empty());
        if after_blank && follows {
            self.loosen(depth - 2);
        }
    }

    fn loosen(&mut self, index: usize) {
        if let Some(Container { sort: Sort::List { tight, .. }, .. }) = self.containers.get_mut(index) {
            *tight = false;
        }
    }

    /// Closes all containers but the outermost `depth` ones.
    fn close_to(&mut self, depth: usize, document: &mut Vec<Rc<Node>>) {
        while self.containers.len() > depth {
            self.close_leaf(document);
            if let Some(container) = self.containers.pop() {
                let kind = match container.sort {
                    Sort::Quote => Kind::Quote,
                    Sort::List { start, tight, .. } => Kind::List { start, tight },
                    Sort::Item { task, .. } => Kind::Item { task },
                };
                self.add(Node::new(kind, container.children), document);
            }
        }
        if depth == 0 {
            self.close_leaf(document);
        }
    }

    fn close_leaf(&mut self, document: &mut Vec<Rc<Node>>) {
        let node = match std::mem::replace(&mut self.leaf, Leaf::None) {
            Leaf::None => return,
            Leaf::Paragraph(text) => match self.paragraph(text.trim_end()) {
                Some(node) => node,
                None => return,
            },
            Leaf::Fence { language, text, .. } => code_block(language, text.strip_suffix('\n').unwrap_or(&text)),
            Leaf::Indented { text, blank_end } => code_block(None, &text[..blank_end]),
            Leaf::Table { head, rows, .. } => {
                let mut parts = vec![Node::new(Kind::TableHead, vec![head])];
                if !rows.is_empty() {
                    parts.push(Node::new(Kind::TableBody, rows));
                }
                Node::new(Kind::Table, parts)
            }
        };
        self.add(node, document);
    }

    fn paragraph(&mut self, text: &str) -> Option<Rc<Node>> {
        let mut text = text;
        let mut content = Vec::new();
        if let Some(Container { sort: Sort::Item { task, .. }, children }) = self.containers.last_mut()
            && children.is_empty()
            && let Some((box_, rest)) = text.split_at_checked(4)
            && let Some(is_ticked) = match box_ {
                "[ ] " => Some(false),
                "[x] " | "[X] " => Some(true),
                _ => None,
            }
        {
            *task = true;
            text = rest;
            content = vec![Node::new(Kind::Tick(is_ticked), Vec::new())];
        }
        content.extend(inline::parse(text, self.progress));
        (!content.is_empty()).then(|| Node::new(Kind::Paragraph, content))
    }

    fn add(&mut self, node: Rc<Node>, document: &mut Vec<Rc<Node>>) {
        match self.containers.last_mut() {
            Some(container) => container.children.push(node),
            None => document.push(node),
        }
    }
}

fn code_block(language: Option<Language>, text: &str) -> Rc<Node> {
    let content = if text.is_empty() { Vec::new() } else { vec![Node::text(text)] };
    Node::new(Kind::CodeBlock(language), content)
}
