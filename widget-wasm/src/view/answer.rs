//! An answer: what it says and the tools it uses, in order, and how it ended.

use super::{
    Ui,
    dynamic::{dynamic, follow, list},
    error_card::RunErrorCard,
    icons::{self, still},
    passage::PassageView,
    status_line::StatusLine,
};
use crate::{
    chat::{Announcer, Answer, AnswerState, Body, Entry, EntryKey},
    strings::Text,
};
use leptos::prelude::*;

/// One answer of the agent.
#[component]
pub fn AnswerView(ui: Ui, key: EntryKey) -> impl IntoView {
    announce(ui, key);
    let passages = move || {
        let count = |answer: &Answer| answer.passages().len() as u32;
        let count = ui.chat.watch(key, |entry| answer_of(entry).map(count)).flatten();
        (0..count.unwrap_or_default()).collect()
    };
    let is_stopped = move || ui.chat.watch(key, state_of).flatten() == Some(AnswerState::Cancelled);
    let stopped = move || if is_stopped() { ui.text(Text::Stopped) } else { String::new() };
    view! {
        <div class="message answer">
            <span class="heard">{ui.label(Text::Assistant)}</span>
            <Unavailable ui key />
            {list(passages, move |index| {
                view! { <PassageView ui key index=index as usize /> }.into_any()
            })}
            <StatusLine ui key />
            <p class="note" hidden=dynamic(move || !is_stopped())>{dynamic(stopped)}</p>
            <RunErrorCard ui key />
        </div>
    }
}

/// The answer that an entry holds.
pub fn answer_of(entry: &Entry) -> Option<&Answer> {
    match &entry.body {
        Body::Answer(answer) => Some(answer),
        Body::User(_) => None,
    }
}

/// What the answer has to do without.
#[component]
fn Unavailable(ui: Ui, key: EntryKey) -> impl IntoView {
    let servers = move || {
        let servers = ui.chat.watch(key, |entry| answer_of(entry).map(Answer::unavailable_servers));
        servers.flatten().unwrap_or_default()
    };
    list(
        move || (0..servers().len() as u32).collect(),
        move |index| {
            let sentence = move || match servers().get(index as usize).map(String::as_str) {
                None | Some("") => ui.text(Text::ToolsUnavailable),
                Some(server) => ui.strings.with(|strings| strings.with(Text::ServerUnavailable, "server", server)),
            };
            view! {
                <p class="note" role="status">
                    {still(icons::UNPLUGGED)} <span dir="auto">{dynamic(sentence)}</span>
                </p>
            }
            .into_any()
        },
    )
}

fn state_of(entry: &Entry) -> Option<AnswerState> {
    answer_of(entry).map(|answer| answer.state)
}

/// Has an answer read out by sentences while it arrives: nobody wants old ones read out.
fn announce(ui: Ui, key: EntryKey) {
    let state = ui.chat.peek(|model| model.answer(key).map(|answer| answer.state));
    let mut announcer = (state == Some(AnswerState::Streaming)).then(Announcer::new);
    follow(move || {
        ui.chat.watch_text(key, |_| ());
        let is_over = ui.chat.watch(key, state_of).flatten() != Some(AnswerState::Streaming);
        let Some(telling) = &mut announcer else { return };
        let said = ui.chat.peek(|model| {
            let text = &model.answer(key)?.text;
            if is_over { telling.finish(text) } else { telling.push(text) }
        });
        if let Some(said) = said {
            ui.said.set(said);
        }
        if is_over {
            announcer = None;
        }
    });
}
