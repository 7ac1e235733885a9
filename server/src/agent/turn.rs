//! A run as a pure state machine: what happened goes in, what to do comes out. No I/O, no clock, no waiting.
//!
//! ```text
//!             ┌──────── RetryDue ────────┐
//!             ▼                          │
//!  Start ► Opening ► Asking ── temporary failure ► Waiting
//!             │ ▲
//!       token │ └── all calls ended ── Calling
//!             ▼                          ▲
//!          Answering ─── wants tools ────┘
//!             │
//!             ▼ complete, failed, cancelled, interrupted (the last three from anywhere), parked (from Calling)
//!           Ended
//! ```

mod answer;
mod backoff;
mod calls;
mod effect;
mod input;
mod opening;
mod schema;
mod sentences;
mod spec;
mod text;
mod thinking;

#[cfg(test)]
mod tests;

pub use answer::Answer;
pub use effect::{Effect, RunEnd, ToolInvocation};
pub use input::Input;
pub use spec::{Decision, ParkedAnswer, TurnSpec};

use crate::{
    agent::conversation::{ContextTooLong, PlacedCall},
    llm::provider::{
        FinishReason, ModelError, ModelErrorKind, ModelEvent, ModelMessage, ModelRequest, ModelToolCall, ToolDefinition,
    },
};
use backoff::Backoff;
use schema::Schemas;
use serde_json::{Map, Value};
use sigmic_shared::{
    CallId, RunErrorCode, StreamEvent, TaskStatus, ToolCall, ToolCallStatus,
    stream::{RunError, RunPhase, RunStatus, Usage},
    tool_call::ApprovalOutcome,
};
use std::{collections::HashSet, sync::Arc};

/// Text, reasoning and arguments one run may receive from its model, in bytes. Far above any honest answer; a model
/// that never stops must not fill the memory.
const RECEIVED_LIMIT: usize = 8 * 1024 * 1024;
/// Tool calls a model may want in one step.
const CALLS_PER_STEP: usize = 64;

/// One run of the agent: from a question to its answer, over as many model calls and tool calls as it takes.
pub struct Turn {
    spec: TurnSpec,
    state: State,
    phase: RunPhase,
    answer: Answer,
    backoff: Backoff,
    steps_taken: u32,
    tools: Arc<[ToolDefinition]>,
    schemas: Schemas,
    fixed_tokens: u64,
    received: usize,
    usage: Option<Usage>,
    step: Step,
    call_ids: HashSet<String>,
    always_allowed: HashSet<String>,
    /// Nobody is waited for any more.
    is_stopping: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before [`Input::Start`].
    New,
    /// The tools are being opened.
    Opening,
    /// The model was asked and has said nothing yet, so asking again repeats nothing.
    Asking,
    /// The model could not be asked for the moment.
    Waiting,
    /// The model answers.
    Answering,
    /// Tools run, or wait for approval.
    Calling,
    /// [`Effect::Finish`] or [`Effect::Park`] went out; nothing follows.
    Ended,
}

/// What belongs to the current model call.
#[derive(Default)]
struct Step {
    wanted: Vec<ModelToolCall>,
    usage: Option<Usage>,
    first_call: usize,
}

impl Turn {
    /// A run that has not started.
    pub fn new(mut spec: TurnSpec) -> Self {
        let answer = spec.before.take().map(Answer::restore).unwrap_or_default();
        let steps_taken = answer.tool_calls().last().map_or(0, |placed| placed.step);
        let first_call = answer.tool_calls().partition_point(|placed| placed.step < steps_taken);
        Self {
            state: State::New,
            phase: RunPhase::Connecting,
            answer,
            backoff: Backoff::default(),
            steps_taken,
            tools: Arc::default(),
            schemas: Schemas::default(),
            fixed_tokens: spec.conversation.estimate(&spec.system),
            received: 0,
            usage: None,
            step: Step { first_call, ..Step::default() },
            call_ids: spec.conversation.call_ids().map(str::to_owned).collect(),
            always_allowed: spec.conversation.always_allowed().clone(),
            is_stopping: false,
            spec,
        }
    }

