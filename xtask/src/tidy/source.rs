//! Reading a source file for what it mentions.

use anyhow::{Result, anyhow};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A source file.
#[derive(Debug)]
pub struct Source {
    /// Its path within the workspace.
    pub file: String,
    /// How many lines it has.
    pub lines: usize,
    /// Every path and every name in it, those of `use` declarations written out.
    pub mentions: Vec<Mention>,
    /// Modules in other files that it declares for tests only: paths without `.rs`.
    pub test_modules: Vec<String>,
}

/// A path such as `crate::store::Db`, or a single name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Its segments. `self` and `super` are resolved; what starts with `crate` is ours.
    pub segments: Vec<String>,
    /// The line it stands in.
    pub line: usize,
    /// Whether it stands in code that is only compiled for tests.
    pub in_test: bool,
}

impl Source {
    /// Reads `text`, the content of `file`.
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        let tokens: TokenStream = text.parse().map_err(|error| anyhow!("{error}"))?;
        let mut scan = Scan { mentions: Vec::new(), test_modules: Vec::new() };
        scan.code(tokens, &module_of(file), is_in_tests_folder(file));
        let folder = folder_of_modules(file);
        let test_modules = scan.test_modules.iter().map(|name| format!("{folder}/{name}")).collect();
        Ok(Self { file: file.to_owned(), lines: text.lines().count(), mentions: scan.mentions, test_modules })
    }

    /// Treats everything in it as code for tests.
    pub fn mark_as_test(&mut self) {
        for mention in &mut self.mentions {
            mention.in_test = true;
        }
    }
}

struct Scan {
    mentions: Vec<Mention>,
    test_modules: Vec<String>,
}

impl Scan {
    /// Collects what `tokens`, which stand in `module`, mention.
    fn code(&mut self, tokens: TokenStream, module: &[String], in_test: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            if is_test_attribute(&tokens[at..]) {
                let end = end_of_item(&tokens, at);
                self.item(&tokens[at..end], module, true);
                at = end;
            } else {
                at += self.step(&tokens[at..], module, in_test);
            }
        }
    }

    fn item(&mut self, tokens: &[TokenTree], module: &[String], in_test: bool) {
        let mut at = 0;
        while at < tokens.len() {
            at += self.step(&tokens[at..], module, in_test);
        }
    }

    /// Looks at what `tokens` start with, and says how many of them that was.
    fn step(&mut self, tokens: &[TokenTree], module: &[String], in_test: bool) -> usize {
        match tokens {
            [TokenTree::Ident(keyword), TokenTree::Ident(name), TokenTree::Group(body), ..]
                if keyword == "mod" && body.delimiter() == Delimiter::Brace =>
            {
                let inner = [module, &[name.to_string()]].concat();
                self.code(body.stream(), &inner, in_test);
                3
            }
            [TokenTree::Ident(keyword), TokenTree::Ident(name), TokenTree::Punct(end), ..]
                if keyword == "mod" && end.as_char() == ';' =>
            {
                if in_test {
                    self.test_modules.push(name.to_string());
                }
                3
            }
            // `pub(super)` says who may see, not who is used.
            [TokenTree::Ident(keyword), TokenTree::Group(limit), ..]
                if keyword == "pub" && limit.delimiter() == Delimiter::Parenthesis =>
            {
                2
            }
            [TokenTree::Ident(_), ..] => self.path(tokens, &[], module, in_test),
            [TokenTree::Group(group), ..] => {
                self.code(group.stream(), module, in_test);
                1
            }
            _ => 1,
        }
    }

    /// Reads the path that `tokens` start with. `prefix` is what stands before an opening brace of a `use`.
    fn path(&mut self, tokens: &[TokenTree], prefix: &[String], module: &[String], in_test: bool) -> usize {
        let line = tokens[0].span().start().line;
        let mut segments = prefix.to_vec();
        let mut at = 0;
        loop {
            match &tokens[at..] {
                [TokenTree::Ident(name), rest @ ..] => {
                    segments.push(name.to_string());
                    at += 1;
                    if !is_double_colon(rest) {
                        break;
                    }
                    at += 2;
                }
                [TokenTree::Group(group), ..] if group.delimiter() == Delimiter::Brace => {
                    self.use_group(group.stream(), &segments, module, in_test);
                    return at + 1;
                }
                _ => break,
            }
        }
        self.mentions.push(Mention { segments: resolve(segments, module), line, in_test });
        at
    }

    fn use_group(&mut self, tokens: TokenStream, prefix: &[String], module: &[String], in_test: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                // `name as other` mentions the other name nowhere else.
                TokenTree::Ident(word) if word == "as" => at += 2,
                TokenTree::Ident(_) => at += self.path(&tokens[at..], prefix, module, in_test),
                _ => at += 1,
            }
        }
    }
}

/// Makes `self`, `super` and the crate's own name absolute.
fn resolve(segments: Vec<String>, module: &[String]) -> Vec<String> {
    let own = |module: &[String]| [&["crate".to_owned()], module].concat();
    let mut base = match segments[0].as_str() {
        "self" if segments.len() > 1 => own(module),
        "super" => own(module),
        "sigmic" => own(&[]),
        _ => Vec::new(),
    };
    for segment in segments {
        match segment.as_str() {
            "super" => {
                base.pop();
            }
            "self" => {}
            "sigmic" if base == ["crate"] => {}
            _ => base.push(segment),
        }
    }
    base
}

fn is_double_colon(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Punct(a), TokenTree::Punct(b), ..] if a.as_char() == ':' && b.as_char() == ':')
}

/// Whether `tokens` start with `#[cfg(test)]` or something like `#[cfg(all(test, …))]`.
fn is_test_attribute(tokens: &[TokenTree]) -> bool {
    let [TokenTree::Punct(hash), TokenTree::Group(attribute), ..] = tokens else { return false };
    let words = attribute.to_string();
    let words: Vec<&str> = words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    hash.as_char() == '#' && words.first() == Some(&"cfg") && words.contains(&"test") && !words.contains(&"not")
}

/// Where the item that begins at `start` ends: after its first `;` or braces.
fn end_of_item(tokens: &[TokenTree], start: usize) -> usize {
    let ends = |token: &TokenTree| match token {
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        _ => false,
    };
    tokens[start..].iter().position(ends).map_or(tokens.len(), |length| start + length + 1)
}

/// `server/src/agent/turn.rs` is the module `agent::turn`.
fn module_of(file: &str) -> Vec<String> {
    let within = file.split_once("/src/").map_or("", |(_, within)| within);
    let mut module: Vec<String> = within.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main" | "")) {
        module.pop();
    }
    module
}

/// Where the modules lie that `file` declares.
fn folder_of_modules(file: &str) -> String {
    let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
    match name {
        "mod.rs" | "lib.rs" | "main.rs" => folder.to_owned(),
        _ => format!("{folder}/{}", name.trim_end_matches(".rs")),
    }
}

fn is_in_tests_folder(file: &str) -> bool {
    file.starts_with("tests/")
}
