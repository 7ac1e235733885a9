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
//! What it makes, for the style sheet: `p`, `h3`…`h6` (level 1 is `h3`), `blockquote`, `ul`/`ol` (class `tight`
//! when its paragraphs need no gaps), `li`, `span.task` (☐ or ☑), `hr`, `a`, `em`, `strong`, `del`, `code`, `br`,
//! `div.code > div.code-head > (span.code-language + button[data-copy]) , pre[tabindex=0] > code.language-x`, and
//! `div.table[tabindex=0] > table > thead/tbody > tr > th/td` (classes `left`, `center`, `right`). Blocks of prose
//! have `dir="auto"`. For the copy buttons bind one `click` listener on the list of messages: from the
//! `[data-copy]` that was hit, `closest("div.code")`, its `code` element's `textContent` is the text to copy.

mod dom;
mod href;
mod node;
mod render;

pub use dom::Dom;
pub use href::Href;
pub use node::{Align, Element, Kind, Language, Node, parse};
pub use render::{Renderer, Tree};

/// Whether more text may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// More may follow: what is ambiguous at the very end is held back or closed for now, so that nothing flickers.
    Streaming,
    /// This is all.
    Finished,
}
