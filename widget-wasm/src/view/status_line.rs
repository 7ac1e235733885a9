//! What an answer is waiting for.

use super::{Ui, answer::answer_of, dynamic::dynamic};
use crate::{
    chat::{Answer, AnswerState, EntryKey},
    strings::Text,
};
use leptos::prelude::*;
use sigmic_shared::{ToolCallStatus, stream::RunPhase};

/// Dots until the first words come; a sentence when something is tried again.
#[component]
pub fn StatusLine(ui: Ui, key: EntryKey) -> impl IntoView {
    let waiting = Memo::new(move |_| {
        let state = ui.chat.watch(key, |entry| answer_of(entry).map(|answer| answer.state)).flatten();
        if state != Some(AnswerState::Streaming) {
            return None;
        }
        if ui.chat.reconnecting.get() {
            return Some(Text::Reconnecting);
        }
        if ui.chat.phase.get() == Some(RunPhase::Retrying) {
            return Some(Text::Retrying);
        }
        let is_silent =
            |answer: &Answer| answer.text.is_empty() && answer.tools.iter().all(|call| is_over(call.status));
        let silent = ui.chat.watch_text(key, |entry| answer_of(entry).is_some_and(is_silent));
        (silent == Some(true)).then_some(Text::Thinking)
    });
    let is_thinking = move || waiting.get() == Some(Text::Thinking);
    view! {
        <p class="note" hidden=dynamic(move || waiting.get().is_none())>
            <span class="dots" aria-hidden="true" hidden=dynamic(move || !is_thinking())>
                <i></i>
                <i></i>
                <i></i>
            </span>
            <i class="spin" hidden=dynamic(is_thinking)></i>
            <span class=dynamic(move || if is_thinking() { "heard" } else { "" })>
                {dynamic(move || waiting.get().map(|text| ui.text(text)).unwrap_or_default())}
            </span>
        </p>
    }
}

const fn is_over(status: ToolCallStatus) -> bool {
    !matches!(status, ToolCallStatus::Executing | ToolCallStatus::AwaitingApproval)
}
