//! A tool's result as text for the model.

use super::catalogue::cut;
use crate::secrets::Redactor;
use serde_json::Value;

/// Longest type, name or address repeated from a part that is no text, in bytes.
const LABEL_BYTES: usize = 500;

/// What a call gave: its output, or what the tool says went wrong. Masked first and then cut to `limit` bytes, so that
/// no half of a value is left standing.
pub(super) fn read(result: &Value, redactor: &Redactor, limit: usize) -> Result<String, String> {
    let text = within(redactor.mask(&text_of(result)).into_owned(), limit);
    let is_error = result.get("isError").and_then(Value::as_bool).unwrap_or(false);
    match (is_error, text.is_empty()) {
        (false, false) => Ok(text),
        (false, true) => Ok("[no output]".to_owned()),
        (true, false) => Err(text),
        (true, true) => Err("The tool failed and did not say why.".to_owned()),
    }
}

/// The text, or its beginning and how much is missing.
pub(super) fn within(text: String, limit: usize) -> String {
    if text.len() <= limit {
        return text;
    }
    let all = text.len();
    let text = cut(text, limit);
    let shown = text.len();
    format!("{text}\n[This result was cut: it has {all} bytes, and these are the first {shown}.]")
}

fn text_of(result: &Value) -> String {
    let content = result.get("content").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut parts: Vec<String> = content.iter().map(part).collect();
    if let Some(structured) = result.get("structuredContent").filter(|structured| !structured.is_null())
        && !parts.iter().any(|text| serde_json::from_str::<Value>(text).is_ok_and(|said| said == *structured))
    {
        parts.push(structured.to_string());
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

fn part(content: &Value) -> String {
    match field(content, "type") {
        "text" => field(content, "text").to_owned(),
        kind @ ("image" | "audio") => {
            format!("[{kind} {}, {}]", label(content, "mimeType"), size(field(content, "data")))
        }
        "resource" => {
            let Some(resource) = content.get("resource") else { return "[resource]".to_owned() };
            match resource.get("text").and_then(Value::as_str) {
                Some(text) => text.to_owned(),
                None => format!("[resource {}, {}]", place(resource), size(field(resource, "blob"))),
            }
        }
        "resource_link" => format!("[link to {}]", place(content)),
        _ => "[a part of a kind that is not known here]".to_owned(),
    }
}

/// Where a resource is, and what.
fn place(resource: &Value) -> String {
    match resource.get("mimeType") {
        Some(_) => format!("{}, {}", label(resource, "uri"), label(resource, "mimeType")),
        None => label(resource, "uri"),
    }
}

fn field<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn label(value: &Value, name: &str) -> String {
    let text: String = field(value, name).chars().filter(|char| !char.is_control()).collect();
    if text.is_empty() { format!("of unknown {name}") } else { cut(text, LABEL_BYTES) }
}

/// The size of what base64 stands for.
fn size(base64: &str) -> String {
    let bytes = base64.trim_end_matches('=').len() * 3 / 4;
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} KB", bytes.div_ceil(1_000)),
        _ => format!("{} MB", bytes.div_ceil(1_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn said(result: Value) -> Result<String, String> {
        read(&result, &Redactor::default(), 1000)
    }

    #[test]
    fn results_become_text() {
        for (result, expected) in [
            (json!({ "content": [{ "type": "text", "text": "a" }, { "type": "text", "text": "b" }] }), "a\nb"),
            (json!({ "content": [] }), "[no output]"),
            (json!({}), "[no output]"),
            (json!({ "content": "x", "isError": "yes" }), "[no output]"),
            (json!({ "structuredContent": { "a": 1 } }), r#"{"a":1}"#),
            (
                json!({ "content": [{ "type": "text", "text": "{ \"a\": 1 }" }], "structuredContent": { "a": 1 } }),
                "{ \"a\": 1 }",
            ),
            (
                json!({ "content": [{ "type": "text", "text": "one" }], "structuredContent": { "a": 1 } }),
                "one\n{\"a\":1}",
            ),
            (
                json!({ "content": [{ "type": "image", "mimeType": "image/png", "data": "A".repeat(16_000) }] }),
                "[image image/png, 12 KB]",
            ),
            (
                json!({ "content": [{ "type": "audio", "mimeType": "audio/wav", "data": "QUJD" }] }),
                "[audio audio/wav, 3 bytes]",
            ),
            (json!({ "content": [{ "type": "image" }] }), "[image of unknown mimeType, 0 bytes]"),
            (json!({ "content": [{ "type": "resource", "resource": { "uri": "u:1", "text": "hello" } }] }), "hello"),
            (
                json!({ "content": [{ "type": "resource", "resource": { "uri": "u:1", "blob": "QQ==" } }] }),
                "[resource u:1, 1 bytes]",
            ),
            (
                json!({ "content": [{ "type": "resource_link", "uri": "u:1", "mimeType": "text/plain" }] }),
                "[link to u:1, text/plain]",
            ),
            (json!({ "content": [{ "type": "hologram" }] }), "[a part of a kind that is not known here]"),
        ] {
            assert_eq!(said(result.clone()).as_deref(), Ok(expected), "{result}");
        }
    }

    #[test]
    fn an_error_of_the_tool_is_one() {
        let failed = json!({ "content": [{ "type": "text", "text": "no such order" }], "isError": true });
        assert_eq!(said(failed), Err("no such order".to_owned()));
        assert_eq!(said(json!({ "isError": true })), Err("The tool failed and did not say why.".to_owned()));
    }

    #[test]
    fn no_half_of_a_value_is_left_by_cutting() {
        let redactor = Redactor::new(["hunter22"]).unwrap();
        let result = json!({ "content": [{ "type": "text", "text": "0123456789hunter22hunter22 end" }] });
        for limit in 0..40 {
            let text = read(&result, &redactor, limit).unwrap();
            assert!(!text.contains("hunt"), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_cut_text_is_its_beginning(text in ".{0,60}", limit in 0usize..80) {
            let cut = within(text.clone(), limit);
            if text.len() <= limit {
                prop_assert_eq!(cut, text);
            } else {
                let (begin, notice) = cut.rsplit_once('\n').unwrap();
                prop_assert!(text.starts_with(begin) && begin.len() <= limit && begin.len() + 4 > limit);
                prop_assert!(notice.contains(&text.len().to_string()));
            }
        }
    }
}
