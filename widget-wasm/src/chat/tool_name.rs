//! What a tool is called before people.

use super::readable::inert;

/// A tool's name in words, and the server it belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolName {
    /// `List recent` for `orders__list_recent`.
    pub words: String,
    /// `orders` for `orders__list_recent`.
    pub server: Option<String>,
}

impl ToolName {
    /// Reads `<server>__<tool>`.
    pub fn of(tool_name: &str) -> Self {
        let (server, tool) = match tool_name.split_once("__") {
            Some((server, tool)) if !words(tool).is_empty() => (Some(server), tool),
            _ => (None, tool_name),
        };
        Self { words: words(tool), server: server.filter(|server| !server.is_empty()).map(inert) }
    }
}

/// `list_recent`, `list-recent` and `listRecent` as `List recent`. What is written in capitals stays so.
/// Only ASCII changes: the tables of all other letters are larger than the rest of this room.
fn words(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    let mut before = ' ';
    for symbol in inert(name).chars() {
        let is_gap = matches!(symbol, '_' | '-' | '.' | '/' | ' ');
        let starts_word = symbol.is_ascii_uppercase() && before.is_ascii_lowercase();
        if (is_gap || starts_word) && !words.ends_with(' ') && !words.is_empty() {
            words.push(' ');
        }
        if words.is_empty() && !is_gap {
            words.push(symbol.to_ascii_uppercase());
        } else if starts_word {
            words.push(symbol.to_ascii_lowercase());
        } else if !is_gap {
            words.push(symbol);
        }
        before = symbol;
    }
    words.truncate(words.trim_end().len());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_have_names_for_people() {
        for (tool_name, expected, server) in [
            ("orders__list_recent", "List recent", Some("orders")),
            ("orders__listRecent", "List recent", Some("orders")),
            ("search", "Search", None),
            ("a__b__c-d", "B c d", Some("a")),
            ("crm__get_URL", "Get URL", Some("crm")),
            ("__lookup", "Lookup", None),
            ("x__", "X", None),
            ("x__évaluer_élan", "évaluer élan", Some("x")),
            ("", "", None),
            ("shop__re\u{202e}fund", "Re\\u{202e}fund", Some("shop")),
        ] {
            let name = ToolName::of(tool_name);
            assert_eq!((name.words.as_str(), name.server.as_deref()), (expected, server), "{tool_name}");
        }
    }
}
