use super::*;
use proptest::prelude::*;

fn any_input() -> impl Strategy<Value = Input> {
    let id = prop::sample::select(vec!["1", "2", "1-2", "call"]);
    let tool = prop::sample::select(TOOLS.to_vec());
    let kind = prop::sample::select(vec![
        ModelErrorKind::Unavailable,
        ModelErrorKind::RateLimited,
        ModelErrorKind::ContextTooLong,
        ModelErrorKind::Garbled,
    ]);
    let outcome = prop::sample::select(vec![
        ApprovalOutcome::ProceedOnce,
        ApprovalOutcome::ProceedAlways,
        ApprovalOutcome::Cancel,
    ]);
    prop_oneof![
        8 => "[a-z \n]{0,6}".prop_map(|words| text(&words)),
        3 => "[a-z*\n]{0,6}".prop_map(|words| thought(&words)),
        6 => (id.clone(), tool).prop_map(|(id, tool)| wants(id, tool)),
        6 => Just(complete()),
        6 => (id.clone(), any::<bool>()).prop_map(|(id, ok)| result(id, if ok { Ok("r") } else { Err("e") })),
        4 => (id, outcome).prop_map(|(id, outcome)| approval(id, outcome)),
        3 => Just(Input::RetryDue),
        1 => kind.prop_map(failed),
        1 => Just(tools_opened(&TOOLS, &["s"])),
        1 => Just(Input::ToolsChanged(definitions(&TOOLS[..2]))),
        1 => Just(Input::Stopping),
        1 => Just(Input::ModelEnded),
        1 => Just(Input::Cancel),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_the_stream_adds_up(inputs in prop::collection::vec(any_input(), 0..60), batch in 1_usize..5) {
        let mut turn = Turn::new(spec(&["q"], u64::MAX, 100));
        let inputs: Vec<Input> = [Input::Start, tools_opened(&TOOLS, &[])].into_iter().chain(inputs).chain([Input::Cancel]).collect();
        let mut effects = Vec::new();
        for inputs in inputs.chunks(batch) {
            let mut together = Vec::new();
            for input in inputs {
                turn.handle(input.clone(), &mut together);
            }
            effects.extend(together);
        }

        let mut joined = String::new();
        let mut open = HashSet::new();
        let mut passage_is_open = false;
        let mut ends = 0;
        let mut is_parked = false;
        let mut stored = None;
        for effect in &effects {
            prop_assert_eq!(ends, 0, "something follows the end");
            match effect {
                Effect::Publish(StreamEvent::Content(piece)) => {
                    prop_assert!(open.is_empty(), "text while tools run");
                    prop_assert!(passage_is_open || joined.is_empty() || piece.text.starts_with("\n\n"));
                    joined.push_str(&piece.text);
                    passage_is_open = piece.is_partial;
                }
                Effect::Publish(StreamEvent::ToolCall(call)) => {
                    prop_assert!(!passage_is_open);
                    open.insert(call.call_id.clone());
                }
                Effect::Publish(StreamEvent::ToolResult(result)) => prop_assert!(open.remove(&result.call_id)),
                Effect::CallModel(request) => prop_assert!(open.is_empty() && results_follow_calls(&request.messages)),
                Effect::Store(status) => stored = Some(*status),
                Effect::Finish(_) => ends += 1,
                Effect::Park => {
                    ends += 1;
                    is_parked = true;
                }
                _ => {}
            }
        }
        prop_assert_eq!(ends, 1);
        prop_assert!(open.is_empty() != is_parked && !passage_is_open);
        prop_assert!(!is_parked || stored == Some(TaskStatus::AwaitingApproval));
        prop_assert_eq!(joined, turn.answer().text());
    }
}

/// Providers refuse a conversation in which a call lacks its result.
fn results_follow_calls(messages: &[ModelMessage]) -> bool {
    let mut due: Vec<&CallId> = Vec::new();
    for message in messages {
        match message {
            ModelMessage::ToolResult { call_id, .. } if due.first() == Some(&call_id) => {
                due.remove(0);
            }
            ModelMessage::Assistant { tool_calls, .. } if due.is_empty() => {
                due.extend(tool_calls.iter().map(|call| &call.call_id));
            }
            ModelMessage::User(_) if due.is_empty() => {}
            _ => return false,
        }
    }
    due.is_empty()
}
