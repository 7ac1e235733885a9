//! The way back to the end of the conversation.

use super::{
    Ui,
    dynamic::dynamic,
    icons::{self, still},
};
use crate::strings::Text;
use leptos::prelude::*;

/// There while the visitor has scrolled away from the end.
#[component]
pub fn JumpButton(ui: Ui) -> impl IntoView {
    view! {
        <button
            type="button"
            class="jump"
            hidden=dynamic(move || ui.following.get() || ui.chat.keys.with(Vec::is_empty))
            aria-label=ui.label(Text::JumpToNewest)
            title=ui.label(Text::JumpToNewest)
            on:click=move |_| ui.following.set(true)
        >
            {still(icons::DOWN)}
        </button>
    }
}
