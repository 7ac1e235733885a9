//! `{{mcp.KEY}}`: where a value of the caller's context goes.

use sigmic_shared::token::is_variable_name;
use std::borrow::Cow;

const OPEN: &str = "{{";
const CLOSE: &str = "}}";
const NAMESPACE: &str = "mcp";

/// A text with places for values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Part {
    Text(String),
    Key(String),
}

/// Braces that begin no template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{{{{` must begin a template such as `{{{{mcp.API_TOKEN}}}}`")]
pub struct MalformedTemplate;

impl Template {
    /// Reads a text in which every `{{` begins a template. Spaces may stand inside the braces.
    pub fn parse(text: &str) -> Result<Self, MalformedTemplate> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(OPEN) {
            let (inside, after) = after.split_once(CLOSE).ok_or(MalformedTemplate)?;
            let key = inside.trim_matches(' ').strip_prefix(NAMESPACE).and_then(|key| key.strip_prefix('.'));
            let key = key.filter(|key| is_variable_name(key)).ok_or(MalformedTemplate)?;
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(Part::Key(key.to_owned()));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// The keys it has places for, as often as they occur.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Key(key) => Some(key.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The text with `value_of` each key in its place. One pass: a value that looks like a template
    /// stays as it is.
    pub fn fill<'v, E>(&self, mut value_of: impl FnMut(&str) -> Result<&'v str, E>) -> Result<String, E> {
        self.fill_in_place(|_, key| value_of(key).map(Cow::Borrowed))
    }

    /// Like [`Self::fill`], for values that depend on their place: `value_of` also hears the text in front of the key.
    pub fn fill_in_place<'v, E>(
        &self,
        mut value_of: impl FnMut(&str, &str) -> Result<Cow<'v, str>, E>,
    ) -> Result<String, E> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Key(key) => {
                    let value = value_of(&text, key)?;
                    text.push_str(&value);
                }
            }
        }
        Ok(text)
    }
}

/// Whether a text that may hold no template tries to.
pub fn is_attempted(text: &str) -> bool {
    text.split(OPEN).skip(1).any(|after| after.trim_start_matches(' ').starts_with(NAMESPACE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::convert::Infallible;

    fn filled(text: &str) -> Option<String> {
        let template = Template::parse(text).ok()?;
        let Ok(text) = template.fill(|key| Ok::<_, Infallible>(if key == "A" { "1" } else { "{{mcp.A}}" }));
        Some(text)
    }

    #[test]
    fn templates_are_filled_in_one_pass() {
        for (text, expected) in [
            ("", ""),
            ("plain } }} { text", "plain } }} { text"),
            ("{{mcp.A}}", "1"),
            ("Bearer {{mcp.A}}", "Bearer 1"),
            ("{{ mcp.A }}{{mcp.A}}", "11"),
            ("a{{   mcp.A}}b{{mcp.A   }}c", "a1b1c"),
            ("{{mcp.B}}", "{{mcp.A}}"),
            ("{{mcp.A}}}}", "1}}"),
            ("${HOME} {x} %s", "${HOME} {x} %s"),
        ] {
            assert_eq!(filled(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn braces_that_begin_no_template_are_refused() {
        for text in [
            "{{",
            "{{}}",
            "{{ }}",
            "{{mcp}}",
            "{{mcp.}}",
            "{{mcp.A",
            "{{mcp.A}",
            "{{mcp.1A}}",
            "{{mcp.A-B}}",
            "{{mcp.A.B}}",
            "{{mcp. A}}",
            "{{mcp .A}}",
            "{{MCP.A}}",
            "{{env.A}}",
            "{{A}}",
            "{{{mcp.A}}}",
            "{{mcp.{{mcp.A}}}}",
            "{{\tmcp.A}}",
            "{{mcp.A\n}}",
            "{{mcp.Ä}}",
            "{{#if mcp.A}}",
            "ok {{mcp.A}} {{bad}}",
        ] {
            assert_eq!(Template::parse(text), Err(MalformedTemplate), "{text}");
        }
    }

    #[test]
    fn attempts_are_noticed_where_none_may_stand() {
        for (text, attempted) in [
            ("{{mcp.A}}", true),
            ("x{{ mcp.A }}", true),
            ("{{mcp", true),
            ("{{mcp.}}", true),
            ("{{{mcp.A}}", false),
            ("{{.Names}}", false),
            ("mcp.A", false),
            ("", false),
        ] {
            assert_eq!(is_attempted(text), attempted, "{text}");
        }
    }

    #[test]
    fn keys_are_listed() {
        assert_eq!(Template::parse("{{mcp.A}}/{{mcp.B}}").unwrap().keys().collect::<Vec<_>>(), ["A", "B"]);
    }

    proptest! {
        #[test]
        fn a_text_without_braces_stays_as_it_is(text in "[^{}]{0,40}") {
            prop_assert_eq!(filled(&text), Some(text));
        }
    }
}
