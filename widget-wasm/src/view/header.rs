//! The panel's head: logo, title, and the buttons for the panel as a whole.

use super::{
    Action, Ui,
    dynamic::dynamic,
    icons::{self, icon, still},
};
use crate::strings::Text;
use leptos::prelude::*;

/// Logo, title, New chat, Maximize or Restore, Close.
#[component]
pub fn Header(ui: Ui) -> impl IntoView {
    let is_inline = move || ui.look.with(|look| look.inline);
    let logo = move || ui.look.with(|look| look.logo.clone());
    let size = move || dynamic(move || ui.text(if ui.maximized.get() { Text::Restore } else { Text::Maximize }));
    view! {
        <div class="header">
            <img class="logo" src=dynamic(logo) alt="" referrerpolicy="no-referrer" hidden=dynamic(move || logo().is_none()) />
            <h2 class="title" id="sc-title">{dynamic(move || ui.title())}</h2>
            <button
                type="button"
                class="tool-button"
                hidden=dynamic(move || ui.chat.keys.with(Vec::is_empty))
                aria-label=ui.label(Text::NewChat)
                title=ui.label(Text::NewChat)
                on:click=move |_| ui.act(Action::NewChat)
            >
                {still(icons::NEW_CHAT)}
            </button>
            <button
                type="button"
                class="tool-button"
                hidden=dynamic(move || is_inline() || ui.phone.get())
                aria-label=size()
                title=size()
                on:click=move |_| ui.act(if ui.maximized.get_untracked() { Action::Restore } else { Action::Maximize })
            >
                {icon(dynamic(move || if ui.maximized.get() { icons::RESTORE } else { icons::MAXIMIZE }))}
            </button>
            <button
                type="button"
                class="tool-button"
                hidden=dynamic(is_inline)
                aria-label=ui.label(Text::Close)
                title=ui.label(Text::Close)
                on:click=move |_| ui.act(Action::Close)
            >
                {still(icons::CLOSE)}
            </button>
        </div>
    }
}
