//! Markdown from a model, which is hostile input, as DOM nodes.
//!
//! [`parse`] makes a tree of [`Node`]s whose types can say nothing dangerous: no raw HTML, no
//! attribute but a link's [`Href`] (http, https, mailto), a code block's language, a list's start and
//! a column's alignment. [`Renderer`] keeps a parent node equal to that tree while the text grows: what
//! is finished is neither parsed nor touched again.
//!
//! ```ignore
//! let mut renderer = Renderer::new(Dom::new(document, "Copy"), container);
//! renderer.update(&text_so_far, Progress::Streaming);   // as often as once per animation frame
//! renderer.update(&whole_text, Progress::Finished);
//! ```
//!
//! What it makes, for the style sheet: `p`, `h3` (class `level-1` or `level-2`), `blockquote`, `ul`/`ol` (class `tight`
//! when its paragraphs need no gaps), `li` (class `task-item` when its paragraph begins with a `span.task`, ☐ or ☑), `hr`, `a`,
//! `em`, `strong`, `del`, `code`, `br`, `div.code > (div.code-head > (span.code-language + button[data-copy])) +
//! (pre[tabindex=0] > code.language-x)`, and `div.table[tabindex=0] > table > thead/tbody > tr > th/td` (classes `left`,
//! `center`, `right`). Headings, quotes, lists and cells have `dir="auto"`. A line feed in a text is one that the author made in passing;
//! `white-space: pre-line` on `p` shows it. For the copy buttons bind one `click` listener on the list of messages: from
//! the `[data-copy]` that was hit, `closest("div.code")`, its `code` element's `textContent` is the text to copy.
//!
//! What is read is CommonMark with GitHub's tables, task lists, `~~`strikethrough`~~` and bare addresses, without link
//! definitions (they would change what was already shown) and without HTML, which is shown as the text it is, but for
//! `<br>`. An image becomes a link with its description: loading it would tell its host who reads.

#[cfg(test)]
mod attack_tests;
mod block;
mod delimiter;
mod document;
mod dom;
mod entity;
#[cfg(test)]
mod growth_tests;
mod href;
#[cfg(test)]
mod html;
mod inline;
mod line;
mod link;
mod node;
mod render;
mod steps;
#[cfg(test)]
mod syntax_tests;
mod table;
mod tree;

pub use dom::Dom;
pub use href::Href;
pub use node::{Align, Element, Kind, Language, Node};
pub use render::{Renderer, Tree};

use std::rc::Rc;

/// Reads a whole document.
pub fn parse(text: &str, progress: Progress) -> Vec<Rc<Node>> {
    let mut document = document::Document::new();
    let reading = document.update(text, progress);
    let tail = reading.tail;
    document.into_complete().into_iter().chain(tail).collect()
}

/// Whether more text may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// More may follow: what is ambiguous at the very end is held back or closed for now, so that nothing flickers.
    Streaming,
    /// This is all.
    Finished,
}
