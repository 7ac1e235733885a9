use super::{
    effect::{Effect, ToolInvocation},
    spec::ParkedAnswer,
    thinking::Thinking,
};
use crate::agent::conversation::{PASSAGE_BREAK, PlacedCall};
use sigmic_shared::{
    CallId, StreamEvent, Thought, ToolCall, ToolCallStatus,
    stream::{Content, ToolCallStarted, ToolResult},
};

/// What a run has said and done so far. Whatever changes here is published in the same breath, so the text is always
/// exactly the join of all `content` events.
#[derive(Default)]
pub struct Answer {
    text: String,
    thoughts: Vec<Thought>,
    tool_calls: Vec<PlacedCall>,
    thinking: Thinking,
    passage_is_open: bool,
    step_start: usize,
}

impl Answer {
    /// What a parked run has said and done.
    pub(super) fn restore(before: ParkedAnswer) -> Self {
        let ParkedAnswer { text, thoughts, tool_calls } = before;
        Self { step_start: text.len(), text, thoughts, tool_calls, ..Self::default() }
    }

    /// Tells again all that was said and done, for those who watch from now on.
    pub(super) fn retell(&self, effects: &mut Vec<Effect>) {
        self.publish_thoughts(0, effects);
        if !self.text.is_empty() {
            effects.push(content(self.text.clone(), false));
        }
        for PlacedCall { call, .. } in &self.tool_calls {
            let Some(output) = call.output.clone() else {
                effects.push(started(call));
                continue;
            };
            effects.push(started(&ToolCall { status: ToolCallStatus::Executing, ..call.clone() }));
            let result = ToolResult { call_id: call.call_id.clone(), status: call.status, output };
            effects.push(Effect::Publish(StreamEvent::ToolResult(result)));
        }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The reasoning.
    pub fn thoughts(&self) -> &[Thought] {
        &self.thoughts
    }

    /// The tool calls, in the order they were made.
    pub fn tool_calls(&self) -> &[PlacedCall] {
        &self.tool_calls
    }

    /// The text of the current model call.
    pub(super) fn step_text(&self) -> &str {
        &self.text[self.step_start..]
    }

    /// The model is asked again: its text is a new passage.
    pub(super) fn begin_step(&mut self) {
        self.step_start = self.text.len();
    }

    pub(super) fn say(&mut self, delta: String, effects: &mut Vec<Effect>) {
        if delta.is_empty() {
            return;
        }
        self.stop_thinking(effects);
        let opens = !std::mem::replace(&mut self.passage_is_open, true);
        let needs_break = opens && !self.text.is_empty();
        if needs_break {
            self.text.push_str(PASSAGE_BREAK);
        }
        if opens {
            self.step_start = self.text.len();
        }
        self.text.push_str(&delta);
        // Pieces that arrived together go out together.
        if let Some(Effect::Publish(StreamEvent::Content(last))) = effects.last_mut()
            && last.is_partial
        {
            last.text.push_str(&delta);
        } else if needs_break {
            effects.push(content(format!("{PASSAGE_BREAK}{delta}"), true));
        } else {
            effects.push(content(delta, true));
        }
    }

    pub(super) fn close_passage(&mut self, effects: &mut Vec<Effect>) {
        self.stop_thinking(effects);
        if !std::mem::take(&mut self.passage_is_open) {
            return;
        }
        if let Some(Effect::Publish(StreamEvent::Content(last))) = effects.last_mut() {
            last.is_partial = false;
        } else {
            effects.push(content(String::new(), false));
        }
    }

    pub(super) fn think(&mut self, delta: &str, effects: &mut Vec<Effect>) {
        let known = self.thoughts.len();
        self.thinking.push(delta, &mut self.thoughts);
        self.publish_thoughts(known, effects);
    }

    pub(super) fn begin_call(&mut self, mut call: ToolCall, step: u32, effects: &mut Vec<Effect>) {
        call.text_offset = Some(self.text.chars().count() as u64);
        effects.push(started(&call));
        self.tool_calls.push(PlacedCall { call, step, text_offset: self.text.len(), allows_always: false });
    }

    /// A call was approved.
    pub(super) fn start_call(&mut self, call_id: &CallId, effects: &mut Vec<Effect>) {
        if let Some(call) = self.find_call_mut(call_id) {
            call.status = ToolCallStatus::Executing;
            effects.push(started(call));
        }
    }

    /// The call as it is to be made.
    pub(super) fn invocation(&self, call_id: &CallId) -> Option<ToolInvocation> {
        let call = self.find_call(call_id)?;
        let args = call.args.as_object().cloned().unwrap_or_default();
        Some(ToolInvocation { call_id: call_id.clone(), tool_name: call.tool_name.clone(), args })
    }

    /// Notes that this call was approved together with all later ones of its tool.
    pub(super) fn allow_always(&mut self, call_id: &CallId) {
        if let Some(placed) = self.tool_calls.iter_mut().find(|placed| placed.call.call_id == *call_id) {
            placed.allows_always = true;
        }
    }

    pub(super) fn end_call(
        &mut self,
        call_id: &CallId,
        status: ToolCallStatus,
        output: String,
        duration_ms: Option<u64>,
        effects: &mut Vec<Effect>,
    ) {
        if let Some(call) = self.find_call_mut(call_id) {
            call.status = status;
            call.output = Some(output.clone());
            call.duration_ms = duration_ms;
            let result = ToolResult { call_id: call_id.clone(), status, output };
            effects.push(Effect::Publish(StreamEvent::ToolResult(result)));
        }
    }

    /// Ends the calls that had started, of a server that stops or has stopped. They are not made again: what they have
    /// done is not known.
    pub(super) fn stop_calls(&mut self, sentence: &str, effects: &mut Vec<Effect>) {
        for call_id in self.calls_with(&[ToolCallStatus::Executing]) {
            self.end_call(&call_id, ToolCallStatus::Error, sentence.to_owned(), None, effects);
        }
    }

    pub(super) fn cancel_open_calls(&mut self, sentence: &str, effects: &mut Vec<Effect>) {
        for call_id in self.calls_with(&[ToolCallStatus::Executing, ToolCallStatus::AwaitingApproval]) {
            self.end_call(&call_id, ToolCallStatus::Cancelled, sentence.to_owned(), None, effects);
        }
    }

    /// The call of this id.
    pub fn find_call(&self, call_id: &CallId) -> Option<&ToolCall> {
        self.tool_calls.iter().map(|placed| &placed.call).find(|call| call.call_id == *call_id)
    }

    pub(super) fn is_executing(&self, call_id: &CallId) -> bool {
        self.find_call(call_id).is_some_and(|call| call.status == ToolCallStatus::Executing)
    }

    fn calls_with(&self, statuses: &[ToolCallStatus]) -> Vec<CallId> {
        let calls = self.tool_calls.iter().map(|placed| &placed.call);
        calls.filter(|call| statuses.contains(&call.status)).map(|call| call.call_id.clone()).collect()
    }

    fn find_call_mut(&mut self, call_id: &CallId) -> Option<&mut ToolCall> {
        self.tool_calls.iter_mut().map(|placed| &mut placed.call).find(|call| call.call_id == *call_id)
    }

    fn stop_thinking(&mut self, effects: &mut Vec<Effect>) {
        let known = self.thoughts.len();
        self.thinking.flush(&mut self.thoughts);
        self.publish_thoughts(known, effects);
    }

    fn publish_thoughts(&self, known: usize, effects: &mut Vec<Effect>) {
        effects.extend(self.thoughts[known..].iter().cloned().map(StreamEvent::Thought).map(Effect::Publish));
    }
}

fn content(text: String, is_partial: bool) -> Effect {
    Effect::Publish(StreamEvent::Content(Content { text, is_partial }))
}

fn started(call: &ToolCall) -> Effect {
    Effect::Publish(StreamEvent::ToolCall(ToolCallStarted {
        call_id: call.call_id.clone(),
        tool_name: call.tool_name.clone(),
        status: call.status,
        args: call.args.clone(),
        text_offset: call.text_offset,
    }))
}
