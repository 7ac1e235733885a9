use super::*;

#[test]
fn tools_are_opened_before_the_model_is_asked() {
    let mut turn = turn();
    assert_eq!(step(&mut turn, [Input::Start]), "connecting | open");
    let early = [text("x"), complete(), Input::RetryDue, Input::ModelEnded, Input::ToolsChanged(definitions(&[]))];
    assert_eq!(step(&mut turn, early), "", "nobody was asked yet");
    assert_eq!(step(&mut turn, [tools_opened(&["shop__find"], &[])]), "ask 1");
    assert_eq!(step(&mut turn, [tools_opened(&["shop__find"], &["x"])]), "", "they are opened once");
}

#[test]
fn a_project_without_tools_asks_at_once() {
    let mut turn = Turn::new(TurnSpec { opens_tools: false, ..spec(&["question"], u64::MAX, 3) });
    assert_eq!(step(&mut turn, [Input::Start]), "connecting | ask 1");
}

#[test]
fn what_is_missed_is_told_and_the_run_goes_on() {
    let mut turn = turn();
    step(&mut turn, [Input::Start]);
    assert_eq!(
        step(&mut turn, [tools_opened(&[], &["The server orders needs API_TOKEN.", "a\0b"])]),
        "error MCP_UNAVAILABLE: The server orders needs API_TOKEN. | error MCP_UNAVAILABLE: a\u{fffd}b | ask 1"
    );
}

#[test]
fn the_model_is_offered_what_there_is_when_it_is_asked() {
    let mut turn = turn();
    step(&mut turn, [Input::Start]);
    let offered = |effects: Vec<Effect>| match effects.last() {
        Some(Effect::CallModel(request)) => request.tools.iter().map(|tool| tool.name.clone()).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(offered(feed(&mut turn, tools_opened(&["shop__find"], &[]))), ["shop__find"]);
    assert_eq!(step(&mut turn, [Input::ToolsChanged(definitions(&["shop__order", "shop__burn"]))]), "");
    feed(&mut turn, failed(ModelErrorKind::Unavailable));
    assert_eq!(offered(feed(&mut turn, Input::RetryDue)), ["shop__order", "shop__burn"]);
    assert_eq!(
        step(&mut turn, [wants("1", "shop__find"), complete()]),
        "processing | tool 1 shop__find executing | result 1 error: There is no tool named shop__find. | ask 3"
    );
}

#[test]
fn definitions_count_as_part_of_the_request() {
    let mut turn = Turn::new(spec(&["question"], 100, 3));
    step(&mut turn, [Input::Start]);
    let name = "x".repeat(100);
    assert_eq!(step(&mut turn, [tools_opened(&[&name], &[])]), "failed CONTEXT_TOO_LONG");
}
