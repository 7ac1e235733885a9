//! Hostile text: nothing of it may become more than text and harmless links, and none may be expensive.

use super::{Kind, Node, Progress, growth_tests::markdown, html::html, parse, steps};
use proptest::prelude::*;
use std::rc::Rc;

/// What can do harm if anything can: addresses of links, and names of languages.
fn addresses(nodes: &[Rc<Node>]) -> Vec<String> {
    let mut found = Vec::new();
    walk(nodes, 0, &mut |kind, _| {
        if let Kind::Link(href) = kind {
            found.push(href.as_str().to_owned());
        }
    });
    found
}

fn walk(nodes: &[Rc<Node>], depth: usize, visit: &mut impl FnMut(&Kind, usize)) {
    for node in nodes {
        if let Node::Element(element) = &**node {
            visit(&element.kind, depth);
            walk(&element.children, depth + 1, visit);
        }
    }
}

/// Schemes, however disguised, in every place an address can stand in.
#[test]
fn no_other_scheme_gets_through() {
    let addresses_to_try = [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "javascript&colon;alert(1)",
        "javascript&#58;alert(1)",
        "javascript&#x3a;alert(1)",
        "java&#115;cript:alert(1)",
        "&#106;avascript:alert(1)",
        "&#x6A&#x61&#x76&#x61script:alert(1)",
        "java&#9;script:alert(1)",
        "java&#10;script:alert(1)",
        "java&Tab;script:alert(1)",
        "java&NewLine;script:alert(1)",
        "&#1;javascript:alert(1)",
        "&#32;javascript:alert(1)",
        "\u{1}javascript:alert(1)",
        "\u{a0}javascript:alert(1)",
        "\u{feff}javascript:alert(1)",
        "java\tscript:alert(1)",
        "javascript\\:alert(1)",
        "java\\script:alert(1)",
        "javascript://https://a.example/%0Aalert(1)",
        "javascript:https://a.example/",
        "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
        "data:image/svg+xml,<svg/onload=alert(1)>",
        "vbscript:msgbox(1)",
        "file:///etc/passwd",
        "blob:https://a.example/x",
        "filesystem:https://a.example/x",
        "view-source:https://a.example",
        "intent://a#Intent;end",
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https&colon;//evil.example",
        "https:\\\\\\\\evil.example",
        "https://bank.example&commat;evil.example",
        "https://bank.example&#64;evil.example",
        "https://bank.example@evil.example",
        "ws://a.example",
    ];
    for address in addresses_to_try {
        for text in [
            format!("[x]({address})"),
            format!("[x](<{address}>)"),
            format!("[x]({address} \"t\")"),
            format!("![x]({address})"),
            format!("[![x]({address})]({address})"),
            format!("<{address}>"),
            format!("[x]: {address}\n\n[x]"),
            format!("| a |\n|---|\n| [x]({address}) |"),
            format!("> - [x]({address})"),
        ] {
            for progress in [Progress::Finished, Progress::Streaming] {
                let nodes = parse(&text, progress);
                // A bare address in the middle of one of these is a link of its own, and a harmless one.
                let found = addresses(&nodes);
                let harmless =
                    found.iter().all(|href| href.starts_with("https://a.example") || href == "https://bank.example");
                assert!(harmless, "{text:?} links to {found:?}");
                let whole: Vec<_> = found.iter().filter(|href| href.contains("script")).collect();
                assert!(whole.is_empty(), "{text:?} links to {whole:?}");
            }
        }
    }
}

/// Markup of all sorts: it is shown, every letter of it.
#[test]
fn markup_is_shown_as_the_text_it_is() {
    for text in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
        "<style>@import'//evil.example'</style>",
        "<iframe srcdoc='&lt;script&gt;alert(1)&lt;/script&gt;'></iframe>",
        "<math><mtext></p><img src=1 onerror=alert(1)></mtext></math>",
        "<a href=javascript:alert(1)>x</a>",
        "<details open ontoggle=alert(1)>",
        "<form action=//evil.example><input type=submit>",
        "<!-- <img src=x onerror=alert(1)> -->",
        "<![CDATA[<script>alert(1)</script>]]>",
        "<?php echo 1 ?>",
        "<!DOCTYPE html>",
        "</div></body><script>",
        "<scr<script>ipt>",
        "<template shadowrootmode=open><slot>",
        "<base href=//evil.example>",
        "<meta http-equiv=refresh content=0>",
        "\u{0}<script>",
    ] {
        let nodes = parse(text, Progress::Finished);
        let shown = html(&nodes).replace("<p>", "").replace("</p>", "");
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let decoded = escaped.replace("&amp;lt;", "&lt;").replace("&amp;gt;", "&gt;");
        assert_eq!(shown, decoded, "{text:?}");
        assert!(addresses(&nodes).is_empty(), "{text:?}");
    }
}

