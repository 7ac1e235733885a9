//! An empty conversation.

use super::{Action, Ui};
use crate::strings::Text;
use leptos::prelude::*;

/// A greeting, and questions to begin with.
#[component]
pub fn Welcome(ui: Ui) -> impl IntoView {
    let greeting = move || ui.look.with(|look| look.welcome.clone()).unwrap_or_else(|| ui.text(Text::Welcome));
    let suggestions = move || ui.look.with(|look| look.suggestions.clone());
    view! {
        <div class="welcome">
            <h3 dir="auto">{greeting}</h3>
            <Show when=move || ui.look.with(|look| !look.suggestions.is_empty())>
                <ul role="list" aria-label=move || ui.text(Text::Suggestions)>
                    <For each=suggestions key=String::clone let:question>
                        <li>
                            <Suggestion ui question />
                        </li>
                    </For>
                </ul>
            </Show>
        </div>
    }
}

#[component]
fn Suggestion(ui: Ui, question: String) -> impl IntoView {
    let sent = question.clone();
    view! {
        <button type="button" class="suggestion" dir="auto" on:click=move |_| ui.act(Action::Send(sent.clone()))>
            {question}
        </button>
    }
}
