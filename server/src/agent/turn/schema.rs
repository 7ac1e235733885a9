//! Whether a call's arguments fit the tool's JSON schema. The schema comes from a tool server and the arguments from a
//! model: neither is trusted to be small, sound or kind.

use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// A schema is a tree of values; with every `$ref` replaced by what it names, it may have this many.
const LARGEST_SCHEMA: u64 = 10_000;
/// And be this deep.
const DEEPEST_SCHEMA: u32 = 96;
/// Values of the schema times values in the arguments: more steps than this are not taken.
const MOST_STEPS: u64 = 20_000_000;
/// Bytes a compiled pattern may take.
const LARGEST_PATTERN: usize = 256 * 1024;
/// Faults that are told.
const MOST_FAULTS: usize = 5;
/// Bytes of one fault that are told.
const LONGEST_FAULT: usize = 200;

/// The schemas of a run's tools, compiled when a tool is first called.
#[derive(Default)]
pub(super) struct Schemas(HashMap<String, Option<Schema>>);

struct Schema {
    validator: Validator,
    size: u64,
}

impl Schemas {
    /// What is wrong with the arguments, in words for the model that repeat none of their values. A schema that is
    /// unsound, or would take too long, finds nothing wrong: the tool looks at what it gets itself.
    pub(super) fn check(&mut self, tool: &str, schema: &Value, args: &Map<String, Value>) -> Result<(), String> {
        let compiled = match self.0.get(tool) {
            Some(compiled) => compiled,
            None => self.0.entry(tool.to_owned()).or_insert_with(|| Schema::compile(schema)),
        };
        compiled.as_ref().map_or(Ok(()), |schema| schema.check(args))
    }

    /// The tools have changed.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

impl Schema {
    fn compile(schema: &Value) -> Option<Self> {
        let size = Measure { root: schema, known: HashMap::new() }.expand(schema, 0)?;
        let validator = jsonschema::options()
            .with_pattern_options(PatternOptions::regex().size_limit(LARGEST_PATTERN).dfa_size_limit(LARGEST_PATTERN))
            .offline()
            .build(schema)
            .ok()?;
        Some(Self { validator, size })
    }

    fn check(&self, args: &Map<String, Value>) -> Result<(), String> {
        let values = args.values().map(count).fold(1, u64::saturating_add);
        if self.size.saturating_mul(values) > MOST_STEPS {
            return Ok(());
        }
        let args = Value::Object(args.clone());
        let faults: Vec<String> =
            self.validator.iter_errors(&args).take(MOST_FAULTS).map(|fault| tell(&fault)).collect();
        if faults.is_empty() { Ok(()) } else { Err(format!("The arguments do not fit: {}.", faults.join("; "))) }
    }
}

/// Where a fault is and what it is, without the value.
fn tell(fault: &ValidationError<'_>) -> String {
    let place = fault.instance_path().to_string();
    let place = if place.is_empty() { "the arguments".to_owned() } else { shorten(&place).to_owned() };
    let reason = fault.masked_with("it").to_string();
    format!("{place}: {}", shorten(&reason))
}

fn shorten(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST_FAULT)]
}

/// The values in a value, itself included.
fn count(value: &Value) -> u64 {
    match value {
        Value::Array(values) => values.iter().map(count).fold(1, u64::saturating_add),
        Value::Object(object) => object.values().map(count).fold(1, u64::saturating_add),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
    }
}

/// Measures how much work a schema is. Each of its values is looked at once for each value of the arguments, and what a
/// `$ref` names once more for each `$ref`.
struct Measure<'s> {
    root: &'s Value,
    /// What is known of the targets of references; `None` while one is being measured.
    known: HashMap<&'s str, Option<(u64, u32)>>,
}

impl<'s> Measure<'s> {
    /// The size of a schema with all references replaced. `None` when it is too large, too deep, without end, or refers
    /// to anything but a place within itself.
    fn expand(&mut self, schema: &'s Value, depth: u32) -> Option<u64> {
        self.measure(schema, depth).map(|(size, _)| size)
    }

