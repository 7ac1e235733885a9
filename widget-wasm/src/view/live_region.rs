//! What a screen reader says: sentences of answers and short notices, never single words as they arrive.

use super::{Ui, dynamic::dynamic};
use leptos::prelude::*;

/// The one live region of the chat; silent while the panel is closed.
#[component]
pub fn LiveRegion(ui: Ui) -> impl IntoView {
    view! {
        <div class="heard" role="status" aria-live="polite">
            {dynamic(move || if ui.open.get() { ui.said.get() } else { String::new() })}
        </div>
    }
}
