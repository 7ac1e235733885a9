//! Markdown's nodes in the browser's document.

use super::Tree;
use web_sys::wasm_bindgen::JsCast;

/// Makes DOM nodes. Text goes in as text nodes, never as HTML.
pub struct Dom {
    document: web_sys::Document,
    copy_label: String,
}

impl Dom {
    /// Makes nodes of `document`; `copy_label` is the text of the button on code blocks.
    pub fn new(document: web_sys::Document, copy_label: &str) -> Self {
        Self { document, copy_label: copy_label.to_owned() }
    }

    /// The text of the button on code blocks.
    pub fn copy_label(&self) -> &str {
        &self.copy_label
    }
}

impl Tree for Dom {
    type Node = web_sys::Node;

    fn text(&self, text: &str) -> Self::Node {
        self.document.create_text_node(text).unchecked_into()
    }

    fn append(&self, parent: &Self::Node, child: &Self::Node) {
        // Fails only when `child` contains `parent`, which a new node cannot.
        let _ = parent.append_child(child);
    }

    fn clear(&self, parent: &Self::Node) {
        parent.set_text_content(None);
    }
}
