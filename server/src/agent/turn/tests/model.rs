use super::*;
use ModelErrorKind::{AuthFailed, ContextTooLong, Garbled, QuotaExhausted, RateLimited, Refused, Unavailable};

#[test]
fn a_plain_answer() {
    for (name, inputs, expected) in [
        (
            "words, then the end",
            vec![text("Hel"), text("lo"), usage(3, 2), complete()],
            r#"processing | text "Hel" | text "lo" | last "" | completed 3/2"#,
        ),
        ("nothing at all", vec![complete()], "processing | completed"),
        ("empty pieces are not passed on", vec![text(""), complete()], "processing | completed"),
        ("the last count counts", vec![usage(1, 1), usage(5, 9), complete()], "processing | completed 5/9"),
        (
            "the token limit is no failure",
            vec![text("Half"), finished(FinishReason::Length)],
            r#"processing | text "Half" | last "" | completed"#,
        ),
        (
            "unless nothing was said",
            vec![thought("Hm"), finished(FinishReason::Length)],
            "processing | thought : Hm | failed AGENT_ERROR",
        ),
        (
            "calls of an answer cut off are not made",
            vec![text("Half"), wants("1", "shop__find"), finished(FinishReason::Length)],
            r#"processing | text "Half" | last "" | completed"#,
        ),
        (
            "held back by the provider",
            vec![text("I"), finished(FinishReason::Filtered)],
            r#"processing | text "I" | last "" | failed AGENT_ERROR"#,
        ),
    ] {
        check(name, inputs, expected);
    }
}

#[test]
fn what_arrives_together_goes_out_together() {
    let mut turn = Turn::new(TurnSpec { opens_tools: false, ..spec(&["question"], u64::MAX, 3) });
    let mut effects = Vec::new();
    for input in [Input::Start, text("Hel"), text("lo"), complete()] {
        turn.handle(input, &mut effects);
    }
    let lines: Vec<_> = effects.iter().map(line).collect();
    assert_eq!(lines, ["connecting", "ask 1", "processing", "last \"Hello\"", "completed"]);
}

#[test]
fn thoughts_come_by_the_paragraph_and_before_the_text_that_follows() {
    let pieces = ["**Pl", "an**\n\nLook", " it up.\n\nThen"].map(thought);
    let rest = [text("Hi"), thought("More"), text("!"), complete()];
    check(
        "reasoning around text",
        pieces.into_iter().chain(rest),
        "processing | thought Plan: Look it up. | thought : Then | text \"Hi\" | thought : More | text \"!\" | last \"\" \
         | completed",
    );
}

#[test]
fn temporary_failures_before_the_first_token_are_retried() {
    let retry = || Input::RetryDue;
    for (name, inputs, expected) in [
        (
            "once",
            vec![failed(Unavailable), retry(), text("Hi"), complete()],
            r#"retrying | wait 500 | ask 1 | processing | text "Hi" | last "" | completed"#,
        ),
        (
            "three times",
            vec![
                failed(Unavailable),
                retry(),
                failed(RateLimited),
                retry(),
                failed(Unavailable),
                retry(),
                failed(RateLimited),
            ],
            "retrying | wait 500 | ask 1 | wait 1000 | ask 1 | wait 2000 | ask 1 | failed MODEL_RATE_LIMITED",
        ),
        ("as late as the provider asks", vec![failed_asking_for(RateLimited, Some(20_000))], "retrying | wait 20000"),
        (
            "not when it asks for too much",
            vec![failed_asking_for(RateLimited, Some(31_000))],
            "failed MODEL_RATE_LIMITED",
        ),
        (
            "after a count, which is no token",
            vec![usage(3, 0), failed(Unavailable), retry(), usage(3, 1), complete()],
            "processing | retrying | wait 500 | ask 1 | processing | completed 6/1",
        ),
        (
            "each model call anew",
            vec![
                failed(Unavailable),
                retry(),
                wants("1", "shop__find"),
                complete(),
                result("1", Ok("x")),
                failed(Unavailable),
            ],
            "retrying | wait 500 | ask 1 | processing | tool 1 shop__find executing | call 1 {} | result 1 success: x \
             | ask 3 | retrying | wait 500",
        ),
    ] {
        check(name, inputs, expected);
    }
}

