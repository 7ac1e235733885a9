//! The tree that markdown becomes.

use super::{Href, Progress};
use std::rc::Rc;

/// A piece of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// Text to be shown as it is.
    Text(String),
    /// Something with pieces inside.
    Element(Element),
}

/// A piece with pieces inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// What it is.
    pub kind: Kind,
    /// What is in it. Finished pieces are shared, not copied, while the text grows.
    pub children: Vec<Rc<Node>>,
}

/// Everything a document can hold: the whole list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A paragraph.
    Paragraph,
    /// A heading, level 1 to 6.
    Heading(u8),
    /// A quotation.
    Quote,
    /// A list of [`Kind::Item`]s.
    List {
        /// The first number, if it is numbered.
        start: Option<u32>,
        /// Whether its items stand close together.
        tight: bool,
    },
    /// An item of a list.
    Item {
        /// Whether it is ticked, if it is a task.
        task: Option<bool>,
    },
    /// Code in lines; its only child is its text.
    CodeBlock(Option<Language>),
    /// A horizontal rule.
    Rule,
    /// A table of [`Kind::Row`]s.
    Table,
    /// A row of [`Kind::Cell`]s.
    Row {
        /// Whether it is the table's head.
        head: bool,
    },
    /// A cell of a table.
    Cell {
        /// Whether it is in the table's head.
        head: bool,
        /// Where its text goes.
        align: Align,
    },
    /// Emphasis.
    Emphasis,
    /// Strong emphasis.
    Strong,
    /// Struck out.
    Strike,
    /// Code in a line.
    Code,
    /// A link.
    Link(Href),
    /// A line break.
    Break,
}

/// Where the text of a column goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// As the text's direction says.
    #[default]
    Start,
    /// Left.
    Left,
    /// Centred.
    Center,
    /// Right.
    Right,
}

/// The language of a code block: letters, digits and `+ # . _ -`, at most 32 of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language(String);

impl Language {
    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Reads a whole document.
pub fn parse(text: &str, progress: Progress) -> Vec<Rc<Node>> {
    let _ = progress;
    vec![Rc::new(Node::Element(Element {
        kind: Kind::Paragraph,
        children: vec![Rc::new(Node::Text(text.to_owned()))],
    }))]
}
