//! Drives one run: carries out what its turn wants done, and tells the turn what came of it.

mod assignment;
mod ending;
mod first_sign;
mod model_line;
mod saver;
mod tool_calls;

pub(super) use assignment::{Assignment, Opening};

use super::{
    Agent,
    hub::{Approval, Control, Publisher, Ruling},
    turn::{Effect, Input, RunEnd, Turn},
};
use crate::{
    llm::provider::{ModelError, Provider},
    store::{RunCheckpoint, ToolCallRecord},
};
use first_sign::FirstSign;
use futures::FutureExt;
use model_line::ModelLine;
use saver::Saver;
use sigmic_shared::{MessageId, StreamEvent, TaskId, TaskStatus};
use std::{panic::AssertUnwindSafe, sync::Arc};
use tokio::sync::{mpsc, oneshot};
use tool_calls::ToolCalls;

/// One run under way.
pub(super) struct Driver {
    agent: Agent,
    task_id: TaskId,
    run_no: u64,
    answer_id: MessageId,
    turn: Turn,
    provider: Result<Arc<dyn Provider>, ModelError>,
    publisher: Publisher,
    control: mpsc::UnboundedReceiver<Control>,
    model: ModelLine,
    calls: ToolCalls,
    saver: Saver,
    first_sign: FirstSign,
    /// Whoever decided about a call, until that is stored.
    decided: Vec<oneshot::Sender<Ruling>>,
    /// Events that go out together; empty between two steps.
    events: Vec<StreamEvent>,
}

/// How the work on a run ends.
enum Outcome {
    Ended(RunEnd),
    /// It waits for approval in the store.
    Parked,
}

/// What is next.
enum Due {
    /// To wait for what happens.
    Input,
    /// To store the run before anything else.
    Storing(TaskStatus),
    End(Outcome),
}

impl Driver {
    /// Drives a run to its end, whatever happens.
    pub(super) async fn drive(
        agent: Agent,
        assignment: Assignment,
        publisher: Publisher,
        control: mpsc::UnboundedReceiver<Control>,
    ) {
        // A run spends its life waiting for a model. What it needs before and after is boxed, so that it does not take
        // that memory all along.
        let (mut driver, first) = Box::pin(Self::prepare(agent, assignment, publisher, control)).await;
        let outcome = match AssertUnwindSafe(driver.work(first)).catch_unwind().await {
            Ok(outcome) => outcome,
            Err(_) => {
                tracing::error!(task = %driver.task_id, run = driver.run_no, "a run panicked");
                driver.end_after_panic()
            }
        };
        match outcome {
            Outcome::Ended(end) => Box::pin(driver.end(end)).await,
            Outcome::Parked => Box::pin(driver.park()).await,
        }
    }

    /// A driver, and what happens first.
    async fn prepare(
        agent: Agent,
        assignment: Assignment,
        publisher: Publisher,
        control: mpsc::UnboundedReceiver<Control>,
    ) -> (Box<Self>, Vec<Input>) {
        let provider = agent.models().find_provider(&assignment.project);
        let (spec, first) = match assignment.prepare(&agent).await {
            // A shutdown tells the runs it knows; this one may have been opened a moment later.
            Ok(spec) if agent.is_interrupting() => (spec, vec![Input::Interrupt]),
            Ok(spec) if agent.is_stopping() => (spec, vec![Input::Stopping, Input::Start]),
            Ok(spec) => (spec, vec![Input::Start]),
            Err(error) => {
                tracing::error!(task = %assignment.task_id, run = assignment.run_no, %error, "a run could not be prepared");
                (assignment.without_past(&agent), vec![Input::Crashed])
            }
        };
        let has_tools = assignment.has_tools();
        let first_sign = FirstSign::of(&assignment.opening);
        let Assignment { task_id, run_no, answer_id, project, context, .. } = assignment;
        let tools = has_tools.then(|| agent.open_tools(project, task_id.clone(), context));
        let driver = Self {
            saver: Saver::new(agent.store().clone()),
            first_sign,
            agent,
            task_id,
            run_no,
            answer_id,
            turn: Turn::new(spec),
            provider,
            publisher,
            control,
            model: ModelLine::Idle,
            calls: ToolCalls::new(tools),
            decided: Vec::new(),
            events: Vec::new(),
        };
        (Box::new(driver), first)
    }

