//! The panel's head: logo, title, and the buttons for the panel as a whole.

use super::{
    Action, Ui,
    icons::{self, icon},
};
use crate::strings::Text;
use leptos::prelude::*;

/// Logo, title, New chat, Maximize or Restore, Close.
#[component]
pub fn Header(ui: Ui) -> impl IntoView {
    let inline = move || ui.look.with(|look| look.inline);
    let is_empty = move || ui.chat.keys.with(Vec::is_empty);
    let maximized = move || ui.maximized.get();
    view! {
        <div class="header">
            {move || ui.look.with(|look| look.logo.clone()).map(|source| view! { <Logo source /> })}
            <h2 class="title" id="sc-title">{move || ui.title()}</h2>
            <button
                type="button"
                class="tool-button"
                hidden=is_empty
                aria-label=move || ui.text(Text::NewChat)
                title=move || ui.text(Text::NewChat)
                on:click=move |_| ui.act(Action::NewChat)
            >
                {icon(icons::NEW_CHAT)}
            </button>
            <button
                type="button"
                class="tool-button"
                hidden=move || inline() || ui.phone.get()
                aria-label=move || ui.text(size_text(maximized()))
                title=move || ui.text(size_text(maximized()))
                on:click=move |_| ui.act(if ui.maximized.get_untracked() { Action::Restore } else { Action::Maximize })
            >
                {move || icon(if maximized() { icons::RESTORE } else { icons::MAXIMIZE })}
            </button>
            <button
                type="button"
                class="tool-button"
                hidden=inline
                aria-label=move || ui.text(Text::Close)
                title=move || ui.text(Text::Close)
                on:click=move |_| ui.act(Action::Close)
            >
                {icon(icons::CLOSE)}
            </button>
        </div>
    }
}

/// The app's picture; an address that shows none leaves no hole.
#[component]
fn Logo(source: String) -> impl IntoView {
    let broken = RwSignal::new(false);
    view! {
        <img
            class="logo"
            src=source
            alt=""
            referrerpolicy="no-referrer"
            hidden=move || broken.get()
            on:error=move |_| broken.set(true)
        />
    }
}

const fn size_text(maximized: bool) -> Text {
    if maximized { Text::Restore } else { Text::Maximize }
}
