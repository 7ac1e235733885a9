//! The tree that markdown becomes.

use super::Href;
use std::rc::Rc;

/// A piece of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// Text to be shown as it is. A line feed in it is a line break that the author made in passing.
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
        /// Whether it is a task: then its first paragraph begins with a [`Kind::Tick`].
        task: bool,
    },
    /// The box of a task: ticked or not. It has nothing in it.
    Tick(bool),
    /// Code in lines; its only child is its text.
    CodeBlock(Option<Language>),
    /// A horizontal rule.
    Rule,
    /// A table: a [`Kind::TableHead`], then a [`Kind::TableBody`] if it has rows.
    Table,
    /// The one [`Kind::Row`] with the names of the columns.
    TableHead,
    /// The [`Kind::Row`]s of a table.
    TableBody,
    /// A row of [`Kind::Cell`]s.
    Row,
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
    /// The language that a code block's first line names, if it does.
    pub fn parse(info: &str) -> Option<Self> {
        let is_part = |symbol: char| symbol.is_ascii_alphanumeric() || "+#._-".contains(symbol);
        let end = info.find(|symbol| !is_part(symbol)).unwrap_or(info.len());
        (1..=32).contains(&end).then(|| Self(info[..end].to_owned()))
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Node {
    pub(super) fn new(kind: Kind, children: Vec<Rc<Self>>) -> Rc<Self> {
        Rc::new(Self::Element(Element { kind, children }))
    }

    pub(super) fn text(text: impl Into<String>) -> Rc<Self> {
        Rc::new(Self::Text(text.into()))
    }
}
