//! Keeps nodes of a page equal to the markdown read so far.

use super::{
    Progress,
    document::Document,
    node::{Kind, Node},
};
use std::rc::Rc;

/// Where nodes are made: the browser's document, or a model of it in tests.
pub trait Tree {
    /// A node.
    type Node: Clone;

    /// A text node.
    fn text(&self, text: &str) -> Self::Node;
    /// An element of this kind, and the element in it that holds its children: often the same one.
    fn element(&self, kind: &Kind) -> (Self::Node, Self::Node);
    /// Makes an element look like this kind, which differs from its own in looks only.
    fn restyle(&self, element: &Self::Node, kind: &Kind);
    /// Puts `child` at the end of `parent`.
    fn append(&self, parent: &Self::Node, child: &Self::Node);
    /// Puts `new` in the place of `old`.
    fn replace(&self, parent: &Self::Node, old: &Self::Node, new: &Self::Node);
    /// Takes `child` out.
    fn remove(&self, parent: &Self::Node, child: &Self::Node);
    /// Puts more text at the end of a text node.
    fn append_text(&self, node: &Self::Node, more: &str);
    /// Changes the text of a text node.
    fn set_text(&self, node: &Self::Node, text: &str);
}

/// Renders one answer into one parent node.
pub struct Renderer<T: Tree> {
    tree: T,
    parent: T::Node,
    document: Document,
    shown: Vec<Shown<T::Node>>,
}

/// A node of the document and what shows it.
struct Shown<N> {
    node: Rc<Node>,
    outer: N,
    inner: N,
    children: Vec<Self>,
}

impl<T: Tree> Renderer<T> {
    /// Renders into `parent`, which is empty and nobody else's.
    pub fn new(tree: T, parent: T::Node) -> Self {
        Self { tree, parent, document: Document::new(), shown: Vec::new() }
    }

    /// Makes the parent show `text`, the whole text so far. Text that grew costs the part that grew and the block it
    /// grew in; any other text is read anew, but what looks the same stays.
    pub fn update(&mut self, text: &str, progress: Progress) {
        let reading = self.document.update(text, progress);
        let total = reading.complete.len() + reading.tail.len();
        let new = reading.complete[reading.kept..].iter().chain(&reading.tail);
        for (index, node) in (reading.kept..).zip(new) {
            show(&self.tree, &self.parent, &mut self.shown, index, node);
        }
        drop_after(&self.tree, &self.parent, &mut self.shown, total);
    }
}

/// Makes the child at `index` show `node`.
fn show<T: Tree>(tree: &T, parent: &T::Node, shown: &mut Vec<Shown<T::Node>>, index: usize, node: &Rc<Node>) {
    match shown.get_mut(index) {
        Some(old) if Rc::ptr_eq(&old.node, node) => {}
        Some(old) => {
            if !old.turn_into(tree, node) {
                let new = make(tree, node);
                tree.replace(parent, &old.outer, &new.outer);
                *old = new;
            }
        }
        None => {
            let new = make(tree, node);
            tree.append(parent, &new.outer);
            shown.push(new);
        }
    }
}

fn show_all<T: Tree>(tree: &T, parent: &T::Node, shown: &mut Vec<Shown<T::Node>>, nodes: &[Rc<Node>]) {
    for (index, node) in nodes.iter().enumerate() {
        show(tree, parent, shown, index, node);
    }
    drop_after(tree, parent, shown, nodes.len());
}

fn drop_after<T: Tree>(tree: &T, parent: &T::Node, shown: &mut Vec<Shown<T::Node>>, count: usize) {
    for old in shown.drain(count.min(shown.len())..) {
        tree.remove(parent, &old.outer);
    }
}

fn make<T: Tree>(tree: &T, node: &Rc<Node>) -> Shown<T::Node> {
    let mut children = Vec::new();
    let (outer, inner) = match &**node {
        Node::Text(text) => {
            let text = tree.text(text);
            (text.clone(), text)
        }
        Node::Element(element) => {
            let (outer, inner) = tree.element(&element.kind);
            show_all(tree, &inner, &mut children, &element.children);
            (outer, inner)
        }
    };
    Shown { node: node.clone(), outer, inner, children }
}

impl<N: Clone> Shown<N> {
    /// Shows `node` instead, if that takes no other element.
    fn turn_into<T: Tree<Node = N>>(&mut self, tree: &T, node: &Rc<Node>) -> bool {
        match (&*self.node, &**node) {
            (Node::Text(old), Node::Text(new)) => match new.strip_prefix(old.as_str()) {
                Some("") => {}
                Some(more) => tree.append_text(&self.outer, more),
                None => tree.set_text(&self.outer, new),
            },
            (Node::Element(old), Node::Element(new)) => {
                if old.kind != new.kind {
                    if !differ_in_looks_only(&old.kind, &new.kind) {
                        return false;
                    }
                    tree.restyle(&self.outer, &new.kind);
                }
                show_all(tree, &self.inner, &mut self.children, &new.children);
            }
            _ => return false,
        }
        self.node = node.clone();
        true
    }
}

fn differ_in_looks_only(old: &Kind, new: &Kind) -> bool {
    match (old, new) {
        (Kind::List { start: old, .. }, Kind::List { start: new, .. }) => old == new,
        (Kind::Item { .. }, Kind::Item { .. }) => true,
        _ => false,
    }
}
