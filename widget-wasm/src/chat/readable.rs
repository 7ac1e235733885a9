//! What a tool is called with and what it gives back, as text that people can read and that cannot pretend to be
//! something else: whoever approves a call has to see what it really is.

use serde_json::Value;

/// Longer texts are cut until somebody asks for all of them.
const SHOWN_BYTES: usize = 1_200;
/// So are those of more lines.
const SHOWN_LINES: usize = 24;
/// A level of nesting.
const INDENT: &str = "  ";

/// Writes a number that is not whole. The browser has that already; what Rust brings along is a good part of a widget.
pub type WriteFloat = fn(f64) -> String;

/// The arguments of a call: a name and a value each, by name. What is no object is one value
/// without a name.
pub fn arguments(args: &Value, float: WriteFloat) -> Vec<(String, String)> {
    match args {
        Value::Object(fields) => fields.iter().map(|(name, value)| (inert(name), value_text(value, float))).collect(),
        Value::Null => Vec::new(),
        other => vec![(String::new(), value_text(other, float))],
    }
}

/// What a tool gave back: JSON with its lines in order, anything else as it is.
pub fn result(output: &str, float: WriteFloat) -> String {
    let is_json = output.trim_start().starts_with(['{', '[']);
    let value = is_json.then(|| sigmic_shared::json::from_str::<Value>(output).ok()).flatten();
    value.map_or_else(|| inert(output), |value| value_text(&value, float))
}

/// The beginning of a text that is too long to be shown unasked.
pub fn cut(text: &str) -> Option<&str> {
    let by_lines = text.match_indices('\n').nth(SHOWN_LINES - 1).map_or(text.len(), |(at, _)| at);
    let end = text.floor_char_boundary(by_lines.min(SHOWN_BYTES));
    // A cut that hides next to nothing is only a nuisance.
    (text.len() - end > SHOWN_BYTES / 4 || text[end..].lines().count() > SHOWN_LINES / 4).then(|| &text[..end])
}

/// The text with control characters, and those that turn or hide text, written out.
pub fn inert(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for symbol in text.chars() {
        let is_hidden = matches!(symbol, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{61c}' | '\u{e0000}'..='\u{e007f}');
        if is_hidden || (symbol.is_control() && symbol != '\n' && symbol != '\t') {
            shown.extend(symbol.escape_unicode());
        } else {
            shown.push(symbol);
        }
    }
    shown
}

/// A text as it is, anything else as JSON.
fn value_text(value: &Value, float: WriteFloat) -> String {
    let Value::String(text) = value else {
        let mut text = String::new();
        write_json(value, 0, float, &mut text);
        return text;
    };
    inert(text)
}

fn write_json(value: &Value, depth: usize, float: WriteFloat, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(whole), ..) => whole.to_string(),
            (None, Some(whole), _) => whole.to_string(),
            (None, None, number) => number.map(float).unwrap_or_default(),
        }),
        Value::String(text) => write_string(text, out),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Object(fields) if fields.is_empty() => out.push_str("{}"),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                begin_item(index, depth, out);
                write_json(item, depth + 1, float, out);
            }
            end_items(']', depth, out);
        }
        Value::Object(fields) => {
            out.push('{');
            for (index, (name, item)) in fields.iter().enumerate() {
                begin_item(index, depth, out);
                write_string(name, out);
                out.push_str(": ");
                write_json(item, depth + 1, float, out);
            }
            end_items('}', depth, out);
        }
    }
}

fn begin_item(index: usize, depth: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
    begin_line(depth + 1, out);
}

fn end_items(bracket: char, depth: usize, out: &mut String) {
    begin_line(depth, out);
    out.push(bracket);
}

fn begin_line(depth: usize, out: &mut String) {
    out.push('\n');
    (0..depth).for_each(|_| out.push_str(INDENT));
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for symbol in inert(text).chars() {
        match symbol {
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn arguments_are_names_and_values() {
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        for (args, expected) in [
            (json!(null), pairs(&[])),
            (json!({}), pairs(&[])),
            (json!({ "order": "A-1" }), pairs(&[("order", "A-1")])),
            (json!({ "n": 1.5, "w": -7 }), pairs(&[("n", "1.5"), ("w", "-7")])),
            (json!([u64::MAX]), pairs(&[("", "[\n  18446744073709551615\n]")])),
            (json!({ "all": true, "note": null }), pairs(&[("all", "true"), ("note", "null")])),
            (json!({ "list": [1, "a\"b\n"], }), pairs(&[("list", "[\n  1,\n  \"a\\\"b\\n\"\n]")])),
            (json!({ "deep": { "a": {}, "b": [] } }), pairs(&[("deep", "{\n  \"a\": {},\n  \"b\": []\n}")])),
            (json!("text"), pairs(&[("", "text")])),
            (json!({ "a\u{202e}b": "x\u{0}y\nz" }), pairs(&[("a\\u{202e}b", "x\\u{0}y\nz")])),
        ] {
            assert_eq!(arguments(&args, |number| number.to_string()), expected, "{args}");
        }
    }

    #[test]
    fn results_are_json_in_order_or_text_as_it_is() {
        for (output, expected) in [
            ("plain", "plain"),
            (r#"{"a":[1,2]}"#, "{\n  \"a\": [\n    1,\n    2\n  ]\n}"),
            ("{ not json", "{ not json"),
            ("42", "42"),
            ("<b>\u{1b}[31mred", "<b>\\u{1b}[31mred"),
            ("", ""),
        ] {
            assert_eq!(result(output, |number| number.to_string()), expected, "{output:?}");
        }
    }

    #[test]
    fn long_texts_are_cut_where_it_helps() {
        let lines = |count: usize| "é\n".repeat(count);
        for (text, shown) in [
            (String::new(), None),
            ("x".repeat(1_400), None),
            ("x".repeat(2_000), Some(1_200)),
            ("é".repeat(1_000), Some(1_200)),
            (format!("x{}", "é".repeat(1_000)), Some(1_199)),
            (lines(26), None),
            (lines(100), Some(24 * 3 - 1)),
        ] {
            assert_eq!(cut(&text).map(str::len), shown, "{} bytes", text.len());
        }
    }
}
