//! A tool an answer used: one quiet line that opens, or a question while somebody has to approve it.

use super::{
    Ui,
    answer::answer_of,
    approval_card::ApprovalCard,
    block::{Block, float},
    duration,
    dynamic::{dynamic, piece},
    icons::{self, icon, spinner},
};
use crate::{
    chat::{Answer, AnswerState, EntryKey, Progress, ToolEntry, ToolName, arguments, result},
    strings::Text,
};
use leptos::{html, prelude::*};
use sigmic_shared::ToolCallStatus;

/// Tool call number `index` of an answer.
#[component]
pub fn ToolCallView(ui: Ui, key: EntryKey, index: usize) -> impl IntoView {
    let line = Memo::new(move |_| {
        let line = |answer: &Answer| answer.tools.get(index).map(|call| Line::of(call, answer.state));
        ui.chat.watch(key, |entry| answer_of(entry).and_then(line)).flatten().unwrap_or_default()
    });
    let state = move || line.with(|line| line.state);
    let waiting = Memo::new(move |_| state() == State::Waiting);
    let waits = move || waiting.get();
    let head = NodeRef::<html::Button>::new();
    let expanded = RwSignal::new(false);
    let id = format!("sc-{}-{index}", key.0);
    let (name_id, more_id, details_id) = (format!("{id}-name"), format!("{id}-more"), format!("{id}-details"));
    let toggle = move |_| {
        // What opens shall not push its own beginning out of sight.
        ui.following.set(false);
        expanded.update(|expanded| *expanded = !*expanded);
    };
    let server = move || line.with(|line| line.name.server.clone()).unwrap_or_default();
    let more = move || line.with(|line| line.more(ui));
    let percent = move || line.with(|line| line.percent);
    let class = move || match (state(), expanded.get()) {
        (State::Failed, false) => "tool bad",
        (State::Failed, true) => "tool bad expanded",
        (_, false) => "tool",
        (_, true) => "tool expanded",
    };
    view! {
        <div class=dynamic(class)>
            <div class="tool-line" hidden=dynamic(waits)>
                {spinner(dynamic(move || state() != State::Running))}
                <span class="mark" hidden=dynamic(move || state() == State::Running)>
                    {icon(dynamic(move || state().icon()))}
                </span>
                <button
                    node_ref=head
                    type="button"
                    class="tool-head"
                    aria-expanded=dynamic(move || if expanded.get() { "true" } else { "false" })
                    aria-controls=details_id.clone()
                    aria-describedby=more_id.clone()
                    on:click=toggle
                >
                    <bdi id=name_id.clone()>{dynamic(move || line.with(|line| line.name.words.clone()))}</bdi>
                </button>
                <span class="tool-more" id=more_id.clone()>
                    <bdi class="tool-server">{dynamic(server)}</bdi>
                    <span class=dynamic(move || if state() == State::Done { "heard" } else { "tool-state" })>
                        {dynamic(move || ui.text(state().text()))}
                    </span>
                    <bdi>{dynamic(more)}</bdi>
                </span>
                <span class="turns">{icons::still(icons::MORE)}</span>
            </div>
            <progress
                class="tool-progress"
                max="100"
                hidden=dynamic(move || percent().is_none())
                value=dynamic(move || percent().map(|percent| percent.to_string()))
                aria-labelledby=name_id.clone()
            ></progress>
            <div id=details_id.clone() class="tool-details" hidden=dynamic(move || waits() || !expanded.get())>
                {piece(move || (expanded.get() && !waits()).then(|| view! { <Details ui key index /> }))}
            </div>
            {piece(move || waits().then(|| view! { <ApprovalCard ui key index head /> }))}
        </div>
    }
}

