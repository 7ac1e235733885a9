//! Where the keyboard's focus goes.

use leptos::wasm_bindgen::JsCast;
use web_sys::{Element, FocusOptions, HtmlElement, KeyboardEvent, ShadowRoot};

const TABBABLE: &str = "button:not(:disabled):not([hidden]),textarea,a[href],[tabindex=\"0\"]";

/// Gives `element` the focus without scrolling the page to it.
pub fn enter(element: &HtmlElement) {
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    let _ = element.focus_with_options(&options);
}

/// Whether the focus is anywhere in the chat that `element` belongs to.
pub fn is_within(element: &Element) -> bool {
    focused(element).is_some()
}

/// Whether visitors have nothing finer than a finger: then no keyboard is brought up uninvited, and Enter is a new line.
pub fn is_coarse() -> bool {
    let matches = |query| {
        let list = web_sys::window().and_then(|window| window.match_media(query).ok().flatten());
        list.is_some_and(|list| list.matches())
    };
    matches("(pointer: coarse)") && !matches("(any-pointer: fine)")
}

/// Keeps Tab inside `panel`: from the last thing to the first, and back.
pub fn trap(event: &KeyboardEvent, panel: &Element) {
    let Ok(found) = panel.query_selector_all(TABBABLE) else { return };
    let visible = (0..found.length())
        .filter_map(|at| found.item(at)?.dyn_into::<HtmlElement>().ok())
        .filter(|element| element.get_client_rects().length() > 0)
        .collect::<Vec<_>>();
    let (Some(first), Some(last)) = (visible.first(), visible.last()) else { return };
    let now = focused(panel);
    let is_at = |end: &HtmlElement| now.as_ref().is_some_and(|now| now == end.as_ref() as &Element);
    let at_panel = now.as_ref() == Some(panel);
    if event.shift_key() && (is_at(first) || at_panel) {
        event.prevent_default();
        enter(last);
    } else if !event.shift_key() && is_at(last) {
        event.prevent_default();
        enter(first);
    }
}

fn focused(element: &Element) -> Option<Element> {
    element.get_root_node().dyn_into::<ShadowRoot>().ok()?.active_element()
}
