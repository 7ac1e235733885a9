//! From a server's bytes to a model's events: pure, and the same wherever the bytes are cut.

use super::{
    chunk::{Choice, Chunk, Content, Delta, mend_escapes},
    lines::{LineTooLong, Lines},
    tool_calls::{ToolCalls, Unusable},
};
use crate::llm::{
    provider::{FinishReason, ModelError, ModelErrorKind, ModelEvent, without_nul},
    upstream::{LONGEST_LINE, classify, quote},
};
use secrecy::SecretString;
use sigmic_shared::stream::Usage;
use std::{borrow::Cow, collections::VecDeque};

/// The longest answer taken from a server that ignores the wish for a stream, in bytes.
const LONGEST_DOCUMENT: usize = 8 * 1024 * 1024;

/// Decodes one answer.
///
/// It is complete once [`ModelEvent::Finished`] is out. That is held back until the stream's end
/// mark, because the counts of tokens follow the finish reason.
#[derive(Debug, Default)]
pub struct Decoder {
    form: Form,
    lines: Lines,
    calls: ToolCalls,
    usage: Option<Usage>,
    finish: Option<FinishReason>,
    is_complete: bool,
    /// Kept out of errors, should the server repeat it.
    secret: Option<SecretString>,
}

/// What kind of body this is, which its first byte tells more surely than its content type.
#[derive(Debug, Default)]
enum Form {
    #[default]
    Unknown,
    Stream,
    Document(Vec<u8>),
}

impl Decoder {
    /// A decoder at the start of an answer to a request made with `secret`.
    pub fn new(secret: Option<SecretString>) -> Self {
        Self { secret, ..Self::default() }
    }

    /// Whether the whole answer is out.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Whether the model has stopped, so that only its counts and the end mark are missing.
    pub fn has_finish_reason(&self) -> bool {
        self.finish.is_some()
    }

    /// Decodes the next bytes. Pieces of text that arrive together come out as one event.
    ///
    /// # Errors
    ///
    /// What the server says went wrong, or [`ModelErrorKind::Garbled`]. Events that came before
    /// are out already.
    pub fn feed(&mut self, bytes: &[u8], events: &mut VecDeque<ModelEvent>) -> Result<(), ModelError> {
        let mut bytes = bytes;
        if matches!(self.form, Form::Unknown) {
            bytes = bytes.trim_ascii_start();
            // A byte order mark may stand before the first line.
            while let [0xEF | 0xBB | 0xBF, rest @ ..] = bytes {
                bytes = rest;
            }
            self.form = match bytes.first() {
                None => return Ok(()),
                Some(b'{' | b'[') => Form::Document(Vec::new()),
                Some(b'<') => return Err(garbled(format!("a page came: {}", self.quote(bytes)))),
                Some(_) => Form::Stream,
            };
        }
        match &mut self.form {
            Form::Document(document) if document.len() + bytes.len() > LONGEST_DOCUMENT => {
                Err(garbled(format!("an answer over {LONGEST_DOCUMENT} bytes")))
            }
            Form::Document(document) => {
                document.extend_from_slice(bytes);
                Ok(())
            }
            Form::Unknown | Form::Stream => {
                let mut lines = std::mem::take(&mut self.lines);
                let outcome = lines.feed(bytes, |line| self.line(line, events));
                self.lines = lines;
                outcome
            }
        }
    }

    /// The server has closed the stream.
    ///
    /// # Errors
    ///
    /// When the answer was not complete.
    pub fn end(&mut self, events: &mut VecDeque<ModelEvent>) -> Result<(), ModelError> {
        if self.is_complete {
            return Ok(());
        }
        match std::mem::take(&mut self.form) {
            Form::Document(document) => self.payload(&document, events)?,
            Form::Stream => {
                if let Some(line) = self.lines.take_last() {
                    match self.line(&line, events) {
                        // A line that was cut off says no more than that the stream was.
                        Err(error) if error.kind == ModelErrorKind::Garbled => {}
                        outcome => outcome?,
                    }
                }
            }
            Form::Unknown => {
                return Err(ModelError::new(ModelErrorKind::Unavailable, "the server closed without a word"));
            }
        }
        if self.is_complete {
            Ok(())
        } else if self.finish.is_some() {
            self.complete(events)
        } else {
            Err(garbled("the stream ended without a finish reason"))
        }
    }

    fn line(&mut self, line: &[u8], events: &mut VecDeque<ModelEvent>) -> Result<(), ModelError> {
        if self.is_complete {
            return Ok(());
        }
        if let Some(payload) = line.strip_prefix(b"data:") {
            match payload.trim_ascii() {
                b"" => Ok(()),
                b"[DONE]" if self.finish.is_some() => self.complete(events),
                b"[DONE]" => Err(garbled("the stream ended without a finish reason")),
                payload => self.payload(payload, events),
            }
        } else if let Some(payload) = line.strip_prefix(b"error:") {
            // Older llama.cpp names its errors so.
            Err(classify(None, payload, self.secret.as_ref()))
        } else if line.starts_with(b"{") {
            // A server that fails in the middle may forget that it was writing a stream.
            self.payload(line, events)
        } else {
            Ok(())
        }
    }

