//! The way back to the end of the conversation.

use super::{
    Ui,
    icons::{self, icon},
};
use crate::strings::Text;
use leptos::prelude::*;

/// There while the visitor has scrolled away from the end.
#[component]
pub fn JumpButton(ui: Ui) -> impl IntoView {
    view! {
        <Show when=move || !ui.following.get() && !ui.chat.keys.with(Vec::is_empty)>
            <button
                type="button"
                class="jump"
                aria-label=move || ui.text(Text::JumpToNewest)
                title=move || ui.text(Text::JumpToNewest)
                on:click=move |_| ui.following.set(true)
            >
                {icon(icons::DOWN)}
            </button>
        </Show>
    }
}
