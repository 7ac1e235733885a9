//! The rule real providers enforce: each tool call is followed by exactly one output, before
//! anything else is said.

use serde_json::Value;

/// What is wrong with the tool calls of a conversation, if anything is.
pub(super) fn find_fault(messages: &[Value]) -> Option<String> {
    let mut open: Vec<&str> = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let role = message["role"].as_str().unwrap_or_default();
        if role == "tool" {
            let id = message["tool_call_id"].as_str().unwrap_or_default();
            let Some(place) = open.iter().position(|open| *open == id) else {
                return Some(format!("message {index} answers the tool call {id:?}, which was not made"));
            };
            open.remove(place);
            continue;
        }
        if !open.is_empty() {
            return Some(format!("message {index} ({role}) comes before the outputs of {open:?}"));
        }
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            let id = call["id"].as_str().unwrap_or_default();
            if id.is_empty() || open.contains(&id) {
                return Some(format!("message {index} calls a tool with the unusable id {id:?}"));
            }
            open.push(id);
        }
    }
    (!open.is_empty()).then(|| format!("the conversation ends before the outputs of {open:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn faults_are_found() {
        let user = json!({ "role": "user", "content": "q" });
        let calls = |ids: &[&str]| {
            let calls: Vec<_> = ids.iter().map(|id| json!({ "id": id, "type": "function" })).collect();
            json!({ "role": "assistant", "tool_calls": calls })
        };
        let output = |id: &str| json!({ "role": "tool", "tool_call_id": id, "content": "o" });
        for (messages, fault) in [
            (vec![user.clone()], None),
            (vec![user.clone(), calls(&["a", "b"]), output("b"), output("a"), user.clone()], None),
            (vec![user.clone(), calls(&["a"])], Some("ends before the outputs of [\"a\"]")),
            (vec![calls(&["a"]), user.clone()], Some("message 1 (user) comes before")),
            (vec![calls(&["a"]), output("a"), output("a")], Some("which was not made")),
            (vec![output("x")], Some("which was not made")),
            (vec![calls(&["a", "a"])], Some("unusable id \"a\"")),
            (vec![calls(&[""])], Some("unusable id \"\"")),
        ] {
            let found = find_fault(&messages);
            match fault {
                None => assert_eq!(found, None, "{messages:?}"),
                Some(fault) => assert!(found.as_ref().is_some_and(|found| found.contains(fault)), "{found:?}"),
            }
        }
    }
}