    /// Takes note of `input` and appends what is to be done about it to `effects`.
    ///
    /// Handing in the same `effects` for several inputs joins pieces of text that arrived together into one event.
    /// Inputs that no longer matter, such as a result that arrives after a cancel, have no effect.
    pub fn handle(&mut self, input: Input, effects: &mut Vec<Effect>) {
        match (input, self.state) {
            (_, State::Ended) => {}
            (Input::Start, State::New) => self.begin(effects),
            (Input::ToolsOpened { definitions, unavailable }, State::Opening) => {
                self.take_tools(definitions, unavailable, effects);
            }
            (Input::ToolsChanged(definitions), State::Asking | State::Waiting | State::Answering | State::Calling) => {
                self.offer(definitions);
            }
            (Input::Model(event), State::Asking | State::Answering) => self.take_event(event, effects),
            (Input::ModelFailed(error), State::Asking) => self.ask_again_or_fail(&error, effects),
            (Input::ModelFailed(error), State::Answering) => {
                self.fail(sentences::code_of(error.kind), sentences::broke_off(error.kind), effects);
            }
            (Input::ModelEnded, State::Asking | State::Answering) => {
                self.fail(RunErrorCode::AgentError, sentences::CUT_OFF, effects);
            }
            (Input::RetryDue, State::Waiting) => self.send_request(effects),
            (Input::ToolProgress(progress), State::Calling) if self.answer.is_executing(&progress.call_id) => {
                effects.push(Effect::Publish(StreamEvent::ToolProgress(progress)));
            }
            (Input::ToolFinished { call_id, outcome, duration_ms }, State::Calling)
                if self.answer.is_executing(&call_id) =>
            {
                let (status, output) = match outcome {
                    Ok(output) => (ToolCallStatus::Success, output),
                    Err(output) => (ToolCallStatus::Error, output),
                };
                self.answer.end_call(&call_id, status, text::clean(output), Some(duration_ms), effects);
                self.go_on_after_calls(effects);
            }
            (Input::Approval { call_id, outcome }, State::Opening | State::Calling)
                if self.awaits_approval_of(&call_id) =>
            {
                self.decide(&call_id, outcome, effects);
            }
            (Input::Cancel, _) => self.finish(TaskStatus::Cancelled, None, effects),
            (Input::Stopping, _) => self.wait_for_nobody(effects),
            (Input::Interrupt, _) if self.awaits_approval() => {
                self.answer.stop_calls(sentences::CALL_STOPPED, effects);
                self.park(effects);
            }
            (Input::Interrupt, _) => self.fail(RunErrorCode::Interrupted, sentences::INTERRUPTED, effects),
            (Input::Crashed, _) => self.fail(RunErrorCode::AgentError, sentences::CRASHED, effects),
            (
                Input::Start
                | Input::ToolsOpened { .. }
                | Input::ToolsChanged(_)
                | Input::Model(_)
                | Input::ModelFailed(_)
                | Input::ModelEnded
                | Input::RetryDue
                | Input::ToolProgress(_)
                | Input::ToolFinished { .. }
                | Input::Approval { .. },
                _,
            ) => {}
        }
    }

    /// What was said and done so far.
    pub fn answer(&self) -> &Answer {
        &self.answer
    }

    /// Whether this call waits for somebody's approval.
    pub fn awaits_approval_of(&self, call_id: &CallId) -> bool {
        self.answer.find_call(call_id).is_some_and(|call| call.status == ToolCallStatus::AwaitingApproval)
    }

    /// Whether the run is over.
    pub fn has_ended(&self) -> bool {
        self.state == State::Ended
    }

    fn call_model(&mut self, effects: &mut Vec<Effect>) {
        self.steps_taken += 1;
        self.backoff = Backoff::default();
        self.step = Step { first_call: self.answer.tool_calls().len(), ..Step::default() };
        self.answer.begin_step();
        self.send_request(effects);
    }

    fn send_request(&mut self, effects: &mut Vec<Effect>) {
        match self.spec.conversation.fit(self.fixed_tokens) {
            Ok(messages) => {
                self.state = State::Asking;
                effects.push(Effect::CallModel(ModelRequest {
                    model: self.spec.model.clone(),
                    system: self.spec.system.clone(),
                    messages,
                    tools: self.tools.to_vec(),
                }));
            }
            Err(ContextTooLong::Question) => self.fail(RunErrorCode::ContextTooLong, sentences::TOO_LONG, effects),
            Err(ContextTooLong::Instructions) => {
                self.fail(RunErrorCode::ContextTooLong, sentences::TOO_MANY_TOOLS, effects);
            }
        }
    }

