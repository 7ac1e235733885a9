//! An empty conversation.

use super::{
    Action, Ui,
    dynamic::{dynamic, piece},
};
use crate::strings::Text;
use leptos::prelude::*;

/// A greeting, and questions to begin with.
#[component]
pub fn Welcome(ui: Ui) -> impl IntoView {
    let greeting = move || ui.look.with(|look| look.welcome.clone()).unwrap_or_else(|| ui.text(Text::Welcome));
    let questions = move || {
        let questions = ui.look.with(|look| look.suggestions.clone());
        Some(questions.into_iter().map(|question| view! { <Suggestion ui question /> }.into_any()).collect::<Vec<_>>())
    };
    view! {
        <div class="welcome" hidden=dynamic(move || !ui.chat.keys.with(Vec::is_empty) || ui.chat.loading.get())>
            <h3 dir="auto">{dynamic(greeting)}</h3>
            <ul
                role="list"
                aria-label=ui.label(Text::Suggestions)
                hidden=dynamic(move || ui.look.with(|look| look.suggestions.is_empty()))
            >
                {piece(questions)}
            </ul>
        </div>
    }
}

#[component]
fn Suggestion(ui: Ui, question: String) -> impl IntoView {
    let sent = question.clone();
    view! {
        <li>
            <button type="button" class="suggestion" dir="auto" on:click=move |_| ui.act(Action::Send(sent.clone()))>
                {question}
            </button>
        </li>
    }
}
