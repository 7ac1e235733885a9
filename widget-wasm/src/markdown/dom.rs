//! Markdown's nodes in the browser's document.

use super::{
    Tree,
    node::{Align, Kind},
};
use web_sys::wasm_bindgen::JsCast;
use web_sys::{Document, Element, Node, Text};

/// Makes DOM nodes. Text goes in as text nodes, never as HTML, and every name of an element or attribute is one of
/// those written here.
pub struct Dom {
    document: Document,
    copy_label: String,
}

impl Dom {
    /// Makes nodes of `document`; `copy_label` is the text of the button on code blocks.
    pub fn new(document: Document, copy_label: &str) -> Self {
        Self { document, copy_label: copy_label.to_owned() }
    }

    fn make(&self, name: &'static str, class: &str) -> Element {
        let element = self.document.create_element(name).expect("the name of an HTML element is valid");
        if !class.is_empty() {
            element.set_class_name(class);
        }
        element
    }

    /// A block of prose: its direction is that of its first letter.
    fn prose(&self, name: &'static str) -> Element {
        set(self.make(name, ""), "dir", "auto")
    }

    /// An element in a box that scrolls sideways, and so has to be reachable with the keyboard.
    fn scrolling(&self, class: &'static str, name: &'static str) -> (Element, Element) {
        let scroller = set(self.make("div", class), "tabindex", "0");
        let inner = self.make(name, "");
        push(&scroller, &inner);
        (scroller, inner)
    }

    fn code_block(&self, language: Option<&str>) -> (Element, Element) {
        let block = self.make("div", "code");
        let head = self.make("div", "code-head");
        let name = self.make("span", "code-language");
        name.set_text_content(language);
        let button = set(set(self.make("button", ""), "type", "button"), "data-copy", "");
        button.set_text_content(Some(&self.copy_label));
        push(&head, &name);
        push(&head, &button);
        push(&block, &head);
        let scroller = set(set(self.make("pre", ""), "tabindex", "0"), "dir", "ltr");
        let code = self.make("code", &language.map(|name| format!("language-{name}")).unwrap_or_default());
        push(&scroller, &code);
        push(&block, &scroller);
        (block, code)
    }
}

impl Tree for Dom {
    type Node = Node;

    fn text(&self, text: &str) -> Node {
        self.document.create_text_node(text).into()
    }

    fn element(&self, kind: &Kind) -> (Node, Node) {
        let one = match kind {
            // The style sheet turns each paragraph as its first letter says. With a `dir` of its own it would not count
            // for the list or the quote around it, whose marks would stand on the wrong side.
            Kind::Paragraph => self.make("p", ""),
            // All of one rank below the chat's title: models skip ranks as they like, and an outline with gaps misleads
            // whoever moves about by headings.
            Kind::Heading(1) => set(self.prose("h3"), "class", "level-1"),
            Kind::Heading(2) => set(self.prose("h3"), "class", "level-2"),
            Kind::Heading(_) => self.prose("h3"),
            Kind::Quote => self.prose("blockquote"),
            Kind::List { start: None, .. } => set(self.prose("ul"), "class", class_of(kind)),
            Kind::List { start: Some(start), .. } => {
                set(set(self.prose("ol"), "class", class_of(kind)), "start", &start.to_string())
            }
            Kind::Item { .. } => self.make("li", class_of(kind)),
            Kind::Tick(is_ticked) => {
                let tick = self.make("span", "task");
                tick.set_text_content(Some(if *is_ticked { "☑ " } else { "☐ " }));
                tick
            }
            Kind::Rule => self.make("hr", ""),
            Kind::TableHead => self.make("thead", ""),
            Kind::TableBody => self.make("tbody", ""),
            Kind::Row => self.make("tr", ""),
            Kind::Cell { head: true, .. } => set(set(self.make("th", class_of(kind)), "scope", "col"), "dir", "auto"),
            Kind::Cell { .. } => set(self.make("td", class_of(kind)), "dir", "auto"),
            Kind::Emphasis => self.make("em", ""),
            Kind::Strong => self.make("strong", ""),
            Kind::Strike => self.make("del", ""),
            Kind::Code => self.make("code", ""),
            Kind::Break => self.make("br", ""),
            Kind::Link(href) => {
                let link = set(self.make("a", ""), "href", href.as_str());
                set(set(link, "target", "_blank"), "rel", "noopener noreferrer nofollow")
            }
            Kind::CodeBlock(language) => {
                let (outer, inner) = self.code_block(language.as_ref().map(|language| language.as_str()));
                return (outer.into(), inner.into());
            }
            Kind::Table => {
                let (outer, inner) = self.scrolling("table", "table");
                return (outer.into(), inner.into());
            }
        };
        let node: Node = one.into();
        (node.clone(), node)
    }

    fn restyle(&self, element: &Node, kind: &Kind) {
        if let Some(element) = element.dyn_ref::<Element>() {
            element.set_class_name(class_of(kind));
        }
    }

    fn append(&self, parent: &Node, child: &Node) {
        push(parent, child);
    }

    fn replace(&self, parent: &Node, old: &Node, new: &Node) {
        // Fails only if `old` is no child of `parent`, which the renderer alone changes.
        let _ = parent.replace_child(new, old);
    }

    fn remove(&self, parent: &Node, child: &Node) {
        // As above.
        let _ = parent.remove_child(child);
    }

    fn append_text(&self, node: &Node, more: &str) {
        if let Some(text) = node.dyn_ref::<Text>() {
            // Appending cannot exceed the text's length.
            let _ = text.append_data(more);
        }
    }

    fn set_text(&self, node: &Node, text: &str) {
        node.set_node_value(Some(text));
    }
}

fn set(element: Element, name: &'static str, value: &str) -> Element {
    // Every name here is a valid one.
    let _ = element.set_attribute(name, value);
    element
}

fn push(parent: &Node, child: &Node) {
    // Fails only when `child` contains `parent`, which a new node cannot.
    let _ = parent.append_child(child);
}

fn class_of(kind: &Kind) -> &'static str {
    match kind {
        Kind::List { tight: true, .. } => "tight",
        Kind::Item { task: true } => "task-item",
        Kind::Cell { align: Align::Left, .. } => "left",
        Kind::Cell { align: Align::Center, .. } => "center",
        Kind::Cell { align: Align::Right, .. } => "right",
        _ => "",
    }
}
