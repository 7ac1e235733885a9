//! What the scripted model is to do. It is written in the message itself, so that it reaches the model through whatever
//! lies in between.

use std::fmt;

/// How an answer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::Args)]
pub struct Script {
    /// Tokens of each answer.
    #[arg(long, default_value_t = 1)]
    pub tokens: u32,
    /// Tokens a second; 0 for as many as will go.
    #[arg(long, default_value_t = 0)]
    pub rate: u32,
    /// Keep answers open after their last token.
    #[arg(long)]
    pub hold: bool,
}

impl Script {
    /// The script in a request's body: the last one counts, as it is in the newest message.
    pub fn find(body: &[u8]) -> Option<Self> {
        let at = memchr::memmem::rfind(body, b"tokens=")?;
        let end = body[at..].iter().position(|byte| matches!(byte, b'"' | b'\\')).unwrap_or(body.len() - at);
        let mut script = Self { tokens: 0, rate: 0, hold: false };
        for word in std::str::from_utf8(&body[at..at + end]).ok()?.split(' ') {
            match word.split_once('=')? {
                ("tokens", tokens) => script.tokens = tokens.parse().ok()?,
                ("rate", rate) => script.rate = rate.parse().ok()?,
                ("hold", hold) => script.hold = hold.parse().ok()?,
                _ => return None,
            }
        }
        Some(script)
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tokens={} rate={} hold={}", self.tokens, self.rate, self.hold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_script_of_a_body_counts() {
        let script = Script { tokens: 500, rate: 50, hold: false };
        let other = Script { tokens: 1, rate: 0, hold: true };
        for (body, expected) in [
            (format!(r#"{{"content":"{script}"}}"#), Some(script)),
            (format!(r#"[{{"content":"{other}"}},{{"content":"{script}"}}]"#), Some(script)),
            (format!("\"{script}\\n\""), Some(script)),
            (other.to_string(), Some(other)),
            ("hello".to_owned(), None),
            ("\"tokens=many\"".to_owned(), None),
        ] {
            assert_eq!(Script::find(body.as_bytes()), expected, "{body}");
        }
    }
}
