//! What an answer is waiting for.

use super::{Ui, answer::answer_of, dynamic::dynamic, icons::spinner};
use crate::{
    chat::{Answer, AnswerState, EntryKey, Passage},
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
        ui.chat.watch_text(key, |_| ());
        let silent = ui.chat.watch(key, |entry| answer_of(entry).is_some_and(is_silent));
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
            {spinner(dynamic(is_thinking))}
            <span class=dynamic(move || if is_thinking() { "heard" } else { "" })>
                {dynamic(move || waiting.get().map(|text| ui.text(text)).unwrap_or_default())}
            </span>
        </p>
    }
}

/// Whether nothing of an answer moves: its last passage has no word yet, and no tool runs or asks.
fn is_silent(answer: &Answer) -> bool {
    let is_empty = |passage: Passage| answer.text[passage.text].trim().is_empty();
    answer.passages().pop().is_none_or(is_empty) && answer.tools.iter().all(|call| is_over(call.status))
}

const fn is_over(status: ToolCallStatus) -> bool {
    !matches!(status, ToolCallStatus::Executing | ToolCallStatus::AwaitingApproval)
}