    fn payload(&mut self, payload: &[u8], events: &mut VecDeque<ModelEvent>) -> Result<(), ModelError> {
        match serde_json::from_slice(payload) {
            Ok(chunk) => self.chunk(chunk, payload, events),
            Err(_) => {
                let mended = mend_escapes(&String::from_utf8_lossy(payload));
                match serde_json::from_str(&mended) {
                    Ok(chunk) => self.chunk(chunk, payload, events),
                    Err(error) => Err(garbled(format!("{error}: {}", self.quote(payload)))),
                }
            }
        }
    }

    fn chunk(&mut self, chunk: Chunk<'_>, payload: &[u8], events: &mut VecDeque<ModelEvent>) -> Result<(), ModelError> {
        if chunk.error.is_some() || (chunk.object.0 == "error" && chunk.choices.is_none()) {
            return Err(classify(None, payload, self.secret.as_ref()));
        }
        if let Some(counts) = chunk.usage {
            self.usage = Some(counts.into());
        }
        // Only one answer was asked for.
        let Some(Choice { delta, message, finish_reason }) = chunk.choices.and_then(|all| all.into_iter().next())
        else {
            return Ok(());
        };
        if let Some(delta) = delta.or(message) {
            self.delta(delta, events)?;
        }
        if let Some(finish) = finish(&finish_reason.0)? {
            self.finish = Some(finish);
        }
        Ok(())
    }

    fn delta(&mut self, delta: Delta<'_>, events: &mut VecDeque<ModelEvent>) -> Result<(), ModelError> {
        // Servers that changed from one name to the other send the same reasoning under both.
        let thought = if delta.reasoning_content.0.is_empty() { delta.reasoning } else { delta.reasoning_content };
        push_thought(events, thought.0);
        push_content(events, delta.content);
        push_text(events, delta.refusal.0);
        for call in delta.tool_calls.iter().flatten() {
            self.calls.add(call)?;
        }
        Ok(())
    }

    fn complete(&mut self, events: &mut VecDeque<ModelEvent>) -> Result<(), ModelError> {
        let finish = self.finish.unwrap_or(FinishReason::Complete);
        let mut calls = self.calls.take()?;
        if finish != FinishReason::Complete {
            // The last of them was cut off, and what a tool would do with half its arguments is anyone's guess.
            calls.retain(|call| call.arguments_object() == call.arguments);
        }
        events.extend(calls.into_iter().map(ModelEvent::ToolCall));
        events.extend(self.usage.map(ModelEvent::Usage));
        events.push_back(ModelEvent::Finished(finish));
        self.is_complete = true;
        Ok(())
    }

    fn quote(&self, bytes: &[u8]) -> String {
        quote(&String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]), self.secret.as_ref())
    }
}

fn garbled(detail: impl Into<String>) -> ModelError {
    ModelError::new(ModelErrorKind::Garbled, detail)
}

impl From<LineTooLong> for ModelError {
    fn from(_: LineTooLong) -> Self {
        garbled(format!("a line over {LONGEST_LINE} bytes"))
    }
}

impl From<Unusable> for ModelError {
    fn from(unusable: Unusable) -> Self {
        garbled(match unusable {
            Unusable::TooMuch => "too many tool calls, or too long ones",
            Unusable::Nameless => "a tool call without a name",
            Unusable::Arguments => "tool arguments that are no text",
        })
    }
}

/// What a finish reason means; empty means that the model goes on. Unknown ones count as complete,
/// since every server adds its own words for that.
fn finish(reason: &str) -> Result<Option<FinishReason>, ModelError> {
    Ok(Some(match reason {
        "" => return Ok(None),
        "length" | "max_tokens" | "model_length" => FinishReason::Length,
        "content_filter" => FinishReason::Filtered,
        "error" | "abort" | "insufficient_system_resource" => {
            return Err(ModelError::new(ModelErrorKind::Unavailable, format!("the server gave up: {reason}")));
        }
        _ => FinishReason::Complete,
    }))
}

fn push_content(events: &mut VecDeque<ModelEvent>, content: Content<'_>) {
    match content {
        Content::Text(text) => push_text(events, text),
        Content::Parts(parts) => {
            for part in parts {
                push_thinking(events, part.thinking);
                push_text(events, part.text.0);
            }
        }
    }
}

fn push_thinking(events: &mut VecDeque<ModelEvent>, thinking: Content<'_>) {
    match thinking {
        Content::Text(text) => push_thought(events, text),
        Content::Parts(parts) => {
            for part in parts {
                push_thought(events, part.text.0);
            }
        }
    }
}

fn push_text(events: &mut VecDeque<ModelEvent>, text: Cow<'_, str>) {
    let text = without_nul(text);
    match events.back_mut() {
        _ if text.is_empty() => {}
        Some(ModelEvent::Text(before)) => before.push_str(&text),
        _ => events.push_back(ModelEvent::Text(text.into_owned())),
    }
}

fn push_thought(events: &mut VecDeque<ModelEvent>, thought: Cow<'_, str>) {
    let thought = without_nul(thought);
    match events.back_mut() {
        _ if thought.is_empty() => {}
        Some(ModelEvent::Thought(before)) => before.push_str(&thought),
        _ => events.push_back(ModelEvent::Thought(thought.into_owned())),
    }
}

#[cfg(test)]
mod tests;
