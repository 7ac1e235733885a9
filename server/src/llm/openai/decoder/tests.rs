use super::{
    super::super::provider::{ModelErrorKind::*, ModelToolCall},
    *,
};
use proptest::prelude::*;

type Outcome = (Vec<ModelEvent>, Option<ModelErrorKind>);

/// Feeds the pieces and the end of the stream, and joins what is only cut differently.
fn decode(pieces: &[&[u8]]) -> Outcome {
    let mut decoder = Decoder::default();
    let mut events = Vec::new();
    let mut error = None;
    for piece in pieces.iter().map(Some).chain([None]) {
        let mut more = VecDeque::new();
        let outcome = match piece {
            Some(bytes) => decoder.feed(bytes, &mut more),
            None => decoder.end(&mut more),
        };
        for event in more {
            match (events.last_mut(), event) {
                (Some(ModelEvent::Text(before)), ModelEvent::Text(text)) => before.push_str(&text),
                (Some(ModelEvent::Thought(before)), ModelEvent::Thought(text)) => before.push_str(&text),
                (_, event) => events.push(event),
            }
        }
        if let Err(failure) = outcome {
            error = Some(failure.kind);
            break;
        }
    }
    (events, error)
}

fn text(text: &str) -> ModelEvent {
    ModelEvent::Text(text.into())
}

fn thought(text: &str) -> ModelEvent {
    ModelEvent::Thought(text.into())
}

fn usage(input_tokens: u64, output_tokens: u64) -> ModelEvent {
    ModelEvent::Usage(Usage { input_tokens, output_tokens })
}

fn call(id: &str, name: &str, arguments: &str) -> ModelEvent {
    ModelEvent::ToolCall(ModelToolCall { call_id: id.into(), tool_name: name.into(), arguments: arguments.into() })
}

const DONE: ModelEvent = ModelEvent::Finished(FinishReason::Complete);

