//! The question whether a tool may run.

use super::{
    Action, Ui,
    answer::answer_of,
    block::{Block, float},
    dynamic::{dynamic, follow},
    focus,
    icons::{self, still},
};
use crate::{
    chat::{Answer, Decision, EntryKey, ToolName, arguments},
    strings::Text,
};
use leptos::{html, prelude::*};
use sigmic_shared::tool_call::ApprovalOutcome;

const CHOICES: [(Text, ApprovalOutcome); 3] = [
    (Text::AllowOnce, ApprovalOutcome::ProceedOnce),
    (Text::AlwaysAllow, ApprovalOutcome::ProceedAlways),
    (Text::DontAllow, ApprovalOutcome::Cancel),
];

/// What wants to run, with what, and three buttons. `head` is the line that comes in its place, and takes the focus
/// over from a button that was pressed.
#[component]
pub fn ApprovalCard(ui: Ui, key: EntryKey, index: usize, head: NodeRef<html::Button>) -> impl IntoView {
    let call = ui.chat.peek(|model| {
        let call = model.answer(key)?.tools.get(index)?;
        Some((call.call_id.clone(), ToolName::of(&call.tool_name), arguments(&call.args, float)))
    });
    let (call_id, name, rows) = call.unwrap_or_else(|| (String::new().into(), ToolName::default(), Vec::new()));
    let decision = move || {
        let decision = |answer: &Answer| answer.tools.get(index).and_then(|call| call.decision);
        ui.chat.watch(key, |entry| answer_of(entry).and_then(decision)).flatten()
    };
    let is_sending = move || decision() == Some(Decision::Sending);
    let words = name.words;
    let question = move || ui.strings.with(|strings| strings.with(Text::Approval, "tool", &words));
    let asked = question.clone();
    let card = NodeRef::<html::Div>::new();
    follow(move || {
        if card.get().is_some() {
            ui.said.set(untrack(&asked));
        }
    });
    let was_pressed = StoredValue::new(false);
    on_cleanup(move || {
        if was_pressed.try_get_value() == Some(true) {
            request_animation_frame(move || {
                // Whoever went elsewhere meanwhile stays there.
                let head = head.try_get_untracked().flatten();
                head.iter().filter(|head| !focus::is_within(head)).for_each(|head| focus::enter(head));
            });
        }
    });
    let title_id = format!("sc-{}-{index}-question", key.0);
    let button = move |(text, outcome): (Text, ApprovalOutcome)| {
        let call_id = call_id.clone();
        let decide = move |_| {
            was_pressed.set_value(true);
            ui.act(Action::Decide { call_id: call_id.clone(), outcome });
        };
        view! {
            <button
                type="button"
                class=if outcome == ApprovalOutcome::ProceedOnce { "plain-button solid" } else { "plain-button" }
                // Not `disabled`, which would take the focus away from the one that was pressed.
                aria-disabled=dynamic(move || is_sending().then_some("true"))
                on:click=decide
            >
                {ui.label(text)}
            </button>
        }
        .into_any()
    };
    view! {
        <div
            node_ref=card
            class="approval"
            role="group"
            aria-labelledby=title_id.clone()
            aria-busy=dynamic(move || is_sending().then_some("true"))
        >
            <p class="approval-title">
                <span class="mark">{still(icons::APPROVAL)}</span>
                <strong id=title_id.clone() dir="auto">{dynamic(question)}</strong>
                <bdi class="tool-server">{name.server}</bdi>
            </p>
            <Block ui label=Text::ToolArguments rows whole=true />
            <div class="choices">{CHOICES.map(button).into_iter().collect::<Vec<_>>()}</div>
            <p class="approval-problem" role="alert">
                {dynamic(move || {
                    let has_failed = decision() == Some(Decision::Failed);
                    if has_failed { ui.text(Text::ApprovalFailed) } else { String::new() }
                })}
            </p>
        </div>
    }
}
