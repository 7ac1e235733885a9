use super::*;

#[test]
fn an_end_from_outside_is_possible_at_any_moment() {
    let find = |id| wants(id, "shop__find");
    let moments = [
        ("before the start", vec![], ""),
        ("asking", vec![Input::Start], ""),
        ("waiting", vec![Input::Start, failed(ModelErrorKind::Unavailable)], ""),
        ("thinking", vec![Input::Start, thought("Hm")], "thought : Hm | "),
        ("answering", vec![Input::Start, text("So")], "last \"\" | "),
        ("wanting", vec![Input::Start, text("So"), find("1")], "last \"\" | "),
        (
            "calling",
            vec![Input::Start, find("1"), find("2"), complete(), result("1", Ok(""))],
            "result 2 cancelled: The run ended before this call did. | ",
        ),
        (
            "awaiting approval",
            vec![Input::Start, wants("1", "shop__refund"), complete()],
            "result 1 cancelled: The run ended before this call did. | ",
        ),
    ];
    for (name, inputs, closing) in moments {
        for (end, finish) in [
            (Input::Cancel, "cancelled"),
            (Input::Interrupt, "failed INTERRUPTED"),
            (Input::Crashed, "failed AGENT_ERROR"),
        ] {
            let mut turn = turn();
            run(&mut turn, inputs.clone());
            let expected = match (name, &end) {
                ("awaiting approval", Input::Interrupt) => "park".to_owned(),
                _ => format!("{closing}{finish}"),
            };
            assert_eq!(run(&mut turn, [end]), expected, "{name}");
            assert!(turn.has_ended());
            let late = [Input::Start, text("x"), complete(), Input::ModelEnded, Input::RetryDue, Input::Cancel];
            assert_eq!(run(&mut turn, late), "", "{name}: nothing follows the end");
        }
    }
}

#[test]
fn usage_counts_up_to_the_end() {
    let inputs = [text("So"), usage(2, 1), wants("1", "shop__find"), complete(), result("1", Ok("")), usage(3, 4)];
    let mut turn = turn();
    run(&mut turn, std::iter::once(Input::Start).chain(inputs));
    assert_eq!(run(&mut turn, [Input::Cancel]), "cancelled 5/5");
}

#[test]
fn inputs_out_of_place_change_nothing() {
    let stray = || [Input::RetryDue, result("1", Ok("")), progress("1"), approval("1", ApprovalOutcome::Cancel)];
    let answer = || [text("x"), complete(), Input::ModelEnded, failed(ModelErrorKind::Garbled)];
    let mut turn = turn();
    assert_eq!(run(&mut turn, stray().into_iter().chain(answer())), "", "before the start");
    run(&mut turn, [Input::Start]);
    assert_eq!(run(&mut turn, std::iter::once(Input::Start).chain(stray())), "", "asking");
    run(&mut turn, [failed(ModelErrorKind::Unavailable)]);
    assert_eq!(run(&mut turn, stray().into_iter().skip(1).chain(answer())), "", "waiting");
    run(&mut turn, [Input::RetryDue, text("x")]);
    assert_eq!(run(&mut turn, stray()), "", "answering");
    run(&mut turn, [wants("7", "shop__find"), complete()]);
    assert_eq!(run(&mut turn, stray().into_iter().chain(answer())), "", "calling");
}
