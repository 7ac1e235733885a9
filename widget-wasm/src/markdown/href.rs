//! Which links a model may make.

/// Longer addresses are nothing to click on.
const LONGEST: usize = 8192;

/// An address with one of the schemes http, https and mailto. Nothing else can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Href(String);

impl Href {
    /// The address, if it may be linked to.
    ///
    /// It must begin with its scheme, spelled out: browsers drop control characters, take `\` for `/` and put back
    /// missing slashes, so an address that needs any of that is refused. So is one with a name and password, whose only
    /// use in a link is to look like another one, and one with characters that turn the direction of writing.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches(' ');
        if text.len() > LONGEST || text.contains(is_deceptive) {
            return None;
        }
        let rest = strip_scheme(text, "https://").or_else(|| strip_scheme(text, "http://"));
        let is_allowed = match rest {
            Some(rest) => {
                let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
                !authority.is_empty() && authority.chars().all(is_of_host)
            }
            None => strip_scheme(text, "mailto:").is_some_and(|rest| rest.contains('@')),
        };
        is_allowed.then(|| Self(text.replace(' ', "%20")))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn strip_scheme<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(scheme.len())?;
    head.eq_ignore_ascii_case(scheme).then_some(rest)
}

fn is_of_host(symbol: char) -> bool {
    symbol.is_ascii_alphanumeric() || !symbol.is_ascii() || ".-_:[]".contains(symbol)
}

fn is_deceptive(symbol: char) -> bool {
    matches!(symbol,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffd}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_schemes_are_allowed() {
        for (text, expected) in [
            ("https://a.example/b?c=d#e", "https://a.example/b?c=d#e"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("HTTPS://A.example", "HTTPS://A.example"),
            (" https://a.example/b c ", "https://a.example/b%20c"),
            ("https://a.example/@user", "https://a.example/@user"),
            ("https://пример.example/ü", "https://пример.example/ü"),
            ("https://a.example/\"onclick=x", "https://a.example/\"onclick=x"),
            ("mailto:a@b.example?subject=hi", "mailto:a@b.example?subject=hi"),
        ] {
            assert_eq!(Href::parse(text).as_ref().map(Href::as_str), Some(expected), "{text}");
        }
    }

    #[test]
    fn nothing_else_is() {
        for text in [
            "",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\nscript:alert(1)",
            "java\tscript:alert(1)",
            "\u{1}javascript:alert(1)",
            " javascript:alert(1)",
            "\u{feff}javascript:alert(1)",
            "javascript://https://a.example/%0aalert(1)",
            "data:text/html,<script>alert(1)</script>",
            "vbscript:msgbox(1)",
            "file:///etc/passwd",
            "blob:https://a.example/1",
            "about:blank",
            "ftp://a.example",
            "tel:+49",
            "/relative",
            "relative",
            "//a.example",
            "#fragment",
            "?query",
            "https:",
            "https:a.example",
            "https:/a.example",
            "https://",
            "https:///a.example",
            "https:\\\\a.example",
            "https://a\\b.example",
            "ht\ntps://a.example",
            "https\u{3a}",
            "https://bank.example@evil.example",
            "https://bank.example:x@evil.example/",
            "https://bank.example%40evil.example",
            "https://bank.example&commat;evil.example",
            "https://a.example/\u{202e}gpj.exe",
            "https://a.example/\u{200b}",
            "https://a.example/\u{0}",
            "mailto:",
            "mailto:nobody",
        ] {
            assert_eq!(Href::parse(text), None, "{text:?}");
        }
        assert_eq!(Href::parse(&format!("https://a.example/{}", "x".repeat(LONGEST))), None);
    }
}
