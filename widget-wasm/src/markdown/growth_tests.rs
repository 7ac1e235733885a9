//! Text that arrives bit by bit is the same text.

use super::{
    Progress, Renderer,
    document::Document,
    html::{Page, PageContent, PageNode, page_html},
    parse, steps,
};
use proptest::prelude::*;
use std::{cell::RefCell, rc::Rc};

/// Text that is likely to mean something.
pub(super) fn markdown() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "\n",
        "\n",
        "\n\n",
        "\r\n",
        "- ",
        "* ",
        "1. ",
        "2) ",
        "> ",
        "# ",
        "## ",
        "```",
        "```rust\n",
        "~~~\n",
        "---",
        "===",
        "**",
        "*",
        "_",
        "__",
        "~~",
        "`",
        "``",
        "[",
        "]",
        "](",
        "(",
        ")",
        "![",
        "https://a.b",
        "www.a.b",
        "<",
        ">",
        "<br>",
        "<https://a.b>",
        "javascript:",
        "|",
        "|---|",
        ":-:",
        "| a | b |\n",
        "  ",
        "    ",
        "\t",
        "a",
        "word",
        " ",
        "é",
        "中",
        "😀",
        "\\",
        "&amp;",
        "&#65;",
        "[ ] ",
        "[x] ",
        "!",
        ".",
        "\"",
        "'",
        "0",
        "\u{0}",
    ]);
    prop::collection::vec(pieces, 0..50).prop_map(|pieces| pieces.concat())
}

fn boundaries(text: &str) -> Vec<usize> {
    text.char_indices().map(|(index, _)| index).chain([text.len()]).collect()
}

fn empty_page() -> (Rc<Page>, PageNode) {
    (Rc::default(), Rc::new(RefCell::new(PageContent::Element("Parent".into(), vec![]))))
}

fn rendered(text: &str, progress: Progress) -> String {
    let (page, parent) = empty_page();
    Renderer::new(page, parent.clone()).update(text, progress);
    page_html(&parent)
}

proptest! {
    #[test]
    fn any_text_cut_anywhere_is_read_as_if_at_once(text in prop_oneof![any::<String>(), markdown()], cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let ends = boundaries(&text);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| ends[cut.index(ends.len())]).collect();
        cuts.sort_unstable();
        let mut document = Document::new();
        let (page, parent) = empty_page();
        let mut renderer = Renderer::new(page, parent.clone());
        for (end, progress) in cuts.into_iter().map(|cut| (cut, Progress::Streaming)).chain([(text.len(), Progress::Finished)]) {
            let text = &text[..end];
            let reading = document.update(text, progress);
            let nodes: Vec<_> = reading.complete.iter().cloned().chain(reading.tail).collect();
            prop_assert_eq!(nodes, parse(text, progress));
            renderer.update(text, progress);
            prop_assert_eq!(page_html(&parent), rendered(text, progress));
        }
    }

    #[test]
    fn a_text_that_became_another_one_is_rendered_too(texts in prop::collection::vec(markdown(), 1..5)) {
        let (page, parent) = empty_page();
        let mut renderer = Renderer::new(page, parent.clone());
        for text in &texts {
            renderer.update(text, Progress::Streaming);
            prop_assert_eq!(page_html(&parent), rendered(text, Progress::Streaming));
        }
    }
}

#[test]
fn growth_costs_the_block_it_happens_in() {
    let mut text = "A paragraph with **some** `code` in it.\n\n- and\n- a list\n\n".repeat(2_000);
    let mut document = Document::new();
    document.update(&text, Progress::Streaming);
    for more in ["The", " last", " one\n", "goes on", "\n\n", "- item", " a\n", "- item b"] {
        text.push_str(more);
        steps::take();
        document.update(&text, Progress::Streaming);
        let steps = steps::take();
        assert!(steps < 400, "{more:?} took {steps} steps");
    }
}

#[test]
fn the_items_of_a_long_list_are_read_once() {
    let mut text = String::new();
    let mut document = Document::new();
    let mut last = 0;
    for _ in 0..2_000 {
        text.push_str("- item with `code` and **more**\n");
        steps::take();
        document.update(&text, Progress::Streaming);
        last = steps::take();
    }
    assert!(last < 400, "{last}");
}

#[test]
fn what_is_in_sight_is_not_made_again() {
    let (page, parent) = empty_page();
    let mut renderer = Renderer::new(page.clone(), parent.clone());
    let made = |text: &str, renderer: &mut Renderer<Rc<Page>>| {
        let before = *page.made.borrow();
        renderer.update(text, Progress::Streaming);
        *page.made.borrow() - before
    };
    for (text, nodes) in [
        ("One two", 2),                                 // a paragraph and its text
        ("One two three", 0),                           // its text grows
        ("One two three\n\n```rust\nfn ", 2),           // a code block and its text
        ("One two three\n\n```rust\nfn main() {\n", 0), // its text grows
        ("One two three\n\n```rust\nfn main() {\n}\n```\n", 0),
        ("One two three\n\n```rust\nfn main() {\n}\n```\n- a", 4), // a list, its item, a paragraph and a text
        ("One two three\n\n```rust\nfn main() {\n}\n```\n- a\n\n- b", 3), // the list is only restyled
    ] {
        assert_eq!(made(text, &mut renderer), nodes, "{text:?}");
    }
    assert_eq!(
        page_html(&parent),
        rendered("One two three\n\n```rust\nfn main() {\n}\n```\n- a\n\n- b", Progress::Streaming)
    );
}
