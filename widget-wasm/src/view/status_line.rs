//! What an answer is waiting for.

use super::{Ui, answer::answer_of};
use crate::{
    chat::{AnswerState, EntryKey},
    strings::Text,
};
use leptos::{either::EitherOf3, prelude::*};
use sigmic_shared::{ToolCallStatus, stream::RunPhase};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    /// For nothing, or a tool's own line says for what.
    Nothing,
    /// For the model's first words.
    Thinking,
    /// For something worth saying.
    Saying(Text),
}

/// Dots until the first words come; a sentence when something is tried again.
#[component]
pub fn StatusLine(ui: Ui, key: EntryKey) -> impl IntoView {
    let waiting = Memo::new(move |_| {
        let state = ui.chat.watch(key, |entry| answer_of(entry).map(|answer| answer.state)).flatten();
        if state != Some(AnswerState::Streaming) {
            return Waiting::Nothing;
        }
        if ui.chat.reconnecting.get() {
            return Waiting::Saying(Text::Reconnecting);
        }
        if ui.chat.phase.get() == Some(RunPhase::Retrying) {
            return Waiting::Saying(Text::Retrying);
        }
        let is_silent = |answer: &crate::chat::Answer| {
            answer.text.is_empty() && answer.tools.iter().all(|call| is_over(call.status))
        };
        let silent = ui.chat.watch_text(key, |entry| answer_of(entry).is_some_and(is_silent));
        if silent == Some(true) { Waiting::Thinking } else { Waiting::Nothing }
    });
    move || match waiting.get() {
        Waiting::Nothing => EitherOf3::A(()),
        Waiting::Thinking => EitherOf3::B(view! {
            <p class="note">
                <span class="dots" aria-hidden="true">
                    <i></i>
                    <i></i>
                    <i></i>
                </span>
                <span class="heard">{move || ui.text(Text::Thinking)}</span>
            </p>
        }),
        Waiting::Saying(text) => EitherOf3::C(view! {
            <p class="note">
                <i class="spin"></i>
                <span>{move || ui.text(text)}</span>
            </p>
        }),
    }
}

const fn is_over(status: ToolCallStatus) -> bool {
    !matches!(status, ToolCallStatus::Executing | ToolCallStatus::AwaitingApproval)
}
