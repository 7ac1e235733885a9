//! What the demo says.

use super::{arguments, table};
use crate::llm::provider::{ModelMessage, ModelRequest, ModelToolCall, ToolDefinition};

/// The most of a visitor's message that is quoted back, in characters.
const QUOTED_CHARS: usize = 280;

/// The most of a tool's output that is shown, in characters.
const OUTPUT_CHARS: usize = 1_200;

/// Words that say nothing about which tool is meant.
const VERBS: &[&str] = &["get", "list", "find", "fetch", "read", "make", "create", "the", "run", "call"];

/// One answer.
#[derive(Debug, PartialEq)]
pub struct Reply {
    pub text: String,
    pub tool_call: Option<ModelToolCall>,
}

/// The answer to a conversation.
pub fn reply(request: &ModelRequest) -> Reply {
    let results = request.messages.rsplit(|message| !matches!(message, ModelMessage::ToolResult { .. }));
    match (results.into_iter().next(), request.messages.last()) {
        (Some(results), _) if !results.is_empty() => Reply { text: summary(results), tool_call: None },
        (_, Some(ModelMessage::User(message))) => match tool_for(message, &request.tools) {
            Some(tool) => Reply {
                text: format!("**Demo:** no model is connected, but I can call the tool `{}`.", tool.name),
                tool_call: Some(ModelToolCall {
                    call_id: ModelToolCall::made_up_id(),
                    tool_name: tool.name.clone(),
                    arguments: arguments::from_message(message, &tool.parameters).to_string(),
                }),
            },
            None => Reply { text: answer(message, request), tool_call: None },
        },
        _ => Reply { text: "**Demo:** no model is connected, and there is nothing to answer.".into(), tool_call: None },
    }
}

fn answer(message: &str, request: &ModelRequest) -> String {
    let turns = request.messages.iter().filter(|message| matches!(message, ModelMessage::User(_))).count();
    let quoted: String = cut(message.trim(), QUOTED_CHARS).lines().map(|line| format!("> {line}\n")).collect();
    let mut text = format!(
        "**This is a demo.** No language model is connected, so these words come from the server itself.\n\nYou wrote:\n\n{quoted}\n"
    );
    if turns > 1 {
        text.push_str(&format!(
            "That was message {turns} of this conversation; a model would have read all of them.\n\n"
        ));
    }
    if !request.tools.is_empty() {
        let names: String = request.tools.iter().take(5).map(|tool| format!("- `{}`\n", tool.name)).collect();
        text.push_str(&format!("I can call tools. Name one in your message and I will:\n\n{names}\n"));
    }
    text.push_str(
        "A real answer arrives the same way, word by word, and may hold:\n\n\
         1. *emphasis*, lists and [links](https://www.rust-lang.org)\n\
         2. tables and code\n\n\
         ```json\n{ \"provider\": \"openai\", \"model\": \"gpt-5-mini\" }\n```\n\n\
         Give the project a provider and a model like these, and this demo makes way for it.",
    );
    text
}

fn summary(results: &[ModelMessage]) -> String {
    let mut text = String::from("**Demo:** here is what came back.\n\n");
    for result in results {
        if let ModelMessage::ToolResult { tool_name, output, .. } = result {
            let value = serde_json::from_str(output.trim()).ok();
            let shown = value.as_ref().and_then(table::readable).unwrap_or_else(|| verbatim(output, value.is_some()));
            text.push_str(&format!("`{tool_name}` answered:\n\n{shown}\n"));
        }
    }
    text.push_str("A language model would put this into its own words.");
    text
}

fn verbatim(output: &str, is_json: bool) -> String {
    let output = cut(output.trim(), OUTPUT_CHARS);
    let fence = fence_around(&output);
    let language = if is_json { "json" } else { "" };
    format!("{fence}{language}\n{output}\n{fence}\n")
}