/// What each kind of server sends, and what it means.
fn cases() -> Vec<(&'static str, Vec<u8>, Outcome)> {
    let cases: Vec<(&str, &str, Outcome)> = vec![
        (
            "OpenAI",
            concat!(
                "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n",
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Grüße, \"},\"finish_reason\":null}]}\n\n",
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\\\"W\\u00f6rld\\\" 🦀\\n\"},\"finish_reason\":null}]}\n\n",
                "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
                "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":3,\"total_tokens\":15,\"prompt_tokens_details\":{\"cached_tokens\":0}}}\n\n",
                "data: [DONE]\n\n",
            ),
            (vec![text("Grüße, \"Wörld\" 🦀\n"), usage(12, 3), DONE], None),
        ),
        (
            "carriage returns, comments, other fields, no space after the colon, no blank lines, no end mark",
            concat!(
                "\u{feff}: OPENROUTER PROCESSING\r\n\r\nevent: message\r\nid: 7\r\nretry: 10\r\n",
                "data:{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\r\ndata:\r\n",
                "data: {\"choices\":[{\"delta\":{\"content\":\"b\"},\"finish_reason\":\"eos\"}]}",
            ),
            (vec![text("ab"), DONE], None),
        ),
        (
            "reasoning under both names, the same text under both at once",
            concat!(
                "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\",\"reasoning\":\"hm\",\"content\":null}}]}\n\n",
                "data: {\"choices\":[{\"delta\":{\"reasoning\":\"!\"}}]}\n\n",
                "data: {\"choices\":[{\"delta\":{\"reasoning_content\":null,\"content\":\"x\"},\"finish_reason\":\"length\"}]}\n\n",
                "data: [DONE]\n\n",
            ),
            (vec![thought("hm!"), text("x"), ModelEvent::Finished(FinishReason::Length)], None),
        ),
        (
            "Mistral's parts",
            concat!(
                "data: {\"choices\":[{\"delta\":{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"so\"}]}]}}]}\n\n",
                "data: {\"choices\":[{\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"yes\"},{\"type\":\"reference\",\"reference_ids\":[1]}]},\"finish_reason\":\"stop\"}]}\n\n",
                "data: [DONE]\n\n",
            ),
            (vec![thought("so"), text("yes"), DONE], None),
        ),
        (
            "a refusal is said, a filtered answer is known",
            concat!(
                "data: {\"choices\":[{\"delta\":{\"refusal\":\"I can't.\"}}]}\n\n",
                "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"content_filter\"}]}\n\ndata: [DONE]\n\n",
            ),
            (vec![text("I can't."), ModelEvent::Finished(FinishReason::Filtered)], None),
        ),
        (
            "two tool calls in pieces, two in one chunk",
            concat!(
                "data: {\"choices\":[{\"delta\":{\"content\":\"Let me see.\"}}]}\n\n",
                "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"type\":\"function\",\"function\":{\"name\":\"s__f\",\"arguments\":\"\"}},{\"index\":1,\"id\":\"b\",\"type\":\"function\",\"function\":{\"name\":\"s__g\",\"arguments\":\"{}\"}}]}}]}\n\n",
                "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"q\\\":\"}}]}}]}\n\n",
                "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"é\\\"}\"}}]}}]}\n\n",
                "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n",
            ),
            (vec![text("Let me see."), call("a", "s__f", "{\"q\":\"é\"}"), call("b", "s__g", "{}"), DONE], None),
        ),
        (
            "a call cut off by the limit of tokens is dropped",
            concat!(
                "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}},{\"index\":1,\"id\":\"b\",\"function\":{\"name\":\"g\",\"arguments\":\"{\\\"q\"}}]},\"finish_reason\":\"length\"}]}\n\n",
                "data: [DONE]\n\n",
            ),
            (vec![call("a", "f", "{}"), ModelEvent::Finished(FinishReason::Length)], None),
        ),
        (
            "counts with every chunk: the last ones count",
            concat!(
                "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1}}\n\n",
                "data: {\"choices\":[{\"delta\":{\"content\":\"b\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":null}}\n\n",
                "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n",
            ),
            (vec![text("ab"), usage(5, 2), DONE], None),
        ),
        (
            "what comes after the end mark does not count",
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\ndata: rubbish\n\n",
            (vec![text("a"), DONE], None),
        ),
        (
            "half characters and NUL",
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\\u0000\\ud83d\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"\\ude00b\"},\"finish_reason\":\"stop\"}]}\n\n",
            (vec![text("a\u{fffd}\u{fffd}\u{fffd}b"), DONE], None),
        ),
        (
            "a whole completion although a stream was asked for",
            "\n{\n  \"object\": \"chat.completion\",\n  \"choices\": [{\"index\":0,\"message\":{\"role\":\"assistant\",\"reasoning_content\":\"t\",\"content\":\"x\\ny\",\"tool_calls\":[{\"id\":\"a\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},\"finish_reason\":\"tool_calls\"}],\n  \"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}\n}\n",
            (vec![thought("t"), text("x\ny"), call("a", "f", "{}"), usage(1, 2), DONE], None),
        ),
        (
            "chunks without anything",
            "data: {}\n\ndata: {\"choices\":null}\n\ndata: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\n",
            (vec![DONE], None),
        ),
        ("nothing at all", "", (vec![], Some(Unavailable))),
        ("white space", "\r\n\r\n", (vec![], Some(Unavailable))),
        ("comments alone", ": ping\n\n: ping\n\n", (vec![], Some(Garbled))),
        (
            "cut off after text",
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n",
            (vec![text("a")], Some(Garbled)),
        ),
        (
            "cut off in a chunk",
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"choi",
            (vec![text("a")], Some(Garbled)),
        ),
        (
            "an end mark without a finish reason",
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: [DONE]\n\n",
            (vec![text("a")], Some(Garbled)),
        ),
        (
            "an empty finish reason is none",
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"\"}]}\n\ndata: [DONE]\n\n",
            (vec![text("a")], Some(Garbled)),
        ),
        (
            "a call without a name",
            "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\"}]},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n",
            (vec![], Some(Garbled)),
        ),
        ("a page", "<!doctype html>\n<title>nginx</title>", (vec![], Some(Garbled))),
        (
            "no JSON",
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {oops}\n\n",
            (vec![text("a")], Some(Garbled)),
        ),
        ("a text", "Hello\nthere\n", (vec![], Some(Garbled))),
        ("a wrong type", "data: {\"choices\":{\"delta\":{}}}\n\n", (vec![], Some(Garbled))),
        ("another JSON document", "{\"models\":[]}", (vec![], Some(Garbled))),
        ("half a JSON document", "{\"choices\":[{\"mess", (vec![], Some(Garbled))),
        (
            "an error in the stream",
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"error\":{\"message\":\"x\",\"code\":429},\"choices\":[{\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}\n\n",
            (vec![text("a")], Some(RateLimited)),
        ),
        (
            "an error in vLLM's older form",
            "data: {\"object\":\"error\",\"message\":\"maximum context length is 4\",\"code\":400}\n\ndata: [DONE]\n\n",
            (vec![], Some(ContextTooLong)),
        ),
        (
            "an error in llama.cpp's older form",
            "error: {\"code\":500,\"message\":\"x\",\"type\":\"server_error\"}\n\n",
            (vec![], Some(Unavailable)),
        ),
        (
            "a bare error in the stream",
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n{\"error\":\"slots gone\"}\n",
            (vec![text("a")], Some(Unavailable)),
        ),
        (
            "an error instead of a stream",
            "{\"error\":{\"message\":\"bad key\",\"code\":401}}",
            (vec![], Some(AuthFailed)),
        ),
        (
            "null is no error",
            "data: {\"error\":null,\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n",
            (vec![text("a"), DONE], None),
        ),
        (
            "the server gave up",
            "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"insufficient_system_resource\"}]}\n\n",
            (vec![], Some(Unavailable)),
        ),
    ];
    let mut cases: Vec<_> =
        cases.into_iter().map(|(name, bytes, outcome)| (name, bytes.as_bytes().to_vec(), outcome)).collect();
    cases.push((
        "bytes that are no UTF-8",
        b"data: {\"choices\":[{\"delta\":{\"content\":\"a\xffb\"},\"finish_reason\":\"stop\"}]}\n\n".to_vec(),
        (vec![text("a\u{fffd}b"), DONE], None),
    ));
    cases
}

