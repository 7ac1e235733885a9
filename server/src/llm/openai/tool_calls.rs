//! Tool calls, put together from their pieces.

use super::chunk::{CallDelta, Text, mend_escapes};
use crate::llm::provider::ModelToolCall;
use serde::de::IgnoredAny;
use std::borrow::Cow;

/// The most calls one answer may hold.
const MOST_CALLS: usize = 128;

/// The most bytes of arguments one answer may hold.
const MOST_ARGUMENTS: usize = 4 * 1024 * 1024;

/// The calls of one answer so far.
///
/// OpenAI numbers parallel calls and sends id and name once, with a call's first piece. Others
/// number every call 0 but give each its own id (Ollama), repeat the id or the name with each
/// piece, or send no index or no id at all; [`Self::place`] sorts out who continues and who begins.
#[derive(Debug, Default)]
pub struct ToolCalls {
    calls: Vec<Call>,
    argument_bytes: usize,
}

#[derive(Debug, Default)]
struct Call {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
}

/// What makes an answer's calls unusable.
#[derive(Debug, PartialEq, Eq)]
pub enum Unusable {
    /// There are too many, or their arguments are too long.
    TooMuch,
    /// One names no tool.
    Nameless,
    /// Arguments that are no text.
    Arguments,
}

impl ToolCalls {
    /// Adds a piece.
    ///
    /// # Errors
    ///
    /// When the calls grow beyond what any model means.
    pub fn add(&mut self, delta: &CallDelta<'_>) -> Result<(), Unusable> {
        let id = &*delta.id.0;
        let name = delta.function.as_ref().map_or("", |function| &*function.name.0);
        let arguments = match delta.function.as_ref().and_then(|function| function.arguments) {
            Some(raw) => text_of(raw.get())?,
            None => Cow::Borrowed(""),
        };
        self.argument_bytes += arguments.len();
        let place = match self.place(delta.index, id, name, &arguments) {
            Some(place) => place,
            None => {
                self.calls.push(Call { index: delta.index, ..Call::default() });
                self.calls.len() - 1
            }
        };
        if self.calls.len() > MOST_CALLS || self.argument_bytes > MOST_ARGUMENTS {
            return Err(Unusable::TooMuch);
        }
        let call = &mut self.calls[place];
        for (known, news) in [(&mut call.id, id), (&mut call.name, name)] {
            if known.is_empty() {
                known.push_str(news);
            }
        }
        call.arguments.push_str(&arguments);
        Ok(())
    }

    /// The complete calls, in the order they began. A missing id is made up, and so is one that
    /// another call of this answer has already.
    ///
    /// # Errors
    ///
    /// When one of them names no tool.
    pub fn take(&mut self) -> Result<Vec<ModelToolCall>, Unusable> {
        self.argument_bytes = 0;
        let mut complete: Vec<ModelToolCall> = Vec::with_capacity(self.calls.len());
        for call in std::mem::take(&mut self.calls) {
            if call.name.is_empty() {
                return Err(Unusable::Nameless);
            }
            let is_taken = complete.iter().any(|other| other.call_id.as_str() == call.id);
            let call_id = if call.id.is_empty() || is_taken { ModelToolCall::made_up_id() } else { call.id.into() };
            let arguments = if call.arguments.trim().is_empty() { "{}".to_owned() } else { call.arguments };
            complete.push(ModelToolCall { call_id, tool_name: call.name, arguments });
        }
        Ok(complete)
    }

    /// The call a piece continues, or none if it begins one.
    fn place(&self, index: Option<u64>, id: &str, name: &str, arguments: &str) -> Option<usize> {
        let place = match index {
            Some(_) => self.calls.iter().rposition(|call| call.index == index),
            None if !id.is_empty() => return self.calls.iter().rposition(|call| call.id == id),
            None => self.calls.len().checked_sub(1),
        }?;
        let call = &self.calls[place];
        // A piece that names its tool begins a call, unless it only repeats what is known.
        let begins = !name.is_empty()
            && !call.name.is_empty()
            && if !id.is_empty() && !call.id.is_empty() {
                id != call.id
            } else {
                name != call.name || (!arguments.is_empty() && is_complete(&call.arguments))
            };
        (!begins).then_some(place)
    }
}

fn is_complete(arguments: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(arguments).is_ok()
}