    async fn work(&mut self, mut inputs: Vec<Input>) -> Outcome {
        let mut effects = Vec::new();
        loop {
            for input in inputs.drain(..) {
                if let Input::ModelFailed(error) = &input {
                    tracing::warn!(task = %self.task_id, run = self.run_no, kind = ?error.kind, detail = error.detail, "the model failed");
                }
                if may_ask_the_model(&input)
                    && let Some(change) = self.calls.find_change()
                {
                    self.turn.handle(change, &mut effects);
                }
                self.turn.handle(input, &mut effects);
            }
            loop {
                match self.carry_out(&mut effects) {
                    Due::Input => break,
                    Due::Storing(status) => {
                        if let Some(outcome) = Box::pin(self.store_turn(status)).await {
                            return outcome;
                        }
                    }
                    Due::End(outcome) => return outcome,
                }
            }
            self.wait(&mut inputs).await;
        }
    }

    /// Carries out what can be done at once and starts what takes time, up to what has to be stored first.
    fn carry_out(&mut self, effects: &mut Vec<Effect>) -> Due {
        let mut due = Due::Input;
        let storing = effects.iter().position(|effect| matches!(effect, Effect::Store(_)));
        for effect in effects.drain(..storing.map_or(effects.len(), |at| at + 1)) {
            match effect {
                Effect::Publish(event) => {
                    self.first_sign.notice(&event, self.agent.clock());
                    self.events.push(event);
                }
                Effect::OpenTools => self.calls.open(),
                Effect::CallModel(request) => self.model.ask(&self.provider, request),
                Effect::RetryAfter(wait) => self.model.wait(wait),
                Effect::CallTool(call) => self.calls.start(call),
                Effect::Store(status) => due = Due::Storing(status),
                Effect::Finish(end) => due = Due::End(Outcome::Ended(end)),
                Effect::Park => due = Due::End(Outcome::Parked),
            }
        }
        if !self.events.is_empty() {
            self.publisher.publish(&mut self.events);
            self.saver.note_change();
        }
        due
    }

    /// Waits until something happened. What happened at once is handed on together.
    async fn wait(&mut self, inputs: &mut Vec<Input>) {
        let Self { control, saver, calls, model, turn, decided, .. } = self;
        tokio::select! {
            // A model that never pauses must not keep a cancel, or a checkpoint, from its turn.
            biased;
            Some(control) = control.recv() => match control {
                Control::Cancel => inputs.push(Input::Cancel),
                Control::Stopping => inputs.push(Input::Stopping),
                Control::Interrupt => inputs.push(Input::Interrupt),
                Control::Decide(approval) => {
                    let Approval { call_id, outcome, reply } = *approval;
                    if turn.awaits_approval_of(&call_id) {
                        decided.push(reply);
                        inputs.push(Input::Approval { call_id, outcome });
                    } else {
                        let is_known = turn.answer().find_call(&call_id).is_some();
                        // Nobody waits for the reply any more when the request was dropped.
                        let _ = reply.send(if is_known { Ruling::NotAwaiting } else { Ruling::UnknownCall });
                    }
                }
            },
            () = saver.due() => {
                let checkpoint = self.checkpoint();
                self.saver.save(checkpoint);
            }
            input = calls.next() => inputs.push(input),
            () = model.next(inputs) => {}
        }
    }

    fn checkpoint(&self) -> RunCheckpoint {
        let answer = self.turn.answer();
        let tool_calls = answer.tool_calls().iter().map(|placed| ToolCallRecord {
            call: placed.call.clone(),
            step: placed.step,
            text_offset: placed.text_offset,
            allows_always: placed.allows_always,
        });
        RunCheckpoint {
            task_id: self.task_id.clone(),
            answer_id: self.answer_id.clone(),
            text: answer.text().to_owned(),
            thoughts: answer.thoughts().to_vec(),
            tool_calls: tool_calls.collect(),
            run_no: self.run_no,
            node_id: self.agent.node_id().to_owned(),
            now_ms: self.agent.clock().now_ms(),
        }
    }

    fn end_after_panic(&mut self) -> Outcome {
        self.events.clear();
        let mut effects = Vec::new();
        self.turn.handle(Input::Crashed, &mut effects);
        // A turn that had ended before the panic says no more.
        match self.carry_out(&mut effects) {
            Due::End(outcome) => outcome,
            Due::Input | Due::Storing(_) => Outcome::Ended(ending::crashed()),
        }
    }
}

/// Whether the model may be asked because of this, so that the turn has to know of the tools there are now.
const fn may_ask_the_model(input: &Input) -> bool {
    matches!(input, Input::ToolFinished { .. } | Input::Approval { .. } | Input::RetryDue | Input::ModelFailed(_))
}
