//! Pieces of a line become a tree.

use super::{
    Href,
    delimiter::{Delimiters, Mark},
    node::{Kind, Node},
};
use std::rc::Rc;

/// Deeper emphasis is not shown.
const MAX_DEPTH: usize = 12;

/// A part of a line.
#[derive(Debug)]
pub(super) enum Piece {
    /// Text.
    Text(String),
    /// Something complete.
    Node(Rc<Node>),
    /// A link with what is in it. Inside another link only that counts.
    Link(Href, Vec<Rc<Node>>),
    /// A run of `*`, `_` or `~`, by its place among the [`Delimiters`].
    Run(usize),
}

/// The tree of `pieces`, once their runs are matched.
pub(super) fn build(pieces: Vec<Piece>, runs: &Delimiters, inside_link: bool) -> Vec<Rc<Node>> {
    let mut tree = Tree { levels: vec![(None, Vec::new())], too_deep: 0 };
    for piece in pieces {
        match piece {
            Piece::Text(text) => tree.text(&text),
            Piece::Node(node) => tree.top().push(node),
            Piece::Link(_, children) if inside_link => tree.nodes(children),
            Piece::Link(href, mut children) => {
                // A link without a word is nothing to click on, nor to read out.
                if children.is_empty() {
                    children.push(Node::text(href.as_str()));
                }
                tree.top().push(Node::new(Kind::Link(href), children));
            }
            Piece::Run(index) => {
                let run = runs.get(index);
                (0..run.closes).for_each(|_| tree.close());
                (0..run.left).for_each(|_| {
                    tree.text(match run.byte {
                        b'*' => "*",
                        b'_' => "_",
                        _ => "~",
                    })
                });
                run.opens.iter().rev().for_each(|&mark| tree.open(mark));
            }
        }
    }
    while tree.levels.len() > 1 {
        tree.close();
    }
    tree.levels.pop().map(|(_, nodes)| nodes).unwrap_or_default()
}

struct Tree {
    levels: Vec<(Option<Mark>, Vec<Rc<Node>>)>,
    too_deep: usize,
}

impl Tree {
    fn top(&mut self) -> &mut Vec<Rc<Node>> {
        let last = self.levels.len() - 1;
        &mut self.levels[last].1
    }

    fn nodes(&mut self, nodes: Vec<Rc<Node>>) {
        for node in nodes {
            match &*node {
                Node::Text(text) => self.text(text),
                Node::Element(_) => self.top().push(node),
            }
        }
    }

    /// Text beside text becomes one text.
    fn text(&mut self, text: &str) {
        let nodes = self.top();
        if let Some(Node::Text(last)) = nodes.last_mut().and_then(Rc::get_mut) {
            last.push_str(text);
        } else if !text.is_empty() {
            nodes.push(Node::text(text));
        }
    }

    fn open(&mut self, mark: Mark) {
        if self.levels.len() > MAX_DEPTH {
            self.too_deep += 1;
        } else {
            self.levels.push((Some(mark), Vec::new()));
        }
    }

    fn close(&mut self) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
        } else if self.levels.len() > 1
            && let Some((Some(mark), nodes)) = self.levels.pop()
        {
            self.top().push(Node::new(mark.kind(), nodes));
        }
    }
}