/// The text in a JSON text, or the JSON itself if it is an object that stands there bare.
fn text_of(raw: &str) -> Result<Cow<'_, str>, Unusable> {
    match raw.as_bytes().first() {
        Some(b'"') => match serde_json::from_str::<Text<'_>>(raw) {
            Ok(text) => Ok(text.0),
            Err(_) => serde_json::from_str(&mend_escapes(raw)).map(Cow::Owned).map_err(|_| Unusable::Arguments),
        },
        Some(b'{') => Ok(Cow::Borrowed(raw)),
        _ => Err(Unusable::Arguments),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What it is about, the pieces, and each call's id, name and arguments; `?` for an id made up.
    type Case = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str, &'static str)]);

    fn put_together(deltas: &[&str]) -> Result<Vec<(String, String, String)>, Unusable> {
        let mut calls = ToolCalls::default();
        for delta in deltas {
            calls.add(&serde_json::from_str(delta).unwrap())?;
        }
        let complete = calls.take()?;
        Ok(complete.into_iter().map(|call| (call.call_id.0, call.tool_name, call.arguments)).collect())
    }

    #[test]
    fn pieces_find_their_call() {
        let cases: &[Case] = &[
            (
                "OpenAI, two calls interleaved",
                &[
                    r#"{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}"#,
                    r#"{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":""}}"#,
                    r#"{"index":0,"function":{"arguments":"{\"x\":"}}"#,
                    r#"{"index":1,"function":{"arguments":"{}"}}"#,
                    r#"{"index":0,"function":{"arguments":"1}"}}"#,
                ],
                &[("a", "f", r#"{"x":1}"#), ("b", "g", "{}")],
            ),
            (
                "Ollama: one index for all",
                &[
                    r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}"#,
                    r#"{"index":0,"id":"b","function":{"name":"f","arguments":"{\"x\":2}"}}"#,
                ],
                &[("a", "f", r#"{"x":1}"#), ("b", "f", r#"{"x":2}"#)],
            ),
            (
                "id and name with each piece",
                &[
                    r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}"#,
                    r#"{"index":0,"id":"a","function":{"name":"f","arguments":":1}"}}"#,
                ],
                &[("a", "f", r#"{"x":1}"#)],
            ),
            (
                "a new id with each piece, but the name once",
                &[
                    r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}"#,
                    r#"{"index":0,"id":"a2","function":{"arguments":"}"}}"#,
                ],
                &[("a", "f", "{}")],
            ),
            (
                "empty ids and null names in later pieces",
                &[
                    r#"{"index":0,"id":"a","function":{"name":"f","arguments":null}}"#,
                    r#"{"index":0,"id":"","function":{"name":null,"arguments":"{}"}}"#,
                    r#"{"index":0,"id":null,"function":{"name":"","arguments":""}}"#,
                ],
                &[("a", "f", "{}")],
            ),
            (
                "no index, ids",
                &[
                    r#"{"id":"a","function":{"name":"f","arguments":"{"}}"#,
                    r#"{"id":"b","function":{"name":"f","arguments":"{}"}}"#,
                    r#"{"id":"a","function":{"arguments":"}"}}"#,
                ],
                &[("a", "f", "{}"), ("b", "f", "{}")],
            ),
            (
                "neither index nor id",
                &[
                    r#"{"function":{"name":"f","arguments":"{"}}"#,
                    r#"{"function":{"arguments":"}"}}"#,
                    r#"{"function":{"name":"f","arguments":"{\"x\":1}"}}"#,
                    r#"{"function":{"name":"g"}}"#,
                ],
                &[("?", "f", "{}"), ("?", "f", r#"{"x":1}"#), ("?", "g", "{}")],
            ),
            (
                "the same index, no id, the name repeated",
                &[
                    r#"{"index":0,"function":{"name":"f","arguments":"{"}}"#,
                    r#"{"index":0,"function":{"name":"f","arguments":"}"}}"#,
                    r#"{"index":0,"function":{"name":"f","arguments":""}}"#,
                ],
                &[("?", "f", "{}")],
            ),
            (
                "the same id twice",
                &[
                    r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"#,
                    r#"{"index":1,"id":"a","function":{"name":"g","arguments":"{}"}}"#,
                ],
                &[("a", "f", "{}"), ("?", "g", "{}")],
            ),
            (
                "half an emoji",
                &[r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":\"\ud83d\"}"}}"#],
                &[("a", "f", "{\"x\":\"\u{fffd}\"}")],
            ),
            (
                "arguments as an object",
                &[r#"{"index":0,"id":"a","function":{"name":"f","arguments":{"x":"é"}}}"#],
                &[("a", "f", r#"{"x":"é"}"#)],
            ),
            (
                "an index out of this world",
                &[r#"{"index":18446744073709551615,"id":"a","function":{"name":"f"}}"#],
                &[("a", "f", "{}")],
            ),
            (
                "the arguments before the name",
                &[
                    r#"{"index":0,"function":{"arguments":"{"}}"#,
                    r#"{"index":0,"id":"a","function":{"name":"f","arguments":"}"}}"#,
                ],
                &[("a", "f", "{}")],
            ),
        ];
        for (case, deltas, expected) in cases {
            let calls = put_together(deltas).expect(case);
            assert_eq!(calls.len(), expected.len(), "{case}: {calls:?}");
            for ((id, name, arguments), (expected_id, expected_name, expected_arguments)) in calls.iter().zip(*expected)
            {
                assert_eq!((&**name, &**arguments), (*expected_name, *expected_arguments), "{case}");
                if *expected_id == "?" {
                    assert!(id.starts_with("call_"), "{case}: {id}");
                } else {
                    assert_eq!(id, expected_id, "{case}");
                }
            }
            let distinct: std::collections::HashSet<_> = calls.iter().map(|call| &call.0).collect();
            assert_eq!(distinct.len(), calls.len(), "{case}: ids are unique");
        }
    }

    #[test]
    fn unusable_calls_are_refused() {
        assert_eq!(put_together(&[r#"{"index":0,"id":"a"}"#]), Err(Unusable::Nameless));
        assert_eq!(
            put_together(&[r#"{"index":0,"id":"a","function":{"name":"f","arguments":7}}"#]),
            Err(Unusable::Arguments)
        );
        let many: Vec<String> =
            (0..=MOST_CALLS).map(|index| format!(r#"{{"index":{index},"function":{{"name":"f"}}}}"#)).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(put_together(&many[..MOST_CALLS]).is_ok());
        assert_eq!(put_together(&many), Err(Unusable::TooMuch));
        let long = format!(r#"{{"index":0,"function":{{"name":"f","arguments":"{}"}}}}"#, "x".repeat(MOST_ARGUMENTS));
        assert!(put_together(&[&long]).is_ok());
        assert_eq!(put_together(&[&long, r#"{"index":0,"function":{"arguments":"x"}}"#]), Err(Unusable::TooMuch));
    }
}