#[test]
fn other_failures_end_the_run() {
    for (kind, code) in [
        (QuotaExhausted, "MODEL_RATE_LIMITED"),
        (AuthFailed, "MODEL_AUTH_FAILED"),
        (ContextTooLong, "CONTEXT_TOO_LONG"),
        (Refused, "AGENT_ERROR"),
        (Garbled, "AGENT_ERROR"),
    ] {
        check("before a token", [failed(kind)], &format!("failed {code}"));
    }
    for (kind, code) in [
        (Unavailable, "MODEL_UNAVAILABLE"),
        (RateLimited, "MODEL_RATE_LIMITED"),
        (QuotaExhausted, "MODEL_RATE_LIMITED"),
        (AuthFailed, "MODEL_AUTH_FAILED"),
        (ContextTooLong, "CONTEXT_TOO_LONG"),
        (Refused, "AGENT_ERROR"),
        (Garbled, "AGENT_ERROR"),
    ] {
        let expected = format!(r#"processing | text "So" | last "" | failed {code} 1/2"#);
        check("after a token", [text("So"), usage(1, 2), failed(kind)], &expected);
        let expected = format!("processing | thought : So | failed {code}");
        check("reasoning is a token too", [thought("So"), failed(kind)], &expected);
    }
    for (name, inputs, expected) in [
        ("cut off before a token", vec![], "failed AGENT_ERROR"),
        ("in the answer", vec![text("So")], r#"processing | text "So" | last "" | failed AGENT_ERROR"#),
        ("after wanting a tool", vec![wants("1", "shop__find")], "processing | failed AGENT_ERROR"),
    ] {
        check(name, inputs.into_iter().chain([Input::ModelEnded]), expected);
    }
}

#[test]
fn an_error_says_nothing_of_what_the_provider_replied() {
    for kind in [QuotaExhausted, AuthFailed, ContextTooLong, Refused, Garbled] {
        for before in [vec![], vec![text("x")]] {
            let mut turn = Turn::new(TurnSpec { opens_tools: false, ..spec(&["question"], u64::MAX, 3) });
            let mut effects = Vec::new();
            for input in std::iter::once(Input::Start).chain(before).chain([failed(kind)]) {
                turn.handle(input, &mut effects);
            }
            let Some(Effect::Finish(RunEnd { error: Some(error), .. })) = effects.last() else { panic!("{effects:?}") };
            assert!(!error.message.contains("internal") && !error.message.contains("abc"), "{error:?}");
        }
    }
}

#[test]
fn the_conversation_is_cut_to_the_context() {
    for (tokens, expected) in
        [(25, "connecting | ask 1"), (12, "connecting | ask 1"), (11, "connecting | failed CONTEXT_TOO_LONG")]
    {
        let mut spec = spec(&["earlier", "question"], tokens, 3);
        spec.opens_tools = false;
        assert_eq!(run(&mut Turn::new(spec), [Input::Start]), expected, "{tokens} tokens");
    }
}

#[test]
fn the_system_prompt_and_the_tools_take_their_part() {
    for (system, opens_tools, expected) in [
        ("", false, "connecting | ask 1"),
        ("Be kind.", false, "connecting | failed CONTEXT_TOO_LONG"),
        ("", true, "connecting | failed CONTEXT_TOO_LONG"),
    ] {
        let mut spec = spec(&["question"], 15, 3);
        spec.system = system.into();
        spec.opens_tools = opens_tools;
        assert_eq!(run(&mut Turn::new(spec), [Input::Start]), expected, "{system:?}, tools: {opens_tools}");
    }
}

#[test]
fn a_model_that_finds_it_too_long_is_told_less() {
    let mut turn = Turn::new(TurnSpec { opens_tools: false, ..spec(&["a", "b", "c"], u64::MAX, 3) });
    let mut effects = Vec::new();
    for input in [Input::Start, failed(ContextTooLong), failed(ContextTooLong), failed(ContextTooLong)] {
        turn.handle(input, &mut effects);
    }
    let asked = effects.iter().filter_map(|effect| match effect {
        Effect::CallModel(request) => Some(&request.messages[..]),
        _ => None,
    });
    let question = |text: &str| [ModelMessage::User(text.into())];
    assert_eq!(asked.collect::<Vec<_>>(), [&question("a\n\nb\n\nc"), &question("b\n\nc"), &question("c")]);
    assert!(turn.has_ended());
}

#[test]
fn a_model_that_never_stops_is_stopped() {
    let mut many = turn();
    let calls = (0..=CALLS_PER_STEP).map(|number| wants(&number.to_string(), "shop__find"));
    let lines = run(&mut many, std::iter::once(Input::Start).chain(calls));
    assert_eq!(lines, "connecting | ask 1 | processing | failed AGENT_ERROR");

    let mut long = turn();
    let piece = "x".repeat(RECEIVED_LIMIT / 2);
    run(&mut long, [Input::Start, text(&piece), text(&piece)]);
    assert!(!long.has_ended());
    assert_eq!(run(&mut long, [text("!")]), r#"last "!" | failed AGENT_ERROR"#);
}

#[test]
fn nul_never_passes() {
    let mut turn = turn();
    let inputs = [thought("a\0"), text("b\0"), wants("c\0", "shop__find\0"), complete()];
    let lines = run(&mut turn, std::iter::once(Input::Start).chain(inputs));
    assert!(!lines.contains('\0') && !lines.contains("\\0"), "{lines}");
    assert_eq!(turn.answer().text(), "b\u{fffd}");
}
