//! Arguments for a tool, read out of a message by simple means.

use serde_json::{Map, Value, json};

/// Makes arguments that fit a tool's schema. A JSON object in the message is taken as it is;
/// else `name=value` and `name: value` fill the properties they name, and the required ones that are
/// left get the message's numbers, its quoted texts, or the whole message.
pub fn from_message(message: &str, schema: &Value) -> Value {
    if let Some(object) = object_in(message) {
        return Value::Object(object);
    }
    let no_properties = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&no_properties);
    let required = schema.get("required").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut numbers = message.split(|char: char| !char.is_ascii_digit() && char != '.').filter_map(number_in);
    let mut quotes = quotes_in(message).into_iter();
    let mut arguments = Map::new();
    for (name, property) in properties {
        let value = match named_in(message, name) {
            Some(text) => typed(text, property),
            None if !required.iter().any(|required| required == name) => continue,
            None => match type_of(property) {
                "integer" | "number" => numbers
                    .find(|number| type_of(property) == "number" || number.is_i64())
                    .or_else(|| property.get("default").cloned())
                    .unwrap_or_else(|| property.get("minimum").cloned().unwrap_or(json!(1))),
                "boolean" => json!(true),
                "array" => json!([]),
                "object" => json!({}),
                _ => choice_in(message, property)
                    .or_else(|| quotes.next().map(Value::from))
                    .or_else(|| property.get("default").cloned())
                    .unwrap_or_else(|| json!(message.trim())),
            },
        };
        arguments.insert(name.clone(), value);
    }
    Value::Object(arguments)
}

fn object_in(message: &str) -> Option<Map<String, Value>> {
    let (start, end) = (message.find('{')?, message.rfind('}')?);
    serde_json::from_str(message.get(start..=end)?).ok()
}

fn type_of(property: &Value) -> &str {
    match property.get("type") {
        Some(Value::String(name)) => name,
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or("string")
        }
        _ => "string",
    }
}

/// The one of a property's choices that the message names, else its first.
fn choice_in(message: &str, property: &Value) -> Option<Value> {
    let choices = property.get("enum")?.as_array()?;
    let message = message.to_lowercase();
    let named =
        choices.iter().find(|choice| choice.as_str().is_some_and(|choice| message.contains(&choice.to_lowercase())));
    named.or(choices.first()).cloned()
}

/// The value in `name=value` or `name: value`.
fn named_in<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    message.match_indices(name).find_map(|(at, _)| {
        let starts_a_word = !message[..at].ends_with(|char: char| char.is_alphanumeric() || char == '_');
        let value = message[at + name.len()..].trim_start().strip_prefix(['=', ':'])?.trim_start();
        let end = value.find(|char: char| char.is_whitespace() || char == ',').unwrap_or(value.len());
        let value = value[..end].trim_matches(['"', '\'', '`', '{', '}']);
        (starts_a_word && !value.is_empty()).then_some(value)
    })
}

fn typed(text: &str, property: &Value) -> Value {
    match type_of(property) {
        "string" => json!(text),
        _ => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
    }
}

fn number_in(text: &str) -> Option<Value> {
    let text = text.trim_matches('.');
    text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<f64>().map(Value::from)).ok()
}

fn quotes_in(message: &str) -> Vec<&str> {
    ['"', '`', '\'']
        .into_iter()
        .map(|quote| message.split(quote))
        .flat_map(|parts| {
            let parts: Vec<_> = parts.collect();
            let whole_pairs = (parts.len() - 1) / 2 * 2;
            parts[..whole_pairs].iter().skip(1).step_by(2).copied().collect::<Vec<_>>()
        })
        .filter(|quoted| !quoted.trim().is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_found_in_a_message() {
        let order = json!({ "type": "object", "required": ["id"], "properties": { "id": { "type": "integer" }, "note": { "type": "string" } } });
        let text = json!({ "required": ["query"], "properties": { "query": { "type": "string" } } });
        let unit = json!({ "required": ["unit", "on"], "properties": { "unit": { "enum": ["celsius", "fahrenheit"] }, "on": { "type": ["null", "boolean"] } } });
        for (message, schema, expected) in [
            ("look up order 17, please", &order, json!({ "id": 17 })),
            ("look up the order", &order, json!({ "id": 1 })),
            ("order id=4 note: 'late', 9", &order, json!({ "id": 4, "note": "late" })),
            ("paid=3 id:x", &order, json!({ "id": "x" })),
            (r#"order {"id": 5, "x": [1]}"#, &order, json!({ "id": 5, "x": [1] })),
            ("order {id: 5.5} 6.", &order, json!({ "id": 5.5 })),
            ("version 1.5 of 6.", &order, json!({ "id": 6 })),
            ("search for \"red shoes\"", &text, json!({ "query": "red shoes" })),
            ("don't search", &text, json!({ "query": "don't search" })),
            ("in Fahrenheit", &unit, json!({ "unit": "fahrenheit", "on": true })),
            ("how warm", &unit, json!({ "unit": "celsius", "on": true })),
            ("anything", &json!(null), json!({})),
            ("anything", &json!({ "properties": [] }), json!({})),
        ] {
            assert_eq!(from_message(message, schema), expected, "{message}");
        }
    }
}
