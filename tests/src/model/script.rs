//! What the scripted model says, step by step.

use super::Gate;
use bytes::Bytes;
use serde_json::{Value, json};

/// One answer of the scripted model.
#[derive(Clone, Debug)]
pub struct Script {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) before_reply: Option<Gate>,
    pub(super) steps: Vec<Step>,
    pub(super) piece_size: Option<usize>,
}

/// One step of an answer.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A chunk with this `delta`.
    Delta(Value),
    /// The chunk that ends the answer.
    Finish(String),
    /// The chunk with the counts, sent if the request asked for it.
    Usage { input_tokens: u64, output_tokens: u64 },
    /// Bytes as they are.
    Raw(Bytes),
    /// Waits.
    Gate(Gate),
    /// Cuts the connection.
    Reset,
}

impl Script {
    /// A stream that says nothing and ends without a finish reason, until steps are added.
    pub fn new() -> Self {
        let headers = vec![("content-type".to_owned(), "text/event-stream".to_owned())];
        let script = Self { status: 200, headers, before_reply: None, steps: Vec::new(), piece_size: None };
        script.step(Step::Delta(json!({ "role": "assistant", "content": "" })))
    }

    /// A whole answer, word by word.
    pub fn answer(text: &str) -> Self {
        text.split_inclusive(' ').fold(Self::new(), Script::text).usage(11, 7).finish("stop")
    }

    /// A refusal in OpenAI's shape.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let body = json!({ "error": { "message": message, "type": code, "param": null, "code": code } });
        let mut script = Self { status, headers: Vec::new(), before_reply: None, steps: Vec::new(), piece_size: None };
        script.headers.push(("content-type".to_owned(), "application/json".to_owned()));
        script.raw(body.to_string())
    }

    /// An answer that is not the protocol: `body` with `content_type` and status 200.
    pub fn garbage(content_type: &str, body: impl Into<Bytes>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status: 200, headers, before_reply: None, steps: Vec::new(), piece_size: None }.raw(body)
    }

    /// A connection that is reset before anything was said.
    pub fn refuse_connection() -> Self {
        Self { status: 200, headers: Vec::new(), before_reply: None, steps: vec![Step::Reset], piece_size: None }
    }

    /// Says a piece of text.
    pub fn text(self, text: &str) -> Self {
        self.step(Step::Delta(json!({ "content": text })))
    }

    /// Says a piece of reasoning, as vLLM and others write it.
    pub fn reasoning(self, text: &str) -> Self {
        self.step(Step::Delta(json!({ "reasoning_content": text })))
    }

    /// Calls one tool. The arguments arrive in two pieces, as they do in life.
    pub fn tool_call(self, call_id: &str, tool_name: &str, arguments: &str) -> Self {
        self.tool_calls(&[(call_id, tool_name, arguments)])
    }

    /// Calls several tools at once: `(id, name, arguments)`. Their pieces are interleaved.
    pub fn tool_calls(self, calls: &[(&str, &str, &str)]) -> Self {
        let middle = |text: &str| (text.len() / 2..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        let opening = calls.iter().enumerate().map(|(index, (id, name, _))| {
            let function = json!({ "name": name, "arguments": "" });
            json!({ "tool_calls": [{ "index": index, "id": id, "type": "function", "function": function }] })
        });
        let piece = |index: usize, arguments: &str| json!({ "tool_calls": [{ "index": index, "function": { "arguments": arguments } }] });
        let first = calls.iter().enumerate().map(|(index, (_, _, text))| piece(index, &text[..middle(text)]));
        let second = calls.iter().enumerate().map(|(index, (_, _, text))| piece(index, &text[middle(text)..]));
        opening.chain(first).chain(second).fold(self, |script, delta| script.step(Step::Delta(delta)))
    }

    /// Tells the tokens it counted, at the end and only if the request asked for them.
    pub fn usage(self, input_tokens: u64, output_tokens: u64) -> Self {
        self.step(Step::Usage { input_tokens, output_tokens })
    }

    /// Ends the answer: the finish reason, the usage, `[DONE]`.
    pub fn finish(mut self, reason: &str) -> Self {
        // Providers send the usage after the finish reason.
        let usage = self.steps.pop_if(|step| matches!(step, Step::Usage { .. }));
        let mut script = self.step(Step::Finish(reason.to_owned()));
        script.steps.extend(usage);
        script.raw("data: [DONE]\n\n")
    }

    /// Sends bytes as they are.
    pub fn raw(self, bytes: impl Into<Bytes>) -> Self {
        self.step(Step::Raw(bytes.into()))
    }

    /// Waits here until the gate is opened.
    pub fn gate(self, gate: &Gate) -> Self {
        self.step(Step::Gate(gate.clone()))
    }

    /// Says nothing more and keeps the connection open.
    pub fn stall(self) -> Self {
        self.gate(&Gate::new())
    }

    /// Resets the connection here.
    pub fn reset(self) -> Self {
        self.step(Step::Reset)
    }

    /// Answers with this header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Asks to wait: `Retry-After`.
    pub fn retry_after(self, value: &str) -> Self {
        self.header("retry-after", value)
    }

    /// Does not even answer with a status until the gate is opened.
    pub fn hold_reply(mut self, gate: &Gate) -> Self {
        self.before_reply = Some(gate.clone());
        self
    }

    /// Sends in pieces of `size` bytes, so that lines, events and characters are cut apart.
    pub fn in_pieces_of(mut self, size: usize) -> Self {
        assert!(size > 0, "a piece has at least one byte");
        self.piece_size = Some(size);
        self
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

impl Default for Script {
    fn default() -> Self {
        Self::new()
    }
}
