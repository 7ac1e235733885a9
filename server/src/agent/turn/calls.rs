//! The tools a model wants called: which are, which have to be approved first, and what follows.

use super::*;

impl Turn {
    pub(super) fn make_calls(&mut self, effects: &mut Vec<Effect>) {
        self.state = State::Calling;
        self.keep_usage();
        let mut requested = Vec::new();
        let mut verdicts = Vec::new();
        for wanted in std::mem::take(&mut self.step.wanted) {
            let call_id = self.unique_call_id(wanted.call_id);
            let tool_name = text::clean(wanted.tool_name);
            let args = text::parse_arguments(&wanted.arguments);
            let refusal = match &args {
                Err(fault) => Some(fault.clone()),
                Ok(args) => match self.tools.iter().find(|tool| tool.name == tool_name) {
                    None => Some(format!("There is no tool named {tool_name}.")),
                    Some(tool) => self.schemas.check(&tool_name, &tool.parameters, args).err(),
                },
            };
            let args = args.unwrap_or_default();
            requested.push(ModelToolCall {
                call_id: call_id.clone(),
                tool_name: tool_name.clone(),
                // What was no object is not repeated to the model: several providers refuse such a request.
                arguments: Value::Object(args.clone()).to_string(),
            });
            let verdict = match refusal {
                Some(fault) => Verdict::Refused(fault),
                None => self.judge(&tool_name),
            };
            verdicts.push((call_id, tool_name, args, verdict));
        }
        let text = self.answer.step_text().to_owned();
        self.spec.conversation.push(ModelMessage::Assistant { text, tool_calls: requested });
        let mut opened = Vec::new();
        for (call_id, tool_name, args, verdict) in verdicts {
            self.open_call(call_id, tool_name, args, verdict, &mut opened);
        }
        if self.awaits_approval() {
            effects.push(Effect::Store(TaskStatus::AwaitingApproval));
        }
        effects.append(&mut opened);
        self.go_on_after_calls(effects);
    }

    pub(super) fn awaits_approval(&self) -> bool {
        self.step_calls().any(|call| call.status == ToolCallStatus::AwaitingApproval)
    }

    fn executes(&self) -> bool {
        self.step_calls().any(|call| call.status == ToolCallStatus::Executing)
    }

    /// From now on the run waits for nobody.
    pub(super) fn wait_for_nobody(&mut self, effects: &mut Vec<Effect>) {
        self.is_stopping = true;
        if self.awaits_approval() && !self.executes() {
            self.park(effects);
        }
    }

    pub(super) fn park(&mut self, effects: &mut Vec<Effect>) {
        self.state = State::Ended;
        effects.push(Effect::Park);
    }

    fn judge(&self, tool_name: &str) -> Verdict {
        match (self.spec.policy)(tool_name) {
            Decision::Deny => Verdict::Refused(sentences::DENIED.to_owned()),
            Decision::Ask if !self.always_allowed.contains(tool_name) => Verdict::Ask,
            Decision::Ask | Decision::Allow => Verdict::Call,
        }
    }

    fn open_call(
        &mut self,
        call_id: CallId,
        tool_name: String,
        args: Map<String, Value>,
        verdict: Verdict,
        effects: &mut Vec<Effect>,
    ) {
        let status = match verdict {
            Verdict::Ask => ToolCallStatus::AwaitingApproval,
            Verdict::Call | Verdict::Refused(_) => ToolCallStatus::Executing,
        };
        let call = ToolCall {
            call_id: call_id.clone(),
            tool_name: tool_name.clone(),
            status,
            args: Value::Object(args.clone()),
            output: None,
            duration_ms: None,
            text_offset: None,
        };
        self.answer.begin_call(call, self.steps_taken, effects);
        match verdict {
            Verdict::Ask => {}
            Verdict::Call => effects.push(Effect::CallTool(ToolInvocation { call_id, tool_name, args })),
            Verdict::Refused(fault) => {
                self.answer.end_call(&call_id, ToolCallStatus::Error, fault, None, effects);
            }
        }
    }

    /// Carries out what somebody decided about a call that waits for it.
    pub(super) fn decide(&mut self, call_id: &CallId, outcome: ApprovalOutcome, effects: &mut Vec<Effect>) {
        let Some(tool_name) = self.answer.find_call(call_id).map(|call| call.tool_name.clone()) else { return };
        let mut told = Vec::new();
        let mut approved = Vec::new();
        match outcome {
            ApprovalOutcome::Cancel => {
                let sentence = sentences::REFUSED.to_owned();
                self.answer.end_call(call_id, ToolCallStatus::Cancelled, sentence, None, &mut told);
            }
            ApprovalOutcome::ProceedOnce => approved.push(call_id.clone()),
            ApprovalOutcome::ProceedAlways => {
                self.answer.allow_always(call_id);
                let waiting = self
                    .step_calls()
                    .filter(|call| call.status == ToolCallStatus::AwaitingApproval && call.tool_name == tool_name);
                approved.extend(waiting.map(|call| call.call_id.clone()));
                self.always_allowed.insert(tool_name);
            }
        }
        for call_id in &approved {
            self.answer.start_call(call_id, &mut told);
            // While the tools are being opened it has to wait for them.
            if self.state == State::Calling {
                self.make_approved(call_id, &mut told);
            }
        }
        let status = if self.awaits_approval() { TaskStatus::AwaitingApproval } else { TaskStatus::Running };
        effects.push(Effect::Store(status));
        effects.append(&mut told);
        if self.state == State::Calling {
            self.go_on_after_calls(effects);
        }
    }

    /// Makes a call that was approved, unless the project has come to forbid it.
    pub(super) fn make_approved(&mut self, call_id: &CallId, effects: &mut Vec<Effect>) {
        let Some(call) = self.answer.invocation(call_id) else { return };
        if (self.spec.policy)(&call.tool_name) == Decision::Deny {
            self.answer.end_call(call_id, ToolCallStatus::Error, sentences::DENIED.to_owned(), None, effects);
        } else {
            effects.push(Effect::CallTool(call));
        }
    }

    /// Asks the model on once every call of the step has ended.
    pub(super) fn go_on_after_calls(&mut self, effects: &mut Vec<Effect>) {
        if self.executes() {
            return;
        }
        if self.awaits_approval() {
            if self.is_stopping {
                self.park(effects);
            }
            return;
        }
        for PlacedCall { call, .. } in &self.answer.tool_calls()[self.step.first_call..] {
            self.spec.conversation.push(ModelMessage::ToolResult {
                call_id: call.call_id.clone(),
                tool_name: call.tool_name.clone(),
                output: call.output.clone().unwrap_or_default(),
            });
        }
        self.call_model(effects);
    }

    pub(super) fn step_calls(&self) -> impl Iterator<Item = &ToolCall> {
        self.answer.tool_calls()[self.step.first_call..].iter().map(|placed| &placed.call)
    }

    /// Providers that make up their ids may repeat them, but within a task an id names one call.
    fn unique_call_id(&mut self, wanted: CallId) -> CallId {
        let wanted = text::clean(wanted.0);
        let base = if wanted.is_empty() { "call" } else { &wanted };
        let mut id = base.to_owned();
        let mut number = 2;
        while !self.call_ids.insert(id.clone()) {
            id = format!("{base}-{number}");
            number += 1;
        }
        CallId(id)
    }
}

/// What is to become of a call the model wants.
enum Verdict {
    Call,
    Ask,
    Refused(String),
}
