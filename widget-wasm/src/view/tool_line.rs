//! The tools an answer used, one quiet line each.

use super::{
    Ui,
    answer::answer_of,
    icons::{self, icon},
};
use crate::{chat::EntryKey, strings::Text};
use leptos::{either::Either, prelude::*};
use sigmic_shared::ToolCallStatus;

/// One line per tool call, in the order they were made.
#[component]
pub fn ToolLines(ui: Ui, key: EntryKey) -> impl IntoView {
    let lines = move || {
        let calls =
            |entry: &_| answer_of(entry).into_iter().flat_map(|answer| &answer.tools).map(Line::of).collect::<Vec<_>>();
        ui.chat.watch(key, calls).unwrap_or_default()
    };
    view! {
        <For each=lines key=Line::clone let:line>
            <ToolLine ui line />
        </For>
    }
}

/// What a line shows of a call; a call whose line would look the same is not painted again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Line {
    call_id: String,
    tool: String,
    text: Text,
    progress: Option<String>,
}

impl Line {
    fn of(call: &crate::chat::ToolEntry) -> Self {
        let progress = call.progress.as_ref().and_then(|progress| progress.message.clone());
        Self {
            call_id: call.call_id.0.clone(),
            tool: name_for_people(&call.tool_name),
            text: match call.status {
                ToolCallStatus::Executing => Text::ToolRunning,
                ToolCallStatus::AwaitingApproval => Text::ToolWaiting,
                ToolCallStatus::Success => Text::ToolDone,
                ToolCallStatus::Error | ToolCallStatus::Cancelled => Text::ToolFailed,
            },
            progress: progress.filter(|_| call.status == ToolCallStatus::Executing),
        }
    }
}

#[component]
fn ToolLine(ui: Ui, line: Line) -> impl IntoView {
    let Line { tool, text, progress, .. } = line;
    let mark = match text {
        Text::ToolRunning => Either::Left(view! { <i class="spin"></i> }),
        Text::ToolDone => Either::Right(icon(icons::DONE)),
        Text::ToolWaiting => Either::Right(icon(icons::WAITING)),
        _ => Either::Right(icon(icons::FAILED)),
    };
    let sentence = move || ui.strings.with(|strings| strings.with(text, "tool", &tool));
    view! {
        <p class="note" dir="auto">
            {mark}
            <span>{sentence}{progress.map(|progress| format!(" – {progress}"))}</span>
        </p>
    }
}

/// `orders__get_refund` is "get refund" to a visitor.
fn name_for_people(tool_name: &str) -> String {
    let name = tool_name.split_once("__").map_or(tool_name, |(_, name)| name);
    name.replace(['_', '-'], " ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_have_names_for_people() {
        for (tool_name, expected) in
            [("orders__get_refund", "get refund"), ("search", "search"), ("a__b__c-d", "b  c d"), ("x__", "")]
        {
            assert_eq!(name_for_people(tool_name), expected);
        }
    }
}