/// The tool a message plainly asks for: the one whose full name it holds, else the one with
/// most of its words in it, if no telling word is missing. Between equals the one wins that needs arguments, if the
/// message holds a number, and the one that needs none, if not.
fn tool_for<'a>(message: &str, tools: &'a [ToolDefinition]) -> Option<&'a ToolDefinition> {
    let message = message.to_lowercase();
    let said: Vec<&str> = message.split(|char: char| !char.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    // One tool's name may be the start of another's.
    let by_name =
        tools.iter().filter(|tool| message.contains(&tool.name.to_lowercase())).max_by_key(|tool| tool.name.len());
    let by_words = || {
        let holds_number = message.contains(|char: char| char.is_ascii_digit());
        let needs_some = |tool: &ToolDefinition| {
            tool.parameters.get("required").and_then(|names| names.as_array()).is_some_and(|names| !names.is_empty())
        };
        let score =
            |tool: &ToolDefinition| Some((telling_words_said(&tool.name, &said)?, needs_some(tool) == holds_number));
        let scored = tools.iter().filter_map(|tool: &ToolDefinition| Some((score(tool)?, tool)));
        // The first of equals wins, where `max_by_key` would take the last.
        scored.rev().max_by_key(|(score, _)| *score).map(|(_, tool)| tool)
    };
    by_name.or_else(by_words)
}

/// How many telling words of a tool's name were said; none when one of them was not.
fn telling_words_said(tool_name: &str, said: &[&str]) -> Option<usize> {
    let own_name = tool_name.split_once("__").map_or(tool_name, |(_, name)| name);
    let words = words_of(own_name);
    let telling: Vec<_> = words.iter().filter(|word| !VERBS.contains(&word.as_str())).collect();
    let is_said =
        |word: &str| said.iter().any(|said| *said == word || *said == format!("{word}s") || format!("{said}s") == word);
    (!telling.is_empty() && telling.iter().all(|word| is_said(word))).then_some(telling.len())
}

/// The words of `get_open_orders`, `get-open-orders` and `getOpenOrders`, in lower case.
pub fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for char in name.chars() {
        if !char.is_alphanumeric() || (char.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut()
            && char.is_alphanumeric()
        {
            word.extend(char.to_lowercase());
        }
        was_lower = char.is_lowercase() || char.is_numeric();
    }
    words.retain(|word| !word.is_empty());
    words
}

fn cut(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A fence of backticks that nothing in the text closes.
fn fence_around(text: &str) -> String {
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or_default();
    "`".repeat((longest + 1).max(3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tools(names: &[&str]) -> Vec<ToolDefinition> {
        names
            .iter()
            .map(|name| ToolDefinition { name: (*name).into(), description: String::new(), parameters: json!({}) })
            .collect()
    }

    #[test]
    fn a_tool_is_called_when_it_is_plainly_asked_for() {
        let tools =
            tools(&["shop__get_order", "shop__get_order_status", "shop__listOpenInvoices", "fs__read", "echo__echo"]);
        for (message, expected) in [
            ("Where is order 17?", Some("shop__get_order")),
            ("What is the status of my orders?", Some("shop__get_order_status")),
            ("Call SHOP__GET_ORDER_STATUS now", Some("shop__get_order_status")),
            ("any open invoice?", Some("shop__listOpenInvoices")),
            ("echo hello", Some("echo__echo")),
            ("please use fs__read", Some("fs__read")),
            ("I read a book", None),
            ("border control", None),
            ("Hello!", None),
            ("", None),
        ] {
            assert_eq!(tool_for(message, &tools).map(|tool| &*tool.name), expected, "{message}");
        }
    }

    #[test]
    fn a_number_asks_for_the_tool_that_takes_one() {
        let mut tools = tools(&["orders__list_orders", "orders__get_order", "orders__refund_order"]);
        for tool in &mut tools[1..] {
            tool.parameters = json!({ "required": ["number"] });
        }
        for (message, expected) in [
            ("What are my orders?", "orders__list_orders"),
            ("Where is order 1042?", "orders__get_order"),
            ("Please refund order 1042.", "orders__refund_order"),
            ("I want my last order refund", "orders__refund_order"),
        ] {
            assert_eq!(tool_for(message, &tools).map(|tool| &*tool.name), Some(expected), "{message}");
        }
    }

    #[test]
    fn names_fall_into_words() {
        for (name, expected) in [
            ("get_open-orders", vec!["get", "open", "orders"]),
            ("getOpenOrders2Go", vec!["get", "open", "orders2", "go"]),
            ("HTTPGet", vec!["httpget"]),
            ("__", vec![]),
        ] {
            assert_eq!(words_of(name), expected, "{name}");
        }
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        for (text, expected) in [("", "```"), ("a `b`", "```"), ("```js\n```", "````"), ("`````", "``````")] {
            assert_eq!(fence_around(text), expected, "{text}");
        }
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöü!", 3), "äöü…");
    }
}
