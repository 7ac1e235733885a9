use super::*;
use ApprovalOutcome::{Cancel, ProceedAlways, ProceedOnce};

#[test]
fn tools_run_together_and_the_model_is_asked_on_when_all_have_ended() {
    let answer = [
        text("Let me look."),
        wants_with("1", "shop__find", r#"{"q":"x"}"#),
        wants("2", "shop__find"),
        usage(10, 5),
        complete(),
    ];
    let results = [progress("2"), result("2", Err("no luck")), progress("2"), result("1", Ok("found"))];
    let more = [text("There"), text(" it is."), usage(20, 6), complete()];
    check(
        "two at once",
        answer.into_iter().chain(results).chain(more),
        "processing | text \"Let me look.\" | last \"\" | tool 1 shop__find executing | call 1 {\"q\":\"x\"} \
         | tool 2 shop__find executing | call 2 {} | progress 2 | result 2 error: no luck | result 1 success: found \
         | ask 4 | text \"\\n\\nThere\" | text \" it is.\" | last \"\" | completed 30/11",
    );
}

#[test]
fn the_model_hears_of_its_calls_in_their_order() {
    let mut turn = turn();
    let answer = [text("Look."), wants("1", "shop__find"), wants_with("2", "shop__find", "[]"), complete()];
    run(&mut turn, std::iter::once(Input::Start).chain(answer));
    let mut effects = Vec::new();
    turn.handle(result("1", Ok("a\0b")), &mut effects);
    let Some(Effect::CallModel(request)) = effects.last() else { panic!("{effects:?}") };
    let call = |id: &str| ModelToolCall { call_id: id.into(), tool_name: "shop__find".into(), arguments: "{}".into() };
    let answered = |id: &str, output: &str| ModelMessage::ToolResult {
        call_id: id.into(),
        tool_name: "shop__find".into(),
        output: output.into(),
    };
    assert_eq!(
        request.messages[1..],
        [
            ModelMessage::Assistant { text: "Look.".into(), tool_calls: vec![call("1"), call("2")] },
            answered("1", "a\u{fffd}b"),
            answered("2", "The arguments must be a JSON object."),
        ]
    );
    assert_eq!(turn.answer().tool_calls()[0].call.duration_ms, Some(7));
}

#[test]
fn the_model_hears_each_of_its_passages_once() {
    let mut turn = turn();
    let inputs = [
        Input::Start,
        text("Öne."),
        wants("1", "shop__find"),
        complete(),
        result("1", Ok("")),
        text("Two."),
        wants("2", "shop__find"),
        complete(),
    ];
    run(&mut turn, inputs);
    let mut effects = Vec::new();
    turn.handle(result("2", Ok("")), &mut effects);
    let Some(Effect::CallModel(request)) = effects.last() else { panic!("{effects:?}") };
    let said = request.messages.iter().filter_map(|message| match message {
        ModelMessage::Assistant { text, .. } => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(said.collect::<Vec<_>>(), ["Öne.", "Two."]);
    assert_eq!(turn.answer().text(), "Öne.\n\nTwo.");
    let calls = turn.answer().tool_calls().iter();
    let places: Vec<_> = calls.map(|placed| (placed.step, placed.text_offset, placed.call.text_offset)).collect();
    assert_eq!(places, [(1, 5, Some(4)), (2, 11, Some(10))]);
}

#[test]
fn calls_that_cannot_be_made_are_answered_without_making_them() {
    for (tool, arguments, fault) in [
        ("shop__find", "{\"q\":", "The arguments are not valid JSON: EOF while parsing a value at line 1 column 5."),
        ("shop__find", "\"x\"", "The arguments must be a JSON object."),
        ("shop__burn", "{}", "There is no tool named shop__burn."),
        ("shop__erase", "{}", "The project's policy does not allow this tool."),
    ] {
        let expected = format!("processing | tool 1 {tool} executing | result 1 error: {fault} | ask 3");
        check(tool, [wants_with("1", tool, arguments), complete()], &expected);
    }
}

#[test]
fn arguments_that_do_not_fit_go_back_to_the_model() {
    let mut turn = turn();
    feed(&mut turn, Input::Start);
    let tool = |required: &str| ToolDefinition {
        name: "shop__find".into(),
        description: String::new(),
        parameters: json!({ "required": [required] }),
    };
    let opened = Input::ToolsOpened { definitions: [tool("q")].into(), unavailable: vec![] };
    let fitting = wants_with("2", "shop__find", r#"{"q":1}"#);
    assert_eq!(
        step(&mut turn, [opened, wants("1", "shop__find"), fitting.clone(), complete()]),
        "ask 1 | processing | tool 1 shop__find executing \
         | result 1 error: The arguments do not fit: the arguments: \"q\" is a required property. \
         | tool 2 shop__find executing | call 2 {\"q\":1}"
    );
    let after_a_change = [Input::ToolsChanged([tool("r")].into()), result("2", Ok("")), fitting, complete()];
    assert_eq!(
        step(&mut turn, after_a_change),
        "result 2 success:  | ask 4 | tool 2-2 shop__find executing \
         | result 2-2 error: The arguments do not fit: the arguments: \"r\" is a required property. | ask 6"
    );
}

#[test]
fn an_id_names_one_call_even_if_the_provider_repeats_it() {
    let find = |id| wants(id, "shop__find");
    let first = [find("1"), find("1"), find(""), complete()];
    let results = ["1", "1-2", "call"].map(|id| result(id, Ok("")));
    let mut turn = turn();
    let inputs = std::iter::once(Input::Start).chain(first).chain(results).chain([find("1"), complete()]);
    run(&mut turn, inputs);
    let ids: Vec<_> = turn.answer().tool_calls().iter().map(|placed| placed.call.call_id.as_str()).collect();
    assert_eq!(ids, ["1", "1-2", "call", "1-3"]);
}

#[test]
fn calls_that_need_approval_wait_for_it() {
    let refund = |id| wants(id, "shop__refund");
    let asked = "processing | store awaiting_approval | tool 1 shop__refund awaiting_approval \
                 | tool 2 shop__refund awaiting_approval | tool 3 shop__order awaiting_approval";
    for (name, decisions, expected) in [
        ("nobody says anything", vec![], ""),
        (
            "once",
            vec![approval("2", ProceedOnce)],
            " | store awaiting_approval | tool 2 shop__refund executing | call 2 {}",
        ),
        (
            "always holds for those that wait, too",
            vec![approval("2", ProceedAlways), approval("1", Cancel)],
            " | store awaiting_approval | tool 1 shop__refund executing | call 1 {} | tool 2 shop__refund executing \
             | call 2 {}",
        ),
        (
            "a decision is final",
            vec![approval("1", Cancel), approval("1", ProceedOnce), approval("1", Cancel)],
            " | store awaiting_approval | result 1 cancelled: The user refused this call.",
        ),
        ("of an unknown call", vec![approval("9", ProceedOnce)], ""),
        (
            "all decided",
            vec![approval("1", Cancel), approval("2", Cancel), approval("3", ProceedOnce), result("3", Ok("done"))],
            " | store awaiting_approval | result 1 cancelled: The user refused this call. | store awaiting_approval \
             | result 2 cancelled: The user refused this call. | store running | tool 3 shop__order executing \
             | call 3 {} | result 3 success: done | ask 5",
        ),
        (
            "all refused",
            vec![approval("1", Cancel), approval("2", Cancel), approval("3", Cancel)],
            " | store awaiting_approval | result 1 cancelled: The user refused this call. | store awaiting_approval \
             | result 2 cancelled: The user refused this call. | store running \
             | result 3 cancelled: The user refused this call. | ask 5",
        ),
    ] {
        let inputs = [refund("1"), refund("2"), wants("3", "shop__order"), complete()].into_iter().chain(decisions);
        check(name, inputs, &format!("{asked}{expected}"));
    }
}

#[test]
fn only_a_call_that_waits_can_be_decided() {
    let mut turn = turn();
    run(&mut turn, [Input::Start, wants("1", "shop__refund"), wants("2", "shop__find"), complete()]);
    for (id, awaits) in [("1", true), ("2", false), ("3", false)] {
        assert_eq!(turn.awaits_approval_of(&id.into()), awaits, "call {id}");
    }
    run(&mut turn, [approval("1", ProceedOnce)]);
    assert!(!turn.awaits_approval_of(&"1".into()));
}

#[test]
fn what_was_allowed_always_is_not_asked_again_in_the_run() {
    let first = [wants("1", "shop__refund"), complete(), approval("1", ProceedAlways), result("1", Ok(""))];
    let second = [wants("2", "shop__refund"), wants("3", "shop__order"), complete()];
    check(
        "a second step",
        first.into_iter().chain(second),
        "processing | store awaiting_approval | tool 1 shop__refund awaiting_approval | store running \
         | tool 1 shop__refund executing | call 1 {} | result 1 success:  | ask 3 | store awaiting_approval \
         | tool 2 shop__refund executing | call 2 {} | tool 3 shop__order awaiting_approval",
    );
}

#[test]
fn what_was_allowed_always_holds_in_later_runs_of_the_task() {
    let mut first = turn();
    let calls = [wants("1", "shop__refund"), wants("2", "shop__order"), complete()];
    run(&mut first, std::iter::once(Input::Start).chain(calls));
    run(&mut first, [approval("1", ProceedAlways), approval("2", ProceedOnce), Input::Cancel]);
    let past = |role, content: &str, tool_calls| PastMessage { role, content: content.into(), tool_calls };
    let mut spec = spec(&[], u64::MAX, 3);
    spec.conversation = Conversation::new(
        ContextWindow { tokens: u64::MAX, estimate: |_| 0 },
        [
            past(Role::User, "question", vec![]),
            past(Role::Assistant, "", first.answer().tool_calls().to_vec()),
            past(Role::User, "again", vec![]),
        ],
    );
    let mut second = Turn::new(spec);
    let calls = [wants("1", "shop__refund"), wants("2", "shop__order"), complete()];
    let lines = run(&mut second, std::iter::once(Input::Start).chain(calls));
    assert_eq!(
        lines,
        "connecting | ask 5 | processing | store awaiting_approval | tool 1-2 shop__refund executing | call 1-2 {} \
         | tool 2-2 shop__order awaiting_approval"
    );
}

#[test]
fn the_step_limit_ends_the_loop_with_what_was_said() {
    let mut turn = Turn::new(spec(&["question"], u64::MAX, 2));
    run(&mut turn, [Input::Start, text("One."), wants("1", "shop__find"), complete(), result("1", Ok(""))]);
    let lines = run(&mut turn, [text("Two."), wants("2", "shop__find"), complete()]);
    assert_eq!(lines, r#"text "\n\nTwo." | last "" | failed STEP_LIMIT"#);
    assert_eq!(turn.answer().text(), "One.\n\nTwo.");
    assert_eq!(turn.answer().tool_calls().len(), 1);
}
