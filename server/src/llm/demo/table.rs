//! A tool's JSON as something a person would read.

use serde_json::{Map, Value};

/// The most rows of a table.
const MOST_ROWS: usize = 20;

/// An object as a list, and the lists of objects in it as tables. Nothing for a shape that neither fits.
pub fn readable(value: &Value) -> Option<String> {
    match value {
        Value::Array(rows) => table(rows),
        Value::Object(fields) => object(fields),
        _ => None,
    }
}

fn object(fields: &Map<String, Value>) -> Option<String> {
    let (mut list, mut tables) = (String::new(), String::new());
    for (name, value) in fields {
        match value {
            Value::Array(rows) => tables.push_str(&format!("\n{}", table(rows)?)),
            Value::Object(_) => return None,
            plain => list.push_str(&format!("- {}: **{}**\n", in_words(name), text(plain))),
        }
    }
    let both = format!("{list}{tables}");
    (!both.is_empty()).then_some(both)
}

fn table(rows: &[Value]) -> Option<String> {
    let rows: Vec<_> = rows.iter().map(Value::as_object).collect::<Option<_>>()?;
    let columns: Vec<&String> = rows.first()?.keys().collect();
    let is_plain = |value: &Value| !value.is_array() && !value.is_object();
    if columns.is_empty() || !rows.iter().all(|row| row.values().all(is_plain)) {
        return None;
    }
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut table = line(columns.iter().map(|name| in_words(name)).collect());
    table.push_str(&line(columns.iter().map(|_| "---".to_owned()).collect()));
    for row in rows.iter().take(MOST_ROWS) {
        table.push_str(&line(columns.iter().map(|name| row.get(*name).map(text).unwrap_or_default()).collect()));
    }
    if rows.len() > MOST_ROWS {
        table.push_str(&format!("\n… and {} more.\n", rows.len() - MOST_ROWS));
    }
    Some(table)
}

/// A plain value within a line of markdown.
fn text(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    text.replace('|', "\\|").replace(['\r', '\n'], " ")
}

/// `deliveryDate` and `delivery_date` as "Delivery date".
fn in_words(name: &str) -> String {
    let words = super::script::words_of(name).join(" ");
    let mut chars = words.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn plain_shapes_become_lists_and_tables() {
        for (value, expected) in [
            (
                json!({ "number": 7, "deliveryDay": "Tue|Wed\n" }),
                Some("- Number: **7**\n- Delivery day: **Tue\\|Wed **\n"),
            ),
            (json!([{ "a": 1, "b": null }, { "a": true }]), Some("| A | B |\n| --- | --- |\n| 1 |  |\n| true |  |\n")),
            (json!({ "who": "x", "rows": [{ "a": 1 }] }), Some("- Who: **x**\n\n| A |\n| --- |\n| 1 |\n")),
            (json!({}), None),
            (json!([]), None),
            (json!([1, 2]), None),
            (json!([{}]), None),
            (json!([{ "a": { "b": 1 } }]), None),
            (json!({ "a": { "b": 1 } }), None),
            (json!("text"), None),
        ] {
            assert_eq!(readable(&value).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn a_long_table_is_cut() {
        let rows: Vec<_> = (0..25).map(|number| json!({ "n": number })).collect();
        let table = readable(&json!(rows)).unwrap();
        assert!(table.contains("| 19 |") && !table.contains("| 20 |") && table.ends_with("… and 5 more.\n"), "{table}");
    }
}
