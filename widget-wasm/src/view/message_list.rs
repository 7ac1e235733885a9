//! The conversation.

use super::{
    Ui,
    dynamic::{dynamic, list},
    error_card::ProblemCard,
    icons::spinner,
    message::Message,
    scroll,
    welcome::Welcome,
};
use crate::{chat::EntryKey, strings::Text};
use leptos::{html, prelude::*, task::spawn_local, wasm_bindgen::JsCast};
use web_sys::{Element, MouseEvent};

/// Every message, oldest first, and below them what went wrong.
///
/// It is a `log`, but not a live one: what is read out goes through the live region, by sentences.
#[component]
pub fn MessageList(ui: Ui) -> impl IntoView {
    let log = NodeRef::<html::Div>::new();
    let content = NodeRef::<html::Div>::new();
    scroll::keep(ui, log, content);
    let keys = move || ui.chat.keys.with(|keys| keys.iter().map(|key| key.0).collect());
    let is_empty = move || ui.chat.keys.with(Vec::is_empty);
    let is_first_load = move || is_empty() && ui.chat.loading.get();
    view! {
        <div
            node_ref=log
            class="log"
            role="log"
            aria-live="off"
            aria-label=ui.label(Text::Messages)
            tabindex="0"
            on:click=move |event| copy_code(ui, &event)
        >
            <div node_ref=content class="content">
                <Welcome ui />
                <p class="note" hidden=dynamic(move || !is_first_load())>
                    {spinner(dynamic(|| false))}
                    <span>{ui.label(Text::Loading)}</span>
                </p>
                {list(keys, move |key| view! { <Message ui key=EntryKey(key) /> }.into_any())}
                <ProblemCard ui />
            </div>
        </div>
    }
}

/// The buttons on code blocks: one listener for all of them, however often an answer is painted.
fn copy_code(ui: Ui, event: &MouseEvent) {
    let Some(hit) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
    let Ok(Some(button)) = hit.closest("[data-copy]") else { return };
    let Ok(Some(code)) = button.closest("div.code").map(|block| block?.query_selector("pre code").ok().flatten())
    else {
        return;
    };
    let text = code.text_content().unwrap_or_default();
    // There is no clipboard on pages that came over plain HTTP.
    let Some(window) = web_sys::window().filter(web_sys::Window::is_secure_context) else { return };
    let copying = window.navigator().clipboard().write_text(&text);
    spawn_local(async move {
        if wasm_bindgen_futures::JsFuture::from(copying).await.is_err() {
            return;
        }
        let before = button.text_content();
        let copied = ui.strings.with_untracked(|strings| strings.get(Text::Copied));
        button.set_text_content(Some(&copied));
        ui.said.set(copied);
        set_timeout(move || button.set_text_content(before.as_deref()), std::time::Duration::from_secs(2));
    });
}