    /// Size and depth.
    fn measure(&mut self, schema: &'s Value, depth: u32) -> Option<(u64, u32)> {
        let mut size = 1_u64;
        let mut deepest = 0;
        if depth > DEEPEST_SCHEMA {
            return None;
        }
        let mut add = |(more, below): (u64, u32)| {
            size = size.saturating_add(more);
            deepest = deepest.max(below);
        };
        match schema {
            Value::Object(object) => {
                // What evaluates its neighbours once more doubles their work at every level.
                let looks_twice = object.keys().any(|key| key.starts_with("unevaluated"));
                for (key, value) in object {
                    match (key.as_str(), value) {
                        ("$ref", Value::String(target)) => add(self.follow(target, depth)?),
                        // Where these lead depends on how one got there.
                        ("$dynamicRef" | "$recursiveRef", _) => return None,
                        // Within a schema, this moves what references are relative to.
                        ("$id" | "id", Value::String(_)) if depth > 0 => return None,
                        (_, value) => add(self.measure(value, depth + 1)?),
                    }
                }
                if looks_twice {
                    size = size.saturating_mul(2);
                }
            }
            Value::Array(values) => {
                for value in values {
                    add(self.measure(value, depth + 1)?);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        (size <= LARGEST_SCHEMA).then_some((size, deepest + 1))
    }

    fn follow(&mut self, target: &'s str, depth: u32) -> Option<(u64, u32)> {
        let (size, below) = match self.known.get(target) {
            Some(known) => (*known)?,
            None => {
                let pointer = target.strip_prefix('#')?;
                let named = self.root.pointer(pointer).filter(|_| !pointer.contains('%'))?;
                // Coming back here before it is known is a circle.
                self.known.insert(target, None);
                let found = self.measure(named, depth + 1)?;
                self.known.insert(target, Some(found));
                found
            }
        };
        (depth + below <= DEEPEST_SCHEMA).then_some((size, below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(schema: &Value, args: Value) -> Result<(), String> {
        let Value::Object(args) = args else { panic!("arguments are an object") };
        Schemas::default().check("tool", schema, &args)
    }

    #[test]
    fn faults_are_told_with_their_place_and_without_values() {
        let schema = json!({
            "type": "object",
            "properties": {
                "id": { "type": "integer", "minimum": 1 },
                "size": { "enum": ["s", "m"] },
                "code": { "type": "string", "pattern": "^[A-Z]+$", "maxLength": 4 },
                "tags": { "type": "array", "items": { "$ref": "#/$defs/tag" } }
            },
            "$defs": { "tag": { "type": "string" } },
            "required": ["id"],
            "additionalProperties": false
        });
        for (args, expected) in [
            (json!({ "id": 1, "size": "s", "code": "AB", "tags": ["x"] }), ""),
            (json!({}), r#"the arguments: "id" is a required property"#),
            (json!({ "id": "secret" }), r#"/id: it is not of type "integer""#),
            (json!({ "id": 0 }), "/id: it is less than the minimum of 1"),
            (json!({ "id": 1, "size": "secret" }), r#"/size: it is not one of "s" or "m""#),
            (
                json!({ "id": 1, "code": "secret" }),
                r#"/code: it is longer than 4 characters; /code: it does not match "^[A-Z]+$""#,
            ),
            (json!({ "id": 1, "tags": ["x", 5] }), r#"/tags/1: it is not of type "string""#),
        ] {
            let told = check(&schema, args.clone()).err().unwrap_or_default();
            let told = told.strip_prefix("The arguments do not fit: ").unwrap_or(&told);
            assert_eq!(told.strip_suffix('.').unwrap_or(told), expected, "{args}");
        }
    }

    #[test]
    fn what_is_told_stays_short() {
        let schema = json!({ "additionalProperties": { "type": "null" }, "maxProperties": 0 });
        let args: Map<_, _> =
            (0..100).map(|number| (format!("{number}{}", "x".repeat(10_000)), json!("v".repeat(1000)))).collect();
        let told = check(&schema, Value::Object(args)).unwrap_err();
        assert!(told.len() < MOST_FAULTS * 2 * (LONGEST_FAULT + 8), "{told}");
        assert!(!told.contains("vvvv"));
        let unexpected = json!({ "additionalProperties": false });
        assert!(check(&unexpected, json!({ "y".repeat(10_000): 1 })).unwrap_err().len() < 500);
    }

    #[test]
    fn a_schema_that_cannot_be_used_lets_everything_through() {
        let mut doubling = Map::new();
        for number in 0..40 {
            let next = json!({ "$ref": format!("#/$defs/d{}", number + 1) });
            doubling.insert(format!("d{number}"), json!({ "allOf": [next, next] }));
        }
        doubling.insert("d40".into(), json!({ "type": "null" }));
        let mut chain = Map::new();
        for number in 0..500 {
            chain.insert(format!("d{number}"), json!({ "$ref": format!("#/$defs/d{}", number + 1) }));
        }
        chain.insert("d500".into(), json!({ "type": "null" }));
        let deep = (0..60).fold(json!({ "type": "null" }), |inner, _| json!({ "allOf": [inner] }));
        let unevaluated = (0..20)
            .fold(json!({ "type": "null" }), |inner, _| json!({ "unevaluatedProperties": false, "allOf": [inner] }));
        let wide: Vec<_> = (0..20_000).map(|_| json!({ "type": "null" })).collect();
        for (name, schema) in [
            ("no schema", json!("object")),
            ("an unknown type", json!({ "type": "secret" })),
            ("a circle", json!({ "$ref": "#" })),
            (
                "a circle in steps",
                json!({ "$ref": "#/$defs/a", "$defs": { "a": { "$ref": "#/$defs/b" }, "b": { "$ref": "#/$defs/a" } } }),
            ),
            ("recursion", json!({ "properties": { "a": { "$ref": "#" } }, "required": ["b"] })),
            ("another document", json!({ "$ref": "https://example.com/schema.json" })),
            ("a file", json!({ "$ref": "file:///etc/passwd" })),
            ("another base", json!({ "properties": { "a": { "$id": "b", "$ref": "#" } }, "required": ["b"] })),
            ("a circle by another name", json!({ "$dynamicRef": "#" })),
            ("an older name", json!({ "allOf": [{ "$recursiveRef": "#" }] })),
            ("an anchor", json!({ "$ref": "#here" })),
            ("nowhere", json!({ "$ref": "#/$defs/none" })),
            ("a foreign draft", json!({ "$schema": "https://example.com/draft", "required": ["b"] })),
            ("doubling", json!({ "$ref": "#/$defs/d0", "$defs": doubling })),
            ("a chain", json!({ "$ref": "#/$defs/d0", "$defs": chain })),
            ("depth", deep),
            ("evaluating again and again", unevaluated),
            ("width", json!({ "allOf": wide })),
            ("an invalid pattern", json!({ "properties": { "a": { "pattern": "(" } } })),
            ("a pattern without end", json!({ "properties": { "a": { "pattern": "((a{1000}){1000}){1000}" } } })),
            ("looking around", json!({ "properties": { "a": { "pattern": "(?=x)y" } } })),
        ] {
            assert_eq!(check(&schema, json!({ "a": "b" })), Ok(()), "{name}");
        }
    }

    #[test]
    fn a_pattern_that_backtracks_elsewhere_is_quick() {
        let schema = json!({ "properties": { "a": { "pattern": "^(a+)+$" } } });
        assert!(check(&schema, json!({ "a": format!("{}!", "a".repeat(100_000)) })).is_err());
        let args: Vec<_> = (0..100_000).map(|number| json!(number)).collect();
        let large =
            json!({ "properties": { "a": { "items": { "allOf": vec![json!({ "type": "integer" }); 4000] } } } });
        assert_eq!(check(&large, json!({ "a": args })), Ok(()), "too much work is not done");
    }

    #[test]
    fn a_schema_is_compiled_once() {
        let mut schemas = Schemas::default();
        let args = Map::new();
        let strict = json!({ "required": ["a"] });
        assert!(schemas.check("tool", &strict, &args).is_err());
        assert!(schemas.check("tool", &json!({}), &args).is_err(), "it is known already");
        assert!(schemas.check("other", &json!({}), &args).is_ok());
        schemas.forget();
        assert!(schemas.check("tool", &json!({}), &args).is_ok());
    }
}
