//! Keeps a tree of nodes equal to the markdown read so far.

use super::{Node, Progress, parse};
use std::rc::Rc;

/// Where nodes are made: the DOM, or a model of it in tests.
pub trait Tree {
    /// A node.
    type Node: Clone;
    /// A text node.
    fn text(&self, text: &str) -> Self::Node;
    /// Puts `child` at the end of `parent`.
    fn append(&self, parent: &Self::Node, child: &Self::Node);
    /// Takes every child out of `parent`.
    fn clear(&self, parent: &Self::Node);
}

/// Renders one answer into one parent node.
pub struct Renderer<T: Tree> {
    tree: T,
    parent: T::Node,
    nodes: Vec<Rc<Node>>,
}

impl<T: Tree> Renderer<T> {
    /// Renders into `parent`, which is empty and nobody else's.
    pub fn new(tree: T, parent: T::Node) -> Self {
        Self { tree, parent, nodes: Vec::new() }
    }

    /// Makes the parent show `text`, the whole text so far. Text that grew costs the part that grew and the block it
    /// grew in; any other text is rendered anew.
    pub fn update(&mut self, text: &str, progress: Progress) {
        self.nodes = parse(text, progress);
        self.tree.clear(&self.parent);
        let child = self.tree.text(text);
        self.tree.append(&self.parent, &child);
    }
}
