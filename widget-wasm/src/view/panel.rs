//! The panel: header, messages, composer.

use super::{
    Ui,
    composer::Composer,
    dynamic::{dynamic, follow},
    focus,
    header::Header,
    jump_button::JumpButton,
    live_region::LiveRegion,
    message_list::MessageList,
};
use leptos::{html, prelude::*};
use web_sys::{HtmlElement, KeyboardEvent};

/// The chat's window. It stays in the document while it is closed, so that nothing in it loses its place.
#[component]
pub fn Panel(ui: Ui) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let composer = NodeRef::<html::Textarea>::new();
    follow(move || {
        let (wishes, panel, composer) = (ui.focus.get(), node.get(), composer.get());
        if wishes == 0 || !ui.open.get_untracked() {
            return;
        }
        let target = if focus::is_coarse() { panel.map(HtmlElement::from) } else { composer.map(HtmlElement::from) };
        // What is still hidden takes no focus: by the next frame everything that follows `open` has followed.
        request_animation_frame(move || target.iter().for_each(focus::enter));
    });
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Tab"
            && untrack(|| ui.is_full())
            && let Some(panel) = node.get_untracked()
        {
            focus::trap(&event, &panel);
        }
    };
    view! {
        <div
            node_ref=node
            class=dynamic(move || if ui.open.get() { "panel" } else { "panel closed" })
            role="dialog"
            aria-labelledby="sc-title"
            aria-modal=dynamic(move || ui.is_full().then_some("true"))
            tabindex="-1"
            on:keydown=on_key
        >
            <Header ui />
            <div class="middle">
                <MessageList ui />
                <JumpButton ui />
            </div>
            <Composer ui node=composer />
            <LiveRegion ui />
        </div>
    }
}
