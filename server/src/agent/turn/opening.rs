//! How a run begins: its tools are opened first, if there may be any.

use super::*;

impl Turn {
    pub(super) fn begin(&mut self, effects: &mut Vec<Effect>) {
        effects.push(status(self.phase));
        if self.spec.opens_tools {
            self.state = State::Opening;
            effects.push(Effect::OpenTools);
        } else {
            self.call_model(effects);
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
        self.call_model(effects);
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
