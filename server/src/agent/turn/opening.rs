//! How a run begins: its tools are opened first, if there may be any.

use super::*;

impl Turn {
    pub(super) fn begin(&mut self, effects: &mut Vec<Effect>) {
        effects.push(status(self.phase));
        self.answer.retell(effects);
        // What had been called when the server stopped may or may not have happened.
        self.answer.stop_calls(sentences::CALL_STOPPED, effects);
        if self.spec.opens_tools {
            self.state = State::Opening;
            effects.push(Effect::OpenTools);
        } else {
            self.go_on(effects);
        }
    }

    /// The tools are there, as far as they could be had. What is missed is told; the run goes on without it.
    pub(super) fn take_tools(
        &mut self,
        definitions: Arc<[ToolDefinition]>,
        unavailable: Vec<String>,
        effects: &mut Vec<Effect>,
    ) {
        self.offer(definitions);
        effects.extend(unavailable.into_iter().map(|sentence| {
            let error = RunError { code: RunErrorCode::McpUnavailable, message: text::clean(sentence) };
            Effect::Publish(StreamEvent::Error(error))
        }));
        self.go_on(effects);
    }

    /// Asks the model, unless calls of a run that was parked are still open.
    fn go_on(&mut self, effects: &mut Vec<Effect>) {
        if self.step_calls().next().is_none() {
            return self.call_model(effects);
        }
        self.state = State::Calling;
        let approved = self.step_calls().filter(|call| call.status == ToolCallStatus::Executing);
        for call_id in approved.map(|call| call.call_id.clone()).collect::<Vec<_>>() {
            self.make_approved(&call_id, effects);
        }
        self.go_on_after_calls(effects);
    }

    /// From now on the model is offered these tools.
    pub(super) fn offer(&mut self, definitions: Arc<[ToolDefinition]>) {
        let conversation = &self.spec.conversation;
        let tokens = definitions.iter().flat_map(|tool| {
            let schema = tool.parameters.to_string();
            [tool.name.as_str(), &tool.description, &schema].map(|text| conversation.estimate(text))
        });
        self.fixed_tokens = tokens.fold(conversation.estimate(&self.spec.system), u64::saturating_add);
        self.tools = definitions;
        self.schemas.forget();
    }
}
