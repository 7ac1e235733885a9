//! A tree as text, for tests: like HTML, so that expectations are easy to read and to compare with CommonMark's.

use super::{
    node::{Align, Kind, Node},
    render::Tree,
};
use std::{cell::RefCell, fmt::Write, rc::Rc};

/// Writes `nodes` as CommonMark's own examples are written.
pub(super) fn html(nodes: &[Rc<Node>]) -> String {
    let mut out = String::new();
    write(nodes, false, &mut out);
    out
}

fn write(nodes: &[Rc<Node>], tight: bool, out: &mut String) {
    for node in nodes {
        match &**node {
            Node::Text(text) => out.push_str(&escape(text)),
            Node::Element(element) => {
                let children = &element.children;
                let (open, close) = tags(&element.kind);
                let is_tight = matches!(element.kind, Kind::List { tight: true, .. });
                match element.kind {
                    Kind::Paragraph if tight => write(children, false, out),
                    Kind::Item { .. } => {
                        out.push_str(&open);
                        write(children, tight, out);
                        out.push_str(&close);
                    }
                    _ => {
                        out.push_str(&open);
                        write(children, is_tight, out);
                        out.push_str(&close);
                    }
                }
            }
        }
    }
}

fn tags(kind: &Kind) -> (String, String) {
    let both = |name: &str| (format!("<{name}>"), format!("</{name}>"));
    match kind {
        Kind::Paragraph => both("p"),
        Kind::Heading(level) => both(&format!("h{level}")),
        Kind::Quote => both("blockquote"),
        Kind::List { start: None, .. } => both("ul"),
        Kind::List { start: Some(1), .. } => both("ol"),
        Kind::List { start: Some(start), .. } => (format!("<ol start=\"{start}\">"), "</ol>".into()),
        Kind::Item { .. } => both("li"),
        Kind::Tick(true) => ("☑ ".into(), String::new()),
        Kind::Tick(false) => ("☐ ".into(), String::new()),
        Kind::CodeBlock(None) => ("<pre><code>".into(), "</code></pre>".into()),
        Kind::CodeBlock(Some(language)) => {
            (format!("<pre><code class=\"language-{}\">", language.as_str()), "</code></pre>".into())
        }
        Kind::Rule => ("<hr />".into(), String::new()),
        Kind::Table => both("table"),
        Kind::TableHead => both("thead"),
        Kind::TableBody => both("tbody"),
        Kind::Row => both("tr"),
        Kind::Cell { head, align } => {
            let name = if *head { "th" } else { "td" };
            let align = match align {
                Align::Start => "",
                Align::Left => " align=\"left\"",
                Align::Center => " align=\"center\"",
                Align::Right => " align=\"right\"",
            };
            (format!("<{name}{align}>"), format!("</{name}>"))
        }
        Kind::Emphasis => both("em"),
        Kind::Strong => both("strong"),
        Kind::Strike => both("del"),
        Kind::Code => both("code"),
        Kind::Link(href) => (format!("<a href=\"{}\">", escape(href.as_str())), "</a>".into()),
        Kind::Break => ("<br />".into(), String::new()),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A model of the browser's document that writes itself as text.
#[derive(Default)]
pub(super) struct Page {
    /// Nodes made so far.
    pub made: RefCell<usize>,
}

/// A node of a [`Page`].
pub(super) type PageNode = Rc<RefCell<PageContent>>;

#[derive(Debug)]
pub(super) enum PageContent {
    Text(String),
    Element(String, Vec<PageNode>),
}

/// Writes what is in `parent`.
pub(super) fn page_html(parent: &PageNode) -> String {
    let mut out = String::new();
    write_page(parent, &mut out);
    out
}

fn write_page(node: &PageNode, out: &mut String) {
    match &*node.borrow() {
        PageContent::Text(text) => write!(out, "{text:?}").expect("writing to a string"),
        PageContent::Element(name, children) => {
            write!(out, "<{name}>").expect("writing to a string");
            children.iter().for_each(|child| write_page(child, out));
            out.push_str("</>");
        }
    }
}

impl Page {
    fn make(&self, content: PageContent) -> PageNode {
        *self.made.borrow_mut() += 1;
        Rc::new(RefCell::new(content))
    }
}

impl Tree for Rc<Page> {
    type Node = PageNode;

    fn text(&self, text: &str) -> PageNode {
        self.make(PageContent::Text(text.into()))
    }

    fn element(&self, kind: &Kind) -> (PageNode, PageNode) {
        let node = self.make(PageContent::Element(format!("{kind:?}"), Vec::new()));
        (node.clone(), node)
    }

    fn restyle(&self, element: &PageNode, kind: &Kind) {
        if let PageContent::Element(name, _) = &mut *element.borrow_mut() {
            *name = format!("{kind:?}");
        }
    }

    fn append(&self, parent: &PageNode, child: &PageNode) {
        let PageContent::Element(_, children) = &mut *parent.borrow_mut() else { panic!("a text has no children") };
        children.push(child.clone());
    }

    fn replace(&self, parent: &PageNode, old: &PageNode, new: &PageNode) {
        let PageContent::Element(_, children) = &mut *parent.borrow_mut() else { panic!("a text has no children") };
        let old = children.iter_mut().find(|child| Rc::ptr_eq(child, old)).expect("it is a child");
        *old = new.clone();
    }

    fn remove(&self, parent: &PageNode, child: &PageNode) {
        let PageContent::Element(_, children) = &mut *parent.borrow_mut() else { panic!("a text has no children") };
        let index = children.iter().position(|other| Rc::ptr_eq(other, child)).expect("it is a child");
        children.remove(index);
    }

    fn append_text(&self, node: &PageNode, more: &str) {
        let PageContent::Text(text) = &mut *node.borrow_mut() else { panic!("it is no text") };
        text.push_str(more);
    }

    fn set_text(&self, node: &PageNode, new: &str) {
        let PageContent::Text(text) = &mut *node.borrow_mut() else { panic!("it is no text") };
        new.clone_into(text);
    }
}
