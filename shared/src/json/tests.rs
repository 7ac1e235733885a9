//! The reader beside serde_json.

use super::*;
use crate::{Message, error::Failure, stream::ToolProgress, widget::WidgetConfig};
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn what_is_no_json_is_refused() {
    for text in [
        "",
        " ",
        "nul",
        "nulll",
        "tru",
        "{",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{1:1}",
        "\"a",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
        "\"a\nb\"",
        "01",
        "-",
        "+1",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x1",
        "1 2",
        "NaN",
        "1e999",
        "'a'",
        "\u{feff}1",
        "[1}",
    ] {
        assert!(serde_json::from_str::<Value>(text).is_err(), "{text:?} is JSON after all");
        assert_eq!(from_str::<Value>(text), Err(Malformed), "{text:?}");
    }
}

#[test]
fn what_is_json_is_read_alike() {
    for text in [
        "null",
        " true ",
        "false",
        "0",
        "-1",
        "18446744073709551615",
        "-9223372036854775808",
        "1.5",
        "-0.25",
        "1e3",
        "2.5E-3",
        "123456789012345678901234567890",
        "[]",
        "[ 1 , [ ] , { } ]",
        "{\"a\" : [1, 2], \"b\": null}",
        "\"\\u00e4\\ud83d\\ude00\\n\\\"\\/\"",
        "\"ä😀\"",
        "{\"a\":1,\"a\":2}",
    ] {
        let expected: Value = serde_json::from_str(text).unwrap();
        assert_eq!(from_str::<Value>(text), Ok(expected), "{text:?}");
    }
}

#[test]
fn nesting_has_a_limit() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(from_str::<Value>(&nested(MAX_DEPTH)).is_ok() && serde_json::from_str::<Value>(&nested(MAX_DEPTH)).is_ok());
    assert!(from_str::<Value>(&nested(MAX_DEPTH + 1)).is_err());
    assert!(from_str::<Value>(&nested(1_000_000)).is_err());
}

#[test]
fn the_types_of_the_wire_are_read() {
    let message = json!({
        "id": "m1", "role": "assistant", "content": "a\n\"b\"", "createdAt": "2026-01-31T12:00:00.000Z", "later": [{}],
        "toolCalls": [{ "callId": "c", "toolName": "s__t", "status": "success", "args": { "n": 1.5 }, "durationMs": 7 }],
    })
    .to_string();
    assert_eq!(from_str::<Message>(&message).unwrap(), serde_json::from_str::<Message>(&message).unwrap());
    let progress = r#"{"callId":"c","progress":1,"total":null}"#;
    assert_eq!(from_str::<ToolProgress>(progress).unwrap(), serde_json::from_str::<ToolProgress>(progress).unwrap());
    for code in ["NOT_FOUND", "QUOTA_SPENT"] {
        let failure = json!({ "success": false, "error": { "code": code, "message": "m" } }).to_string();
        assert_eq!(from_str::<Failure>(&failure).unwrap(), serde_json::from_str::<Failure>(&failure).unwrap());
    }
    assert_eq!(from_str::<WidgetConfig>("{}"), Ok(WidgetConfig::default()));
    // Structs are objects; that serde_json would take a list for one is nothing the wire needs.
    for wrong in [r#"{"branding":[]}"#, r#"{"branding":{"title":7}}"#, r#"{"features":{"files":1}}"#, "[]"] {
        assert_eq!(from_str::<WidgetConfig>(wrong), Err(Malformed), "{wrong}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1_000_000_i32..1_000_000, 0_i32..9).prop_map(|(n, places)| Value::from(f64::from(n) / 10_f64.powi(places))),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn it_reads_what_serde_json_writes(value in any_json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        prop_assert_eq!(from_str::<Value>(&text), Ok(value));
    }

    #[test]
    fn it_accepts_just_what_serde_json_accepts(text in "[\\[\\]{}:,\"a\\\\u0-9.eE+ \\-tn]{0,12}") {
        prop_assert_eq!(from_str::<Value>(&text).is_ok(), serde_json::from_str::<Value>(&text).is_ok(), "{}", text);
    }

    #[test]
    fn it_never_panics(text in any::<String>()) {
        let _ = from_str::<Value>(&text);
        let _ = from_str::<Message>(&text);
    }
}
