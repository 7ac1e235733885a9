//! Every state and every input: what comes out, and the state after it.

use super::*;

/// A name for each state. A new one has to be named here and given a moment in [`moments`].
const fn name(state: State) -> &'static str {
    match state {
        State::New => "New",
        State::Opening => "Opening",
        State::Asking => "Asking",
        State::Waiting => "Waiting",
        State::Answering => "Answering",
        State::Calling => "Calling",
        State::Ended => "Ended",
    }
}

const STATES: usize = 7;

/// A name for each input. A new one has to be named here and sent in [`inputs`].
const fn kind(input: &Input) -> &'static str {
    match input {
        Input::Start => "Start",
        Input::ToolsOpened { .. } => "ToolsOpened",
        Input::ToolsChanged(_) => "ToolsChanged",
        Input::Model(_) => "Model",
        Input::ModelFailed(_) => "ModelFailed",
        Input::ModelEnded => "ModelEnded",
        Input::RetryDue => "RetryDue",
        Input::ToolProgress(_) => "ToolProgress",
        Input::ToolFinished { .. } => "ToolFinished",
        Input::Approval { .. } => "Approval",
        Input::Cancel => "Cancel",
        Input::Stopping => "Stopping",
        Input::Interrupt => "Interrupt",
        Input::Crashed => "Crashed",
    }
}

const KINDS: usize = 14;

/// A run in each state. The one that calls has a call under way and one that waits for approval.
fn moments() -> [Vec<Input>; STATES] {
    let asking = vec![Input::Start, tools_opened(&TOOLS, &[])];
    let then = |more: &[Input]| asking.iter().chain(more).cloned().collect();
    [
        vec![],
        vec![Input::Start],
        asking.clone(),
        then(&[failed(ModelErrorKind::Unavailable)]),
        then(&[text("So")]),
        then(&[wants("1", "shop__find"), wants("2", "shop__refund"), complete()]),
        then(&[Input::Cancel]),
    ]
}

fn inputs() -> [Input; KINDS] {
    [
        Input::Start,
        tools_opened(&TOOLS, &[]),
        Input::ToolsChanged(definitions(&[])),
        text("x"),
        failed(ModelErrorKind::RateLimited),
        Input::ModelEnded,
        Input::RetryDue,
        progress("1"),
        result("1", Ok("r")),
        approval("2", ApprovalOutcome::ProceedOnce),
        Input::Cancel,
        Input::Stopping,
        Input::Interrupt,
        Input::Crashed,
    ]
}

/// What is not in here changes nothing.
const TABLE: &str = r#"
New Start -> Opening: connecting | open
New Cancel -> Ended: cancelled
New Interrupt -> Ended: failed INTERRUPTED
New Crashed -> Ended: failed AGENT_ERROR
Opening ToolsOpened -> Asking: ask 1
Opening Cancel -> Ended: cancelled
Opening Interrupt -> Ended: failed INTERRUPTED
Opening Crashed -> Ended: failed AGENT_ERROR
Asking Model -> Answering: processing | text "x"
Asking ModelFailed -> Waiting: retrying | wait 500
Asking ModelEnded -> Ended: failed AGENT_ERROR
Asking Cancel -> Ended: cancelled
Asking Interrupt -> Ended: failed INTERRUPTED
Asking Crashed -> Ended: failed AGENT_ERROR
Waiting RetryDue -> Asking: ask 1
Waiting Cancel -> Ended: cancelled
Waiting Interrupt -> Ended: failed INTERRUPTED
Waiting Crashed -> Ended: failed AGENT_ERROR
Answering Model -> Answering: text "x"
Answering ModelFailed -> Ended: last "" | failed MODEL_RATE_LIMITED
Answering ModelEnded -> Ended: last "" | failed AGENT_ERROR
Answering Cancel -> Ended: last "" | cancelled
Answering Interrupt -> Ended: last "" | failed INTERRUPTED
Answering Crashed -> Ended: last "" | failed AGENT_ERROR
Calling ToolProgress -> Calling: progress 1
Calling ToolFinished -> Calling: result 1 success: r
Calling Approval -> Calling: store running | tool 2 shop__refund executing | call 2 {}
Calling Cancel -> Ended: result 1 cancelled: The run ended before this call did. | result 2 cancelled: The run ended before this call did. | cancelled
Calling Interrupt -> Ended: result 1 error: The server stopped during this call. | park
Calling Crashed -> Ended: result 1 cancelled: The run ended before this call did. | result 2 cancelled: The run ended before this call did. | failed AGENT_ERROR
"#;

#[test]
fn every_input_in_every_state() {
    let mut seen = HashSet::new();
    let mut told = String::from("\n");
    for moment in moments() {
        for input in inputs() {
            let mut turn = turn();
            step(&mut turn, moment.clone());
            let (before, kind) = (name(turn.state), kind(&input));
            seen.insert((before, kind));
            let effects = step(&mut turn, [input]);
            let after = name(turn.state);
            if (before, "") != (after, effects.as_str()) {
                told.push_str(&format!("{before} {kind} -> {after}: {effects}\n"));
            }
        }
    }
    assert_eq!(seen.len(), STATES * KINDS, "each state and each input is there once");
    assert_eq!(told, TABLE);
}
