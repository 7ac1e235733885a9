//! A question in the words of OpenAI's chat completions.

use crate::llm::provider::{ModelMessage, ModelRequest, ModelToolCall, ToolDefinition};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;
use std::borrow::Cow;

/// The body of a request for a streamed answer.
///
/// The content of every message is a plain string: strict local servers refuse content parts.
pub fn body(request: &ModelRequest) -> Vec<u8> {
    let system = (!request.system.is_empty()).then_some(Message::System { content: &request.system });
    let body = Body {
        model: &request.model,
        messages: system.into_iter().chain(request.messages.iter().map(Message::from)).collect(),
        tools: request.tools.iter().map(Tool::from).collect(),
        stream: true,
        stream_options: StreamOptions { include_usage: true },
    };
    serde_json::to_vec(&body).expect("writing JSON to memory cannot fail")
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    stream: bool,
    stream_options: StreamOptions,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
#[serde(tag = "role", rename_all = "lowercase")]
enum Message<'a> {
    System {
        content: &'a str,
    },
    User {
        content: &'a str,
    },
    Assistant {
        /// Null beside tool calls: some chat templates refuse an empty text there.
        content: Option<&'a str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        tool_calls: Vec<ToolCall<'a>>,
    },
    Tool {
        tool_call_id: &'a str,
        content: &'a str,
    },
}

impl<'a> From<&'a ModelMessage> for Message<'a> {
    fn from(message: &'a ModelMessage) -> Self {
        match message {
            ModelMessage::User(content) => Self::User { content },
            ModelMessage::Assistant { text, tool_calls } => Self::Assistant {
                content: (!text.is_empty() || tool_calls.is_empty()).then_some(text),
                tool_calls: tool_calls.iter().map(ToolCall::from).collect(),
            },
            ModelMessage::ToolResult { call_id, output, .. } => {
                Self::Tool { tool_call_id: call_id.as_str(), content: output }
            }
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "function")]
struct ToolCall<'a> {
    id: &'a str,
    function: CalledFunction<'a>,
}

#[derive(Serialize)]
struct CalledFunction<'a> {
    name: &'a str,
    arguments: &'a str,
}

impl<'a> From<&'a ModelToolCall> for ToolCall<'a> {
    fn from(call: &'a ModelToolCall) -> Self {
        Self {
            id: call.call_id.as_str(),
            function: CalledFunction { name: &call.tool_name, arguments: call.arguments_object() },
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "function")]
struct Tool<'a> {
    function: OfferedFunction<'a>,
}

#[derive(Serialize)]
struct OfferedFunction<'a> {
    name: &'a str,
    description: &'a str,
    parameters: Parameters<'a>,
}

impl<'a> From<&'a ToolDefinition> for Tool<'a> {
    fn from(tool: &'a ToolDefinition) -> Self {
        Self {
            function: OfferedFunction {
                name: &tool.name,
                description: &tool.description,
                parameters: Parameters(&tool.parameters),
            },
        }
    }
}

/// A schema as OpenAI accepts it: an object that names its properties, even when it has none.
struct Parameters<'a>(&'a Value);

impl Serialize for Parameters<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let schema = match self.0 {
            Value::Object(schema) => Cow::Borrowed(schema),
            _ => Cow::Owned(serde_json::Map::new()),
        };
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in schema.iter() {
            map.serialize_entry(name, value)?;
        }
        if !schema.contains_key("type") {
            map.serialize_entry("type", "object")?;
        }
        if !schema.contains_key("properties") {
            map.serialize_entry("properties", &serde_json::Map::new())?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn call(id: &str, arguments: &str) -> ModelToolCall {
        ModelToolCall { call_id: id.into(), tool_name: "shop__find".into(), arguments: arguments.into() }
    }

    #[test]
    fn a_conversation_with_tools_looks_as_documented() {
        let request = ModelRequest {
            model: "gpt-5-mini".into(),
            system: "Be brief.".into(),
            messages: vec![
                ModelMessage::User("hi".into()),
                ModelMessage::Assistant {
                    text: String::new(),
                    tool_calls: vec![call("a", r#"{"q":1}"#), call("b", "{")],
                },
                ModelMessage::ToolResult { call_id: "a".into(), tool_name: "shop__find".into(), output: "1".into() },
                ModelMessage::ToolResult { call_id: "b".into(), tool_name: "shop__find".into(), output: "2".into() },
                ModelMessage::Assistant { text: "done".into(), tool_calls: vec![] },
                ModelMessage::Assistant { text: String::new(), tool_calls: vec![] },
            ],
            tools: vec![ToolDefinition {
                name: "shop__find".into(),
                description: "Finds.".into(),
                parameters: json!({ "type": "object" }),
            }],
        };
        let sent: Value = serde_json::from_slice(&body(&request)).unwrap();
        let call = |id, arguments| json!({ "id": id, "type": "function", "function": { "name": "shop__find", "arguments": arguments } });
        assert_eq!(
            sent,
            json!({
                "model": "gpt-5-mini",
                "stream": true,
                "stream_options": { "include_usage": true },
                "messages": [
                    { "role": "system", "content": "Be brief." },
                    { "role": "user", "content": "hi" },
                    { "role": "assistant", "content": null, "tool_calls": [call("a", r#"{"q":1}"#), call("b", "{}")] },
                    { "role": "tool", "tool_call_id": "a", "content": "1" },
                    { "role": "tool", "tool_call_id": "b", "content": "2" },
                    { "role": "assistant", "content": "done" },
                    { "role": "assistant", "content": "" },
                ],
                "tools": [{ "type": "function", "function": {
                    "name": "shop__find", "description": "Finds.", "parameters": { "type": "object", "properties": {} },
                } }],
            })
        );
    }

    #[test]
    fn what_is_empty_is_left_out() {
        let request = ModelRequest { model: "m".into(), system: String::new(), messages: vec![], tools: vec![] };
        let sent: Value = serde_json::from_slice(&body(&request)).unwrap();
        assert_eq!(
            sent,
            json!({ "model": "m", "messages": [], "stream": true, "stream_options": { "include_usage": true } })
        );
    }

    #[test]
    fn any_schema_becomes_an_object_with_properties() {
        for (schema, expected) in [
            (json!(null), json!({ "type": "object", "properties": {} })),
            (json!({}), json!({ "type": "object", "properties": {} })),
            (
                json!({ "properties": { "a": true }, "x": 1 }),
                json!({ "type": "object", "properties": { "a": true }, "x": 1 }),
            ),
        ] {
            assert_eq!(serde_json::to_value(Parameters(&schema)).unwrap(), expected);
        }
    }
}
