use super::*;
use ApprovalOutcome::{Cancel, ProceedAlways, ProceedOnce};

/// A run that was parked with the calls of `turn`, as the store gives it back.
fn revived(turn: &Turn, opens_tools: bool) -> Turn {
    let answer = turn.answer();
    let past = |role, content: &str, tool_calls| PastMessage { role, content: content.into(), tool_calls };
    let mut spec = TurnSpec { opens_tools, ..spec(&["question"], u64::MAX, 3) };
    spec.conversation.reopen(past(Role::Assistant, answer.text(), answer.tool_calls().to_vec()));
    spec.before = Some(ParkedAnswer {
        text: answer.text().to_owned(),
        thoughts: answer.thoughts().to_vec(),
        tool_calls: answer.tool_calls().to_vec(),
    });
    Turn::new(spec)
}

/// A run in its second step, whose four calls are: executing, waiting, waiting, and answered.
fn waiting() -> Turn {
    let mut turn = turn();
    let first =
        [Input::Start, thought("Hm.\n\n"), text("One."), wants("0", "shop__find"), complete(), result("0", Ok("zero"))];
    let calls =
        [wants("1", "shop__find"), wants("2", "shop__refund"), wants("3", "shop__order"), wants("4", "shop__burn")];
    run(&mut turn, first.into_iter().chain([text("Two.")]).chain(calls).chain([complete()]));
    turn
}

const RETOLD: &str = "connecting | thought : Hm. | last \"One.\\n\\nTwo.\" | tool 0 shop__find executing \
    | result 0 success: zero | tool 1 shop__find executing | tool 2 shop__refund awaiting_approval \
    | tool 3 shop__order awaiting_approval | tool 4 shop__burn executing \
    | result 4 error: There is no tool named shop__burn. | result 1 error: The server stopped during this call. | open";

#[test]
fn a_run_that_waits_is_let_go_of_when_the_server_stops() {
    let mut idle = turn();
    run(&mut idle, [Input::Start, wants("1", "shop__refund"), complete()]);
    assert_eq!(step(&mut idle, [Input::Stopping]), "park");
    assert!(idle.has_ended());

    let mut busy = waiting();
    assert_eq!(step(&mut busy, [Input::Stopping]), "", "a call is under way");
    assert_eq!(step(&mut busy, [result("1", Ok("one"))]), "result 1 success: one | park");

    let mut interrupted = waiting();
    assert_eq!(
        step(&mut interrupted, [Input::Interrupt]),
        "result 1 error: The server stopped during this call. | park"
    );

    let mut about_to_wait = turn();
    run(&mut about_to_wait, [Input::Start, Input::Stopping]);
    assert_eq!(
        step(&mut about_to_wait, [wants("1", "shop__refund"), complete()]),
        "processing | store awaiting_approval | tool 1 shop__refund awaiting_approval | park"
    );
}

#[test]
fn a_resumed_run_tells_what_it_was_and_repeats_no_call() {
    let mut turn = revived(&waiting(), true);
    assert_eq!(step(&mut turn, [Input::Start]), RETOLD);
    assert_eq!(
        step(&mut turn, [approval("1", ProceedOnce), approval("4", ProceedOnce), approval("2", ProceedOnce)]),
        "store awaiting_approval | tool 2 shop__refund executing",
        "it is not called before the tools are there"
    );
    assert_eq!(step(&mut turn, [tools_opened(&TOOLS, &["gone"])]), "error MCP_UNAVAILABLE: gone | call 2 {}");
    assert_eq!(step(&mut turn, [result("2", Ok("two"))]), "result 2 success: two", "another one waits");
    let mut effects = feed(&mut turn, approval("3", Cancel));
    let Some(Effect::CallModel(request)) = effects.pop() else { panic!("{effects:?}") };
    let said = request.messages.iter().map(|message| match message {
        ModelMessage::User(text) => format!("user {text}"),
        ModelMessage::Assistant { text, tool_calls } => format!("assistant {text} {}", tool_calls.len()),
        ModelMessage::ToolResult { call_id, output, .. } => format!("{call_id}: {output}"),
    });
    assert_eq!(
        said.collect::<Vec<_>>(),
        [
            "user question",
            "assistant One. 1",
            "0: zero",
            "assistant Two. 4",
            "1: The server stopped during this call.",
            "2: two",
            "3: The user refused this call.",
            "4: There is no tool named shop__burn.",
        ]
    );
    assert_eq!(step(&mut turn, [text("Done."), complete()]), r#"processing | text "\n\nDone." | last "" | completed"#);
    assert_eq!(turn.answer().text(), "One.\n\nTwo.\n\nDone.");
}

#[test]
fn everything_decided_before_the_tools_are_there_goes_on_when_they_are() {
    let mut turn = revived(&waiting(), true);
    step(&mut turn, [Input::Start]);
    assert_eq!(
        step(&mut turn, [approval("2", Cancel), approval("3", Cancel)]),
        "store awaiting_approval | result 2 cancelled: The user refused this call. | store running \
         | result 3 cancelled: The user refused this call."
    );
    assert_eq!(step(&mut turn, [tools_opened(&TOOLS, &[])]), "ask 8");
}

#[test]
fn steps_go_on_counting() {
    let mut turn = revived(&waiting(), true);
    step(&mut turn, [Input::Start, approval("2", ProceedAlways), approval("3", Cancel), tools_opened(&TOOLS, &[])]);
    assert_eq!(step(&mut turn, [result("2", Ok(""))]), "result 2 success:  | ask 8");
    let third = step(&mut turn, [wants("1", "shop__refund"), complete()]);
    assert_eq!(third, "processing | failed STEP_LIMIT", "three steps there may be");
}

#[test]
fn what_has_been_forbidden_meanwhile_is_not_called() {
    let mut turn = revived(&waiting(), true);
    turn.spec.policy = Box::new(|_| Decision::Deny);
    step(&mut turn, [Input::Start, approval("2", ProceedOnce)]);
    assert_eq!(
        step(&mut turn, [tools_opened(&TOOLS, &[])]),
        "result 2 error: The project's policy does not allow this tool."
    );
}

#[test]
fn a_resumed_run_can_end_or_be_parked_again_at_once() {
    let cancelled = "result 1 cancelled: The run ended before this call did. \
                     | result 2 cancelled: The run ended before this call did. \
                     | result 3 cancelled: The run ended before this call did. | cancelled";
    assert_eq!(step(&mut revived(&waiting(), true), [Input::Cancel]), cancelled);
    let parked = "result 1 error: The server stopped during this call. | park";
    assert_eq!(step(&mut revived(&waiting(), true), [Input::Interrupt]), parked);
    let mut opening = revived(&waiting(), true);
    step(&mut opening, [Input::Start]);
    assert_eq!(step(&mut opening, [Input::Stopping]), "park");
}

#[test]
fn a_project_that_lost_its_tools_goes_on_without() {
    let mut turn = revived(&waiting(), false);
    step(&mut turn, [Input::Start]);
    assert_eq!(
        step(&mut turn, [approval("2", ProceedOnce)]),
        "store awaiting_approval | tool 2 shop__refund executing | call 2 {}",
        "the driver answers for tools that are not there"
    );
}