    fn ask_again_or_fail(&mut self, error: &ModelError, effects: &mut Vec<Effect>) {
        if error.kind == ModelErrorKind::ContextTooLong && self.spec.conversation.forget_older_half() {
            // The estimate was off, or nobody told us the model's limit.
            return self.send_request(effects);
        }
        let wait = error
            .kind
            .is_temporary()
            .then(|| self.backoff.next_wait(error.retry_after, &mut *self.spec.jitter))
            .flatten();
        match wait {
            Some(wait) => {
                self.keep_usage();
                self.state = State::Waiting;
                self.enter(RunPhase::Retrying, effects);
                effects.push(Effect::RetryAfter(wait));
            }
            None => self.fail(sentences::code_of(error.kind), sentences::not_asked(error.kind), effects),
        }
    }

    fn take_event(&mut self, event: ModelEvent, effects: &mut Vec<Effect>) {
        self.enter(RunPhase::Processing, effects);
        match event {
            ModelEvent::Thought(delta) => {
                self.receive(delta.len());
                self.answer.think(&text::clean(delta), effects);
            }
            ModelEvent::Text(delta) => {
                self.receive(delta.len());
                self.answer.say(text::clean(delta), effects);
            }
            ModelEvent::ToolCall(call) => {
                self.receive(call.arguments.len() + call.tool_name.len() + call.call_id.0.len());
                self.step.wanted.push(call);
            }
            // The last count of a call counts; no token yet, so the call can still be repeated.
            ModelEvent::Usage(usage) => self.step.usage = Some(usage),
            ModelEvent::Finished(reason) => return self.end_answer(reason, effects),
        }
        if self.received > RECEIVED_LIMIT || self.step.wanted.len() > CALLS_PER_STEP {
            self.fail(RunErrorCode::AgentError, sentences::TOO_MUCH, effects);
        }
    }

    fn receive(&mut self, bytes: usize) {
        self.received += bytes;
        self.state = State::Answering;
    }

    fn end_answer(&mut self, reason: FinishReason, effects: &mut Vec<Effect>) {
        self.answer.close_passage(effects);
        let wants_tools = !self.step.wanted.is_empty();
        match reason {
            FinishReason::Filtered => self.fail(RunErrorCode::AgentError, sentences::FILTERED, effects),
            // Calls of an answer that was cut off are not made: the one that mattered may be missing.
            FinishReason::Length if self.answer.text().is_empty() => {
                self.fail(RunErrorCode::AgentError, sentences::NOTHING_SAID, effects);
            }
            FinishReason::Length => self.finish(TaskStatus::Completed, None, effects),
            // Nobody would ever read the results.
            FinishReason::Complete if wants_tools && self.steps_taken >= self.spec.max_steps => {
                self.fail(RunErrorCode::StepLimit, sentences::STEP_LIMIT, effects);
            }
            FinishReason::Complete if wants_tools => self.make_calls(effects),
            FinishReason::Complete => self.finish(TaskStatus::Completed, None, effects),
        }
    }

    fn enter(&mut self, phase: RunPhase, effects: &mut Vec<Effect>) {
        if self.phase != phase {
            self.phase = phase;
            effects.push(status(phase));
        }
    }

    fn fail(&mut self, code: RunErrorCode, sentence: &str, effects: &mut Vec<Effect>) {
        self.finish(TaskStatus::Failed, Some(RunError { code, message: sentence.to_owned() }), effects);
    }

    fn finish(&mut self, status: TaskStatus, error: Option<RunError>, effects: &mut Vec<Effect>) {
        self.answer.close_passage(effects);
        self.answer.cancel_open_calls(sentences::CALL_CANCELLED, effects);
        self.keep_usage();
        self.state = State::Ended;
        effects.push(Effect::Finish(RunEnd { status, error, usage: self.usage }));
    }

    fn keep_usage(&mut self) {
        if let Some(step) = self.step.usage.take() {
            let total = self.usage.get_or_insert_default();
            total.input_tokens = total.input_tokens.saturating_add(step.input_tokens);
            total.output_tokens = total.output_tokens.saturating_add(step.output_tokens);
        }
    }
}

fn status(phase: RunPhase) -> Effect {
    Effect::Publish(StreamEvent::Status(RunStatus { status: phase }))
}