/// What the tool was called with and what came back.
#[component]
fn Details(ui: Ui, key: EntryKey, index: usize) -> impl IntoView {
    let has_output = Memo::new(move |_| {
        let has_output = |answer: &Answer| answer.tools.get(index).is_some_and(|call| call.output.is_some());
        ui.chat.watch(key, |entry| answer_of(entry).is_some_and(has_output)) == Some(true)
    });
    let read = move |read: fn(&ToolEntry) -> Vec<(String, String)>| {
        let rows = ui.chat.peek(|model| model.answer(key)?.tools.get(index).map(read));
        rows.unwrap_or_default()
    };
    let output = |call: &ToolEntry| vec![(String::new(), result(call.output.as_deref().unwrap_or_default(), float))];
    view! {
        <Block ui label=Text::ToolArguments rows=read(|call| arguments(&call.args, float)) />
        {piece(move || has_output.get().then(|| view! { <Block ui label=Text::ToolResult rows=read(output) /> }))}
    }
}

/// How far a call is, as visitors see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Running,
    Waiting,
    Done,
    Failed,
    Refused,
    /// The run was stopped before it ended.
    Stopped,
}

impl State {
    const fn icon(self) -> &'static str {
        match self {
            Self::Running | Self::Waiting | Self::Done => icons::DONE,
            Self::Failed => icons::FAILED,
            Self::Refused | Self::Stopped => icons::REFUSED,
        }
    }

    const fn text(self) -> Text {
        match self {
            Self::Running | Self::Waiting => Text::ToolRunning,
            Self::Done => Text::ToolDone,
            Self::Failed => Text::ToolFailed,
            Self::Refused => Text::ToolRefused,
            Self::Stopped => Text::Stopped,
        }
    }
}

/// What a line shows of a call.
#[derive(Clone, Debug, Default, PartialEq)]
struct Line {
    name: ToolName,
    state: State,
    duration_ms: Option<u64>,
    message: Option<String>,
    percent: Option<u32>,
}

impl Line {
    fn of(call: &ToolEntry, answer: AnswerState) -> Self {
        let state = match call.status {
            ToolCallStatus::Executing => State::Running,
            ToolCallStatus::AwaitingApproval => State::Waiting,
            ToolCallStatus::Success => State::Done,
            ToolCallStatus::Error => State::Failed,
            ToolCallStatus::Cancelled if answer == AnswerState::Cancelled => State::Stopped,
            ToolCallStatus::Cancelled => State::Refused,
        };
        let progress = call.progress.as_ref().filter(|_| state == State::Running);
        Self {
            name: ToolName::of(&call.tool_name),
            state,
            duration_ms: call.duration_ms.filter(|ms| *ms > 0 && matches!(state, State::Done | State::Failed)),
            message: progress.and_then(|progress| progress.message.clone()),
            percent: progress.and_then(percent),
        }
    }

    /// How long it took, or what it says of itself while it runs.
    fn more(&self, ui: Ui) -> String {
        let message = || self.message.clone().unwrap_or_default();
        let words = |ms| ui.strings.with(|strings| duration::in_words(ms, strings.lang()));
        self.duration_ms.map_or_else(message, words)
    }
}

fn percent(progress: &Progress) -> Option<u32> {
    let total = progress.total.filter(|total| *total > 0.0)?;
    Some((progress.progress / total * 100.0).clamp(0.0, 100.0) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_shown_where_the_tool_knows_its_end() {
        for (progress, total, expected) in [
            (3.0, Some(10.0), Some(30)),
            (12.0, Some(10.0), Some(100)),
            (-1.0, Some(10.0), Some(0)),
            (f64::NAN, Some(10.0), Some(0)),
            (3.0, Some(0.0), None),
            (3.0, Some(-1.0), None),
            (3.0, None, None),
        ] {
            assert_eq!(percent(&Progress { progress, total, message: None }), expected, "{progress} of {total:?}");
        }
    }

    #[test]
    fn a_call_that_did_not_run_was_refused_unless_the_visitor_stopped_the_answer() {
        for (answer, state) in [
            (AnswerState::Streaming, State::Refused),
            (AnswerState::Complete, State::Refused),
            (AnswerState::Cancelled, State::Stopped),
        ] {
            let call = ToolEntry::cancelled_for_tests();
            assert_eq!(Line::of(&call, answer).state, state, "{answer:?}");
        }
    }
}
