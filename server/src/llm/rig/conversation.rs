//! A question in `rig`'s types.

use crate::llm::provider::{ModelError, ModelErrorKind, ModelMessage, ModelRequest, ModelToolCall, ToolDefinition};
use rig_core::{
    completion::{self, CompletionRequest},
    message::{
        AssistantContent, AssistantMessage, CallId, Message, ToolCall, ToolFunction, ToolName, ToolResult,
        ToolResultContent,
    },
};

/// The request for `rig`, whose last message is the one to answer.
///
/// # Errors
///
/// [`ModelErrorKind::Refused`] when there is nothing to answer.
pub fn to_rig(request: ModelRequest) -> Result<CompletionRequest, ModelError> {
    let mut messages = messages(request.messages);
    let last =
        messages.pop().ok_or_else(|| ModelError::new(ModelErrorKind::Refused, "there is no message to answer"))?;
    let mut rig = CompletionRequest::new(last)
        .messages(messages)
        .model(request.model)
        .tools(request.tools.into_iter().filter_map(tool).collect())
        .accept_unknown_finish_reasons(true);
    if !request.system.is_empty() {
        rig = rig.preamble(request.system);
    }
    Ok(rig)
}

/// The messages, without those that say nothing, which both providers refuse. Results of calls made in
/// one breath go into one message.
fn messages(messages: Vec<ModelMessage>) -> Vec<Message> {
    let mut converted = Vec::with_capacity(messages.len());
    let mut results = Vec::new();
    for message in messages {
        if let ModelMessage::ToolResult { call_id, tool_name, output } = message {
            if let Ok(name) = ToolName::new(tool_name) {
                let content = vec![ToolResultContent::text(output)];
                results.push(ToolResult { call: CallId::from_wire(call_id.0), name, content, is_error: false });
            }
            continue;
        }
        flush(&mut results, &mut converted);
        match message {
            ModelMessage::User(text) if !text.is_empty() => converted.push(Message::user(text)),
            ModelMessage::Assistant { text, tool_calls } => {
                let text = (!text.is_empty()).then(|| AssistantContent::text(text));
                let calls = tool_calls.into_iter().filter_map(tool_call).map(AssistantContent::ToolCall);
                let content: Vec<_> = text.into_iter().chain(calls).collect();
                if !content.is_empty() {
                    converted.push(Message::Assistant(AssistantMessage::new(content)));
                }
            }
            ModelMessage::User(_) | ModelMessage::ToolResult { .. } => {}
        }
    }
    flush(&mut results, &mut converted);
    converted
}

fn flush(results: &mut Vec<ToolResult>, messages: &mut Vec<Message>) {
    if !results.is_empty() {
        messages.push(Message::tool_results(std::mem::take(results)));
    }
}

fn tool_call(call: ModelToolCall) -> Option<ToolCall> {
    let name = ToolName::new(call.tool_name.as_str()).ok()?;
    let function = ToolFunction::parse(name, call.arguments_object());
    Some(ToolCall::from_wire(call.call_id.0, function))
}

fn tool(tool: ToolDefinition) -> Option<completion::ToolDefinition> {
    Some(completion::ToolDefinition::new(ToolName::new(tool.name).ok()?, tool.description, tool.parameters))
}
