//! What a screen reader says: sentences of answers and short notices, never single words as they arrive.

use super::Ui;
use leptos::prelude::*;

/// The one live region of the chat; silent while the panel is closed.
#[component]
pub fn LiveRegion(ui: Ui) -> impl IntoView {
    view! {
        <div class="heard" role="status" aria-live="polite">
            {move || ui.open.get().then(|| ui.said.get())}
        </div>
    }
}
