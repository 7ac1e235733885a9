//! Which tools run unasked.

use super::turn::Decision;
use std::collections::BTreeMap;

/// A project's policy for tools, as it holds for one task.
#[derive(Clone, Debug)]
pub struct ToolPolicy {
    /// The most specific pattern first.
    rules: Vec<(String, Decision)>,
    auto_execute: bool,
}

impl ToolPolicy {
    /// `patterns` map a tool's name, in which `*` stands for any text, to `allow`, `ask` or `deny`. Without
    /// `auto_execute` whatever would be allowed is asked for.
    pub fn new(patterns: &BTreeMap<String, String>, auto_execute: bool) -> Self {
        let rules = patterns.iter().map(|(pattern, word)| (pattern.clone(), decision(word)));
        let mut rules: Vec<_> = rules.collect();
        rules.sort_by_key(|(pattern, decision)| std::cmp::Reverse((specificity(pattern), strictness(*decision))));
        Self { rules, auto_execute }
    }

    /// What to do about a call of this tool.
    pub fn decide(&self, tool_name: &str) -> Decision {
        let rule = self.rules.iter().find(|(pattern, _)| matches(pattern, tool_name));
        match rule.map_or(Decision::Allow, |(_, decision)| *decision) {
            Decision::Allow if !self.auto_execute => Decision::Ask,
            decision => decision,
        }
    }
}

/// A word nobody knows allows nothing.
fn decision(word: &str) -> Decision {
    match word {
        "allow" => Decision::Allow,
        "ask" => Decision::Ask,
        _ => Decision::Deny,
    }
}

/// A name beats any pattern, more letters beat fewer.
fn specificity(pattern: &str) -> (bool, usize) {
    (!pattern.contains('*'), pattern.bytes().filter(|&byte| byte != b'*').count())
}

const fn strictness(decision: Decision) -> u8 {
    match decision {
        Decision::Allow => 0,
        Decision::Ask => 1,
        Decision::Deny => 2,
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(start) else { return false };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    // The earliest place of each part leaves the most for those after it.
    for part in middle.split('*') {
        match name.find(part) {
            Some(at) => name = &name[at + part.len()..],
            None => return false,
        }
    }
    name.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Decision::{Allow, Ask, Deny};

    fn policy(patterns: &[(&str, &str)], auto_execute: bool) -> ToolPolicy {
        let patterns = patterns.iter().map(|(pattern, word)| ((*pattern).to_owned(), (*word).to_owned()));
        ToolPolicy::new(&patterns.collect(), auto_execute)
    }

    #[test]
    fn the_most_specific_pattern_decides() {
        let documented = [("orders__refund", "ask"), ("orders__*", "allow"), ("*", "deny")];
        for (patterns, tool, auto, asked) in [
            (&documented[..], "orders__refund", Ask, Ask),
            (&documented, "orders__list", Allow, Ask),
            (&documented, "mail__send", Deny, Deny),
            (&[], "mail__send", Allow, Ask),
            (&[("mail__send", "ask")], "mail__read", Allow, Ask),
            (&[("*__delete", "deny"), ("orders__*", "allow")], "orders__delete", Deny, Deny),
            (&[("a__*", "allow"), ("*__b", "deny")], "a__b", Deny, Deny),
            (&[("a__b", "allow"), ("a__b*", "deny")], "a__b", Allow, Ask),
            (&[("a__b", "sometimes")], "a__b", Deny, Deny),
        ] {
            assert_eq!(policy(patterns, true).decide(tool), auto, "{patterns:?} for {tool}");
            assert_eq!(policy(patterns, false).decide(tool), asked, "{patterns:?} for {tool}, without autoExecute");
        }
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, name, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("a*", "a", true),
            ("a*", "ba", false),
            ("*a", "ba", true),
            ("a*a", "a", false),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "acb", false),
            ("a**c", "abc", true),
            ("*ab*", "aab", true),
            ("*ab*b", "ab", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} for {name}");
        }
    }
}
