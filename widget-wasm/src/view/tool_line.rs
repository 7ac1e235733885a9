//! The tools an answer used, one quiet line each.

use super::{
    Ui,
    answer::answer_of,
    dynamic::{dynamic, piece},
    icons::{self, still},
};
use crate::{
    chat::{Answer, EntryKey, ToolEntry},
    strings::Text,
};
use leptos::prelude::*;
use sigmic_shared::ToolCallStatus;

/// One line per tool call, in the order they were made.
#[component]
pub fn ToolLines(ui: Ui, key: EntryKey) -> impl IntoView {
    // Something of the answer changes far more often than what the lines show.
    let lines = Memo::new(move |_| {
        let lines = |answer: &Answer| answer.tools.iter().map(Line::of).collect::<Vec<_>>();
        ui.chat.watch(key, |entry| answer_of(entry).map(lines)).flatten().unwrap_or_default()
    });
    piece(move || Some(lines.get().into_iter().map(|line| view! { <ToolLine ui line /> }).collect::<Vec<_>>()))
}

/// What a line shows of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    tool: String,
    text: Text,
    progress: Option<String>,
}

impl Line {
    fn of(call: &ToolEntry) -> Self {
        let progress = call.progress.as_ref().and_then(|progress| progress.message.clone());
        Self {
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
    let Line { tool, text, progress } = line;
    let mark = match text {
        Text::ToolDone => icons::DONE,
        Text::ToolWaiting => icons::WAITING,
        _ => icons::FAILED,
    };
    let runs = text == Text::ToolRunning;
    let sentence = move || {
        let sentence = ui.strings.with(|strings| strings.with(text, "tool", &tool));
        progress.as_ref().map_or(sentence.clone(), |progress| format!("{sentence} {progress}"))
    };
    view! {
        <p class="note" dir="auto">
            <i class="spin" hidden=!runs></i>
            <span class="mark" hidden=runs>{still(mark)}</span>
            <span>{dynamic(sentence)}</span>
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