#[test]
fn every_server_is_understood() {
    for (name, bytes, expected) in cases() {
        assert_eq!(decode(&[&bytes]), expected, "{name}");
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(decode(&single), expected, "{name}, byte by byte");
    }
}

#[test]
fn what_arrives_together_comes_out_as_one_event() {
    let mut events = VecDeque::new();
    let stream = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n".repeat(3);
    Decoder::default().feed(stream.as_bytes(), &mut events).unwrap();
    assert_eq!(events, [text("aaa")]);
}

#[test]
fn endless_lines_and_documents_are_refused() {
    for start in ["data: ", "{\"choices\": "] {
        let mut decoder = Decoder::default();
        let mut events = VecDeque::new();
        decoder.feed(start.as_bytes(), &mut events).unwrap();
        let piece = vec![b' '; 64 * 1024];
        let refusal = (0..200).find_map(|_| decoder.feed(&piece, &mut events).err());
        assert_eq!(refusal.map(|error| error.kind), Some(Garbled), "{start}");
    }
}

#[test]
fn the_key_never_comes_back_in_an_error() {
    for bytes in [
        "data: {\"error\":{\"message\":\"no sk-1234\"}}\n\n",
        "data: sk-1234\n\n",
        "<p>sk-1234",
        "error: sk-1234\n",
        "{\"error\":\"sk-1234\"}",
    ] {
        let mut decoder = Decoder::new(Some("sk-1234".into()));
        let mut events = VecDeque::new();
        let outcome = decoder.feed(bytes.as_bytes(), &mut events).and_then(|()| decoder.end(&mut events));
        let detail = outcome.unwrap_err().detail;
        assert!(detail.contains("***") && !detail.contains("1234"), "{detail}");
    }
}

proptest! {
    #[test]
    fn any_cut_gives_the_same_events(case in 0..cases().len(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8)) {
        let (name, bytes, expected) = cases().swap_remove(case);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.sort_unstable();
        let mut pieces = Vec::new();
        let mut start = 0;
        for cut in cuts {
            pieces.push(&bytes[start..cut]);
            start = cut;
        }
        pieces.push(&bytes[start..]);
        prop_assert_eq!(decode(&pieces), expected, "{}", name);
    }

    #[test]
    fn no_bytes_at_all_bring_it_down(bytes in prop::collection::vec(any::<u8>(), 0..200), prefix in prop::sample::select(vec!["", "data: ", "{", "data: {\"choices\":[{\"delta\":{\"content\":\"\\u"])) {
        let bytes = [prefix.as_bytes(), &bytes].concat();
        let (_, error) = decode(&[&bytes]);
        prop_assert!(error.is_some(), "garbage is never a complete answer");
    }
}
