//! A piece of an answer as OpenAI-compatible servers send it.
//!
//! This is read once per token, so texts are borrowed from the bytes that arrived, and what is
//! not needed is skipped rather than built. Servers differ in which fields they send as null, as
//! an empty text, or as something else, so only a wrong type that matters is an error.

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use sigmic_shared::stream::Usage;
use std::{borrow::Cow, fmt};

/// A streamed chunk, and a whole completion too: one has `delta` where the other has `message`.
#[derive(Debug, Deserialize)]
pub struct Chunk<'a> {
    #[serde(borrow, default)]
    pub choices: Option<Vec<Choice<'a>>>,
    #[serde(default)]
    pub usage: Option<Counts>,
    /// The failure of a server that had already answered 200.
    #[serde(borrow, default)]
    pub error: Option<&'a RawValue>,
    /// `error` when the whole chunk is an error, in vLLM's older form.
    #[serde(borrow, default)]
    pub object: Text<'a>,
}

#[derive(Debug, Deserialize)]
pub struct Choice<'a> {
    #[serde(borrow, default)]
    pub delta: Option<Delta<'a>>,
    #[serde(borrow, default)]
    pub message: Option<Delta<'a>>,
    #[serde(borrow, default)]
    pub finish_reason: Text<'a>,
}

#[derive(Debug, Deserialize)]
pub struct Delta<'a> {
    #[serde(borrow, default)]
    pub content: Content<'a>,
    /// Reasoning, as DeepSeek, vLLM and llama.cpp name it.
    #[serde(borrow, default)]
    pub reasoning_content: Text<'a>,
    /// Reasoning, as OpenRouter, Ollama and newer vLLM name it.
    #[serde(borrow, default)]
    pub reasoning: Text<'a>,
    /// What OpenAI's models say instead of an answer they won't give.
    #[serde(borrow, default)]
    pub refusal: Text<'a>,
    #[serde(borrow, default)]
    pub tool_calls: Option<Vec<CallDelta<'a>>>,
}

/// A piece of a tool call.
#[derive(Debug, Deserialize)]
pub struct CallDelta<'a> {
    #[serde(default)]
    pub index: Option<u64>,
    #[serde(borrow, default)]
    pub id: Text<'a>,
    #[serde(borrow, default)]
    pub function: Option<FunctionDelta<'a>>,
}

#[derive(Debug, Deserialize)]
pub struct FunctionDelta<'a> {
    #[serde(borrow, default)]
    pub name: Text<'a>,
    /// A JSON text inside a JSON text; the object itself with some servers.
    #[serde(borrow, default)]
    pub arguments: Option<&'a RawValue>,
}

/// What the server has counted.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Counts {
    #[serde(default)]
    prompt_tokens: Option<u64>,
    #[serde(default)]
    completion_tokens: Option<u64>,
}

impl From<Counts> for Usage {
    fn from(counts: Counts) -> Self {
        Self {
            input_tokens: counts.prompt_tokens.unwrap_or_default(),
            output_tokens: counts.completion_tokens.unwrap_or_default(),
        }
    }
}

/// A text; empty for null and for everything that is no text.
#[derive(Debug, Default)]
pub struct Text<'a>(pub Cow<'a, str>);

/// What a message says: a text, or parts as Mistral's reasoning models send them.
#[derive(Debug)]
pub enum Content<'a> {
    Text(Cow<'a, str>),
    Parts(Vec<Part<'a>>),
}

impl Default for Content<'_> {
    fn default() -> Self {
        Self::Text(Cow::Borrowed(""))
    }
}

/// `{"type":"text","text":…}` or `{"type":"thinking","thinking":…}`
#[derive(Debug, Deserialize)]
pub struct Part<'a> {
    #[serde(borrow, default)]
    pub text: Text<'a>,
    #[serde(borrow, default)]
    pub thinking: Content<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match deserializer.deserialize_any(ContentVisitor { takes_parts: false })? {
            Content::Text(text) => Self(text),
            Content::Parts(_) => Self::default(),
        })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Content<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor { takes_parts: true })
    }
}

struct ContentVisitor {
    takes_parts: bool,
}

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Content::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Content::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Content::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Content::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Content::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Content::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Self::Value, A::Error> {
        if !self.takes_parts {
            while parts.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Content::default());
        }
        let mut known = Vec::new();
        while let Some(part) = parts.next_element()? {
            known.push(part);
        }
        Ok(Content::Parts(known))
    }
}

/// Replaces escaped halves of characters, which some servers send when a token ends inside an
/// emoji and which no JSON parser takes, by U+FFFD.
pub fn mend_escapes(json: &str) -> String {
    let mut mended = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        mended.push_str(before);
        // Escapes are ASCII; an escape of anything else is left to the parser to refuse.
        let take = match surrogate(escape) {
            Some(0xD800..=0xDBFF) if matches!(escape.get(6..).and_then(surrogate), Some(0xDC00..=0xDFFF)) => 12,
            Some(_) => {
                mended.push('\u{fffd}');
                rest = &escape[6..];
                continue;
            }
            None => 1 + escape[1..].chars().next().map_or(0, char::len_utf8),
        };
        mended.push_str(&escape[..take]);
        rest = &escape[take..];
    }
    mended.push_str(rest);
    mended
}

/// The half of a character that `text` starts with as an escape.
fn surrogate(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok().filter(|unit| (0xD800..=0xDFFF).contains(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_characters_are_replaced() {
        for (json, expected) in [
            (r"plain", "plain"),
            (r"\ud83d\ude00", r"\ud83d\ude00"),
            (r"a\ud83d", "a\u{fffd}"),
            (r"\ude00b", "\u{fffd}b"),
            (r"\ud83d\ud83d\ude00", "\u{fffd}\\ud83d\\ude00"),
            (r"\ud83dx\ude00", "\u{fffd}x\u{fffd}"),
            (r"\\ud83d", r"\\ud83d"),
            (r"\\\ud83d", "\\\\\u{fffd}"),
            (r"\n\u00e9\u12", r"\n\u00e9\u12"),
            (r"\é", r"\é"),
            (r"\", r"\"),
            (r"\ud8é", r"\ud8é"),
        ] {
            assert_eq!(mend_escapes(json), expected, "{json}");
        }
    }

    #[test]
    fn texts_are_borrowed_unless_they_hold_escapes() {
        let chunk: Chunk<'_> =
            serde_json::from_str(r#"{"choices":[{"delta":{"content":"hé","reasoning":"\n"}}]}"#).unwrap();
        let delta = chunk.choices.unwrap().pop().unwrap().delta.unwrap();
        assert!(matches!(delta.content, Content::Text(Cow::Borrowed("hé"))));
        assert!(matches!(delta.reasoning.0, Cow::Owned(text) if text == "\n"));
    }

    #[test]
    fn anything_but_a_text_is_no_text() {
        for other in ["null", "true", "1", "-1", "1.5", r#"{"a":[1]}"#, "[]", "[1, null]"] {
            let text: Text<'_> = serde_json::from_str(other).unwrap();
            assert!(text.0.is_empty(), "{other}");
        }
        for other in ["null", "true", "1", "-1", "1.5", r#"{"a":[1]}"#] {
            let content: Content<'_> = serde_json::from_str(other).unwrap();
            assert!(matches!(content, Content::Text(text) if text.is_empty()), "{other}");
        }
    }
}
