//! Text of a tool or for one: readable, inert, and never longer than a part of the panel.

use super::{
    Ui,
    dynamic::{dynamic, piece},
    focus,
};
use crate::{chat::cut, strings::Text};
use leptos::{html, prelude::*};

/// Names and values under a label. Long values are cut, with a button that shows all of them, unless `whole`.
/// Nothing at all without rows.
#[component]
pub fn Block(ui: Ui, label: Text, rows: Vec<(String, String)>, #[prop(optional)] whole: bool) -> impl IntoView {
    let is_long = !whole && rows.iter().any(|(_, value)| cut(value).is_some());
    let shows_all = RwSignal::new(!is_long);
    let text = NodeRef::<html::Div>::new();
    let is_empty = rows.is_empty();
    let show_all = move |_| {
        ui.following.set(false);
        shows_all.set(true);
        // The button goes; what it opened can be scrolled with the keyboard.
        if let Some(text) = text.get_untracked() {
            focus::enter(&text);
        }
    };
    let lines = move || {
        let whole = shows_all.get();
        let line = |(name, value): &(String, String)| {
            let shown = if whole { value.as_str() } else { cut(value).unwrap_or(value) };
            let ellipsis = if shown.len() < value.len() { "…" } else { "" };
            view! {
                <dt hidden=name.is_empty() dir="auto">{name.clone()}</dt>
                <dd dir="auto">{format!("{shown}{ellipsis}")}</dd>
            }
            .into_any()
        };
        Some(rows.iter().map(line).collect::<Vec<_>>())
    };
    view! {
        <div class="block" hidden=is_empty>
            <p class="block-name" aria-hidden="true">{ui.label(label)}</p>
            <div node_ref=text class="block-text" role="group" aria-label=ui.label(label) tabindex="0">
                <dl>{piece(lines)}</dl>
            </div>
            <button type="button" class="text-button" hidden=dynamic(move || shows_all.get()) on:click=show_all>
                {ui.label(Text::ShowAll)}
            </button>
        </div>
    }
}

/// A number as JavaScript writes it.
pub fn float(number: f64) -> String {
    js_sys::Number::from(number).to_string_with_radix(10).unwrap_or_default().into()
}
