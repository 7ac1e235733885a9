//! The tools the servers offer.

use super::ToolSet;
use rmcp::model::{JsonObject, Tool};
use serde_json::{Value, json};
use std::sync::Arc;

/// The name of the tool that a call of `grow` adds.
pub(super) const GROWN: &str = "grown";

/// What a server of this kind offers.
pub(super) fn offered(set: ToolSet, has_grown: bool) -> Vec<Tool> {
    let mut tools = match set {
        ToolSet::Usual => usual(),
        ToolSet::Many => (0..500).map(|number| tool(&format!("tool_{number}"), "One of many.", json!({}))).collect(),
        ToolSet::Odd => odd(),
    };
    if has_grown {
        tools.push(tool(GROWN, "Was not there before.", json!({})));
    }
    tools
}

fn usual() -> Vec<Tool> {
    let text = json!({ "text": { "type": "string" } });
    let count = json!({ "count": { "type": "integer", "minimum": 0 } });
    let mut echo = tool("echo", "Gives the text back.", text);
    echo.input_schema = schema(json!({
        "type": "object", "required": ["text"], "properties": { "text": { "type": "string" } },
    }));
    let mut tools = vec![
        echo,
        tool("big", "Gives that many letters.", count.clone()),
        tool("progress", "Reports that many steps.", count.clone()),
        tool("breed", "Starts that many processes that ignore SIGTERM.", count),
    ];
    tools.extend(
        [
            ("reached", "Tells what the server was reached with."),
            ("wait", "Ends when the test says so."),
            ("image", "Gives a picture."),
            ("resource", "Gives a resource."),
            ("structured", "Gives structured content."),
            ("nothing", "Gives no content at all."),
            ("fail", "Gives an error."),
            ("refuse", "Fails as a protocol error."),
            ("grow", "Adds a tool."),
            ("hang", "Never answers."),
            ("crash", "Ends the server."),
            ("garbage", "Answers with something else."),
            ("huge", "Answers with far too much."),
        ]
        .map(|(name, description)| tool(name, description, json!({}))),
    );
    tools
}

/// Names models refuse, names that would clash once they are made acceptable, and schemas beyond the usual.
fn odd() -> Vec<Tool> {
    let long = "l".repeat(200);
    let mut tools: Vec<Tool> = ["with space", "with.dot", "with_dot", "with/slash", "ünï", "__", "orders__list", &long]
        .map(|name| tool(name, "Oddly named.", json!({})))
        .into();
    let schemas = [
        ("empty_schema", json!({})),
        ("no_properties", json!({ "type": "object" })),
        (
            "with_refs",
            json!({
                "type": "object", "required": ["to"], "properties": { "to": { "$ref": "#/$defs/address" } },
                "$defs": { "address": { "type": "object", "required": ["city"], "properties": { "city": { "type": "string" } } } },
            }),
        ),
        (
            "foreign_ref",
            json!({ "type": "object", "properties": { "x": { "$ref": "https://example.com/schema.json" } } }),
        ),
        ("invalid_schema", json!({ "type": "object", "properties": { "x": { "type": "no such type" } } })),
        (
            "heavy_pattern",
            json!({ "type": "object", "properties": { "x": { "type": "string", "pattern": "^(a+)+$" } } }),
        ),
        ("any_of", json!({ "type": "object", "anyOf": [{ "required": ["a"] }, { "required": ["b"] }] })),
    ];
    tools.extend(schemas.map(|(name, value)| {
        let mut tool = tool(name, "Oddly shaped.", json!({}));
        tool.input_schema = schema(value);
        tool
    }));
    tools
}

fn tool(name: &str, description: &str, properties: Value) -> Tool {
    let schema = schema(json!({ "type": "object", "properties": properties }));
    Tool::new(name.to_owned(), description.to_owned(), schema)
}

fn schema(value: Value) -> Arc<JsonObject> {
    Arc::new(value.as_object().expect("a schema is an object").clone())
}
