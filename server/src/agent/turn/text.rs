//! What comes from a model or a tool, made fit to be stored and shown.

use serde_json::{Map, Value};

/// Replaces NUL, which Postgres cannot store, by U+FFFD.
pub(super) fn clean(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

/// The arguments of a tool call as an object, or what is wrong with them in words for the model.
pub(super) fn parse_arguments(text: &str) -> Result<Map<String, Value>, String> {
    if text.trim().is_empty() {
        // Many models write nothing for a tool without parameters.
        return Ok(Map::new());
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(args)) => Ok(clean_object(args)),
        Ok(_) => Err("The arguments must be a JSON object.".to_owned()),
        Err(fault) => Err(format!("The arguments are not valid JSON: {fault}.")),
    }
}

fn clean_object(object: Map<String, Value>) -> Map<String, Value> {
    object.into_iter().map(|(key, value)| (clean(key), clean_value(value))).collect()
}

fn clean_value(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(clean(text)),
        Value::Array(values) => values.into_iter().map(clean_value).collect(),
        Value::Object(object) => Value::Object(clean_object(object)),
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn arguments_are_an_object_or_a_fault() {
        for (text, expected) in [
            ("", Some(json!({}))),
            (" \n", Some(json!({}))),
            ("{}", Some(json!({}))),
            (r#"{"a":[1,{"b":"x\u0000y"}]}"#, Some(json!({ "a": [1, { "b": "x\u{fffd}y" }] }))),
            (r#"{"\u0000":1}"#, Some(json!({ "\u{fffd}": 1 }))),
            ("[]", None),
            ("null", None),
            ("\"text\"", None),
            (r#"{"a":"#, None),
            (r#"{"a":"\ud800"}"#, None),
            ("{} {}", None),
        ] {
            assert_eq!(parse_arguments(text).ok().map(Value::Object), expected, "{text:?}");
        }
    }

    #[test]
    fn nesting_without_end_is_a_fault_not_a_crash() {
        assert!(parse_arguments(&"[".repeat(1_000_000)).is_err());
    }
}
