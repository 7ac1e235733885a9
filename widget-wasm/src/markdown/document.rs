//! A document that grows.

use super::{Progress, block::OpenBlocks, node::Node};
use std::rc::Rc;

/// A document as far as it was read.
#[derive(Debug)]
pub(super) struct Document {
    /// The whole lines that were read.
    read: String,
    /// Complete blocks: the same nodes for good, as long as the text only grows.
    complete: Vec<Rc<Node>>,
    open: OpenBlocks,
}

impl Document {
    pub fn new() -> Self {
        Self { read: String::new(), complete: Vec::new(), open: OpenBlocks::new() }
    }

    /// Reads on in `text`, which is the whole text so far. A text that is no continuation of the last one is read from
    /// its beginning.
    pub fn update(&mut self, text: &str, progress: Progress) -> Reading<'_> {
        if !text.starts_with(&self.read) {
            *self = Self::new();
        }
        let kept = self.complete.len();
        let mut rest = &text[self.read.len()..];
        while let Some((line, after)) = rest.split_once('\n') {
            self.open.line(line.strip_suffix('\r').unwrap_or(line), &mut self.complete);
            rest = after;
        }
        self.read.push_str(&text[self.read.len()..text.len() - rest.len()]);
        let tail = self.open.preview(rest.strip_suffix('\r').unwrap_or(rest), progress);
        Reading { kept, complete: &self.complete, tail }
    }

    /// The complete blocks.
    pub fn into_complete(self) -> Vec<Rc<Node>> {
        self.complete
    }
}

/// What a document is after an update: `complete`, then `tail`.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    /// So many of the complete blocks were already complete before.
    pub kept: usize,
    /// Blocks that no further text can change.
    pub complete: &'a [Rc<Node>],
    /// What the unfinished end looks like for now.
    pub tail: Vec<Rc<Node>>,
}
