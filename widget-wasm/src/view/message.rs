//! One message of the conversation.

use super::{Ui, answer::AnswerView};
use crate::{
    chat::{Body, Delivery, EntryKey},
    strings::Text,
};
use leptos::{either::Either, prelude::*};

/// A message of the visitor or an answer.
#[component]
pub fn Message(ui: Ui, key: EntryKey) -> impl IntoView {
    let text = ui.chat.peek(|model| match &model.entry(key)?.body {
        Body::User(message) => Some(message.text.clone()),
        Body::Answer(_) => None,
    });
    match text {
        Some(text) => Either::Left(view! { <UserMessage ui key text /> }),
        None => Either::Right(view! { <AnswerView ui key /> }),
    }
}

#[component]
fn UserMessage(ui: Ui, key: EntryKey, text: String) -> impl IntoView {
    let failed = move || {
        let look = |entry: &crate::chat::Entry| match &entry.body {
            Body::User(message) => matches!(message.delivery, Delivery::Failed { .. }),
            Body::Answer(_) => false,
        };
        ui.chat.watch(key, look).unwrap_or_default()
    };
    view! {
        <div class="message user" class:failed=failed>
            <span class="heard">{move || ui.text(Text::You)}</span>
            <div class="bubble" dir="auto">{text}</div>
        </div>
    }
}
