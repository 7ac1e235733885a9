//! One message of the conversation.

use super::{Ui, answer::AnswerView, dynamic::dynamic};
use crate::{
    chat::{Body, Delivery, Entry, EntryKey},
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
    let class = move || {
        let is_failed = ui.chat.watch(key, is_failed) == Some(true);
        if is_failed { "message user failed" } else { "message user" }
    };
    view! {
        <div class=dynamic(class)>
            <span class="heard">{ui.label(Text::You)}</span>
            <div class="bubble" dir="auto">{text}</div>
        </div>
    }
}

fn is_failed(entry: &Entry) -> bool {
    matches!(&entry.body, Body::User(message) if matches!(message.delivery, Delivery::Failed { .. }))
}