#[test]
fn addresses_end_where_a_text_would_use_them_to_break_out() {
    for (text, expected) in [
        ("https://a.example/\"onmouseover=\"alert(1)", vec!["https://a.example/"]),
        ("https://a.example/<script>", vec!["https://a.example/"]),
        ("<https://a.example/\"onclick=alert(1)>", vec!["https://a.example/\"onclick=alert(1)"]),
        ("[x](https://a.example/\"onclick=\"y)", vec!["https://a.example/\"onclick=\"y"]),
        ("[a](https://a.example)[b](https://b.example)", vec!["https://a.example", "https://b.example"]),
    ] {
        assert_eq!(addresses(&parse(text, Progress::Finished)), expected, "{text:?}");
    }
}

/// Doubling these must double the work, whatever the parser makes of them.
#[test]
fn the_work_is_linear() {
    let patterns: &[&str] = &[
        "[",
        "]",
        "![",
        "*",
        "_",
        "~",
        "`",
        "<",
        ">",
        "&",
        "\\",
        "|",
        "#",
        "-",
        "+ ",
        "a*",
        "*a ",
        "*a_ ",
        "**a *b ",
        "a**b",
        "_a*",
        "a_",
        "[a](",
        "[a](b",
        "[a](<",
        "[a](<b",
        "[a](b \"",
        "[a](b '",
        "[a](\\(",
        "[a](((",
        "[a]",
        "![a](b",
        "[a](https://b)",
        "[*a](https://b)*",
        "`a``",
        "``a`",
        "<a",
        "<https://a",
        "<a@",
        "http://",
        "http://a@",
        "http://a@(",
        "(http://a@",
        "www.",
        "www.a)",
        "http://a)",
        "http://a(",
        "&#1",
        "&amp",
        "- ",
        "> ",
        "1. ",
        "> - ",
        "* a\n",
        "> a\n",
        "\n",
        "\n\n",
        " ",
        "\t",
        "    a\n",
        "```\n",
        "```a\n",
        "~~~\n",
        "| a ",
        "|-",
        "|---|\n",
        "a|b\n-|-\n",
        "a\n-\n",
        "a\n=\n",
        "- a\n\n",
        "- a\n  ",
        "  - a\n",
        "[ ] ",
        "- [ ] a\n",
        "é*",
        "😀_",
        "\u{0}",
        "**a** ",
        "***",
        "*_",
        "_*a_* ",
        "~~a",
        "<br>",
        "a  \n",
        "a\\\n",
        "http",
        "h",
        "w",
        "[http://a](",
        "*[",
        "[*",
        "[a`",
        "`[a](",
        "\"",
        "'[a](b '\"",
    ];
    for pattern in patterns {
        for (before, after) in
            [("", ""), ("> ", ""), ("- ", ""), ("```\n", ""), ("| a |\n|---|\n| ", ""), ("", "*"), ("", "]"), ("", ")")]
        {
            let mut work = [0; 2];
            for (work, size) in work.iter_mut().zip([2_000, 4_000]) {
                let text = format!("{before}{}{after}", pattern.repeat(size / pattern.len()));
                steps::take();
                let nodes = parse(&text, Progress::Finished);
                parse(&text, Progress::Streaming);
                *work = steps::take();
                walk(&nodes, 0, &mut |_, depth| assert!(depth <= 40, "{pattern:?} is nested too deep"));
                assert!(*work <= 100 * size, "{before:?} {pattern:?} {after:?} takes {work} steps for {size} bytes");
            }
            assert!(work[1] <= work[0] * 9 / 4 + 1000, "{before:?} {pattern:?} {after:?}: {work:?}");
        }
    }
}

#[test]
fn nesting_ends() {
    for text in [
        ">".repeat(100_000),
        "- ".repeat(50_000),
        "> - ".repeat(25_000),
        "*a ".repeat(50_000) + &"b*".repeat(50_000),
        "![".repeat(50_000) + &"](https://a)".repeat(50_000),
    ] {
        let mut deepest = 0;
        walk(&parse(&text, Progress::Finished), 0, &mut |_, depth| deepest = deepest.max(depth));
        assert!(deepest <= 40, "{deepest}");
    }
}

proptest! {
    #[test]
    fn whatever_it_is_its_links_are_harmless_and_hold_no_links(text in prop_oneof![any::<String>(), markdown()]) {
        for progress in [Progress::Finished, Progress::Streaming] {
            let nodes = parse(&text, progress);
            for href in addresses(&nodes) {
                let lower = href.to_ascii_lowercase();
                prop_assert!(["http://", "https://", "mailto:"].iter().any(|scheme| lower.starts_with(scheme)), "{}", href);
                prop_assert!(!href.chars().any(|symbol| symbol.is_control() || symbol.is_whitespace() && symbol.is_ascii()), "{:?}", href);
            }
            walk(&nodes, 0, &mut |kind, _| if let Kind::CodeBlock(Some(language)) = kind {
                assert!(language.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+#._-".contains(&byte)));
            });
            assert_no_link_in_link(&nodes, false);
        }
    }
}

fn assert_no_link_in_link(nodes: &[Rc<Node>], inside: bool) {
    for node in nodes {
        if let Node::Element(element) = &**node {
            let is_link = matches!(element.kind, Kind::Link(_));
            assert!(!(is_link && inside), "a link in a link");
            assert_no_link_in_link(&element.children, inside || is_link);
        }
    }
}
