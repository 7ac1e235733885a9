use super::*;
use crate::llm::{
    provider::{FinishReason, ModelErrorKind::*, ModelEvent, ModelMessage, ModelToolCall, ToolDefinition},
    scripted_upstream::{SHORT_PATIENCE, Script, ScriptedUpstream, Seen, Step, listen, question},
    upstream::Patience,
};
use futures::{TryStreamExt, future::join_all};
use serde_json::{Value, json};
use sigmic_shared::stream::Usage;
use std::time::Duration;
use tokio::time::timeout;

/// Longer than anything here takes, so that a hang is a failure and not a stuck test run.
const FOREVER: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, Debug)]
enum Kind {
    Anthropic,
    Gemini,
}

const KINDS: [Kind; 2] = [Kind::Anthropic, Kind::Gemini];

impl Kind {
    fn provider(self, base_url: &Url, patience: Patience) -> Rig {
        let (upstream, key) = (Upstream::new(patience), SecretString::from("sk-secret-1234"));
        match self {
            Self::Anthropic => Rig::anthropic(upstream, base_url, key).unwrap(),
            Self::Gemini => Rig::gemini(upstream, base_url, key).unwrap(),
        }
    }

    fn start(self) -> String {
        match self {
            Self::Anthropic => sse(&[
                json!({ "type": "message_start", "message": { "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": null, "usage": { "input_tokens": 25, "output_tokens": 1 } } }),
                json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
                json!({ "type": "ping" }),
            ]),
            Self::Gemini => String::new(),
        }
    }

    fn text(self, text: &str) -> String {
        match self {
            Self::Anthropic => sse(&[
                json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": text } }),
            ]),
            Self::Gemini => sse(&[
                json!({ "candidates": [{ "content": { "parts": [{ "text": text }], "role": "model" }, "index": 0 }] }),
            ]),
        }
    }

    fn end(self, reason: &str) -> String {
        match self {
            Self::Anthropic => sse(&[
                json!({ "type": "content_block_stop", "index": 0 }),
                json!({ "type": "message_delta", "delta": { "stop_reason": reason, "stop_sequence": null }, "usage": { "output_tokens": 15 } }),
                json!({ "type": "message_stop" }),
            ]),
            Self::Gemini => sse(&[json!({
                "candidates": [{ "content": { "parts": [{ "text": "" }], "role": "model" }, "finishReason": reason, "index": 0 }],
                "usageMetadata": { "promptTokenCount": 25, "candidatesTokenCount": 15, "totalTokenCount": 40 },
            })]),
        }
    }

    /// How it says that the model is done, that it ran out of tokens, and that it objects.
    fn reasons(self) -> [&'static str; 3] {
        match self {
            Self::Anthropic => ["end_turn", "max_tokens", "refusal"],
            Self::Gemini => ["STOP", "MAX_TOKENS", "SAFETY"],
        }
    }

    /// An error with this status, in this provider's words.
    fn error(self, status: u16, message: &str) -> Value {
        match self {
            Self::Anthropic => {
                json!({ "type": "error", "error": { "type": anthropic_type(status), "message": message } })
            }
            Self::Gemini => json!({ "error": { "code": status, "message": message, "status": "X" } }),
        }
    }
}

fn anthropic_type(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    }
}

/// Each value as an event, named by its type as Anthropic does.
fn sse(events: &[Value]) -> String {
    let event = |event: &Value| match event["type"].as_str() {
        Some(name) => format!("event: {name}\ndata: {event}\n\n"),
        None => format!("data: {event}\r\n\r\n"),
    };
    events.iter().map(event).collect()
}

async fn outcome(kind: Kind, script: Script, patience: Patience) -> (Vec<ModelEvent>, Option<ModelError>) {
    let upstream = ScriptedUpstream::start([script]).await;
    timeout(FOREVER, listen(&kind.provider(&upstream.url, patience), question())).await.unwrap()
}

/// The request as the server saw it.
async fn asked(kind: Kind, request: ModelRequest) -> Seen {
    let answer = [kind.start(), kind.text("Hi"), kind.end(kind.reasons()[0])].concat();
    let mut upstream = ScriptedUpstream::start([Script::stream(answer)]).await;
    let (_, error) = listen(&kind.provider(&upstream.url, Patience::default()), request).await;
    assert_eq!(error, None);
    upstream.seen.recv().await.unwrap()
}

fn text(text: &str) -> ModelEvent {
    ModelEvent::Text(text.into())
}

fn usage() -> ModelEvent {
    ModelEvent::Usage(Usage { input_tokens: 25, output_tokens: 15 })
}

fn call(id: &str, arguments: &str) -> ModelToolCall {
    ModelToolCall { call_id: id.into(), tool_name: "shop__find".into(), arguments: arguments.into() }
}

#[tokio::test]
async fn an_answer_is_read_however_it_is_cut() {
    for kind in KINDS {
        for (reason, finish) in
            kind.reasons().into_iter().zip([FinishReason::Complete, FinishReason::Length, FinishReason::Filtered])
        {
            let bytes = [kind.start(), kind.text("Grüße "), kind.text("🦀\n"), kind.end(reason)].concat().into_bytes();
            let whole = Script::stream(bytes.clone());
            let pieces =
                bytes.chunks(7).fold(Script::stream(""), |script, piece| script.then(Step::Send(piece.into())));
            for script in [whole, pieces] {
                let (events, error) = outcome(kind, script, Patience::default()).await;
                assert_eq!(error, None, "{kind:?} {reason}");
                assert_eq!(
                    events,
                    [text("Grüße "), text("🦀\n"), usage(), ModelEvent::Finished(finish)],
                    "{kind:?} {reason}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_conversation_with_tools_is_asked_as_documented() {
    let request = ModelRequest {
        model: "claude-sonnet-4-5".into(),
        system: "Be brief.".into(),
        messages: vec![
            ModelMessage::User("hi".into()),
            ModelMessage::Assistant {
                text: "Let me see.".into(),
                tool_calls: vec![call("a", r#"{"q":1}"#), call("b", "{")],
            },
            ModelMessage::ToolResult { call_id: "a".into(), tool_name: "shop__find".into(), output: "one".into() },
            ModelMessage::ToolResult { call_id: "b".into(), tool_name: "shop__find".into(), output: "two".into() },
            ModelMessage::Assistant { text: String::new(), tool_calls: vec![] },
            ModelMessage::User("and?".into()),
        ],
        tools: vec![ToolDefinition {
            name: "shop__find".into(),
            description: "Finds.".into(),
            parameters: json!({ "type": "object", "properties": { "q": { "type": "integer" } } }),
        }],
    };

    let seen = asked(Kind::Anthropic, request.clone()).await;
    assert_eq!(seen.target, "/v1/messages");
    assert_eq!(seen.headers["x-api-key"], "sk-secret-1234");
    assert!(seen.headers.contains_key("anthropic-version"));
    assert_eq!(seen.body["model"], "claude-sonnet-4-5");
    assert_eq!(seen.body["stream"], true);
    assert_eq!(seen.body["max_tokens"], ANTHROPIC_ANSWER_TOKENS);
    assert!(seen.body["system"].to_string().contains("Be brief."), "{}", seen.body);
    assert_eq!(seen.body["tools"][0]["name"], "shop__find");
    assert_eq!(seen.body["tools"][0]["input_schema"]["properties"]["q"]["type"], "integer");
    assert_eq!(seen.body["tools"][0].get("eager_input_streaming"), None, "a gateway may not know it");
    let roles: Vec<_> = seen.body["messages"].as_array().unwrap().iter().map(|message| &message["role"]).collect();
    assert_eq!(roles, ["user", "assistant", "user"], "{}", seen.body);
    let [said, calls @ ..] = seen.body["messages"][1]["content"].as_array().unwrap().as_slice() else { panic!() };
    assert_eq!(said["text"], "Let me see.");
    assert_eq!(calls[0], json!({ "type": "tool_use", "id": "a", "name": "shop__find", "input": { "q": 1 } }));
    assert_eq!(calls[1], json!({ "type": "tool_use", "id": "b", "name": "shop__find", "input": {} }));
    let results = seen.body["messages"][2]["content"].as_array().unwrap();
    assert_eq!(results.len(), 3, "two results and the question after them: {}", seen.body);
    assert_eq!(results[1]["tool_use_id"], "b");
    assert!(results[1]["content"].to_string().contains("two"), "{}", seen.body);

    let seen = asked(Kind::Gemini, ModelRequest { model: "gemini-2.5-flash".into(), ..request }).await;
    assert_eq!(seen.target, "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse");
    assert_eq!(seen.headers["x-goog-api-key"], "sk-secret-1234");
    assert!(seen.body["systemInstruction"].to_string().contains("Be brief."), "{}", seen.body);
    let contents = seen.body["contents"].as_array().unwrap();
    let roles: Vec<_> = contents.iter().map(|content| &content["role"]).collect();
    assert_eq!(roles[..2], ["user", "model"], "{}", seen.body);
    assert_eq!(contents[1]["parts"][1]["functionCall"]["name"], "shop__find");
    assert_eq!(contents[1]["parts"][1]["functionCall"]["args"], json!({ "q": 1 }));
    assert!(contents[2].to_string().contains("functionResponse"), "{}", seen.body);
    assert!(seen.body["tools"].to_string().contains("shop__find"), "{}", seen.body);
}

#[tokio::test]
async fn a_base_url_may_name_the_version() {
    for (kind, base, target) in [
        (Kind::Anthropic, "proxy/v1", "/proxy/v1/messages"),
        (Kind::Anthropic, "proxy/", "/proxy/v1/messages"),
        (Kind::Gemini, "proxy/v1beta/", "/proxy/v1beta/models/m:streamGenerateContent?alt=sse"),
        (Kind::Gemini, "proxy", "/proxy/v1beta/models/m:streamGenerateContent?alt=sse"),
    ] {
        let mut upstream = ScriptedUpstream::start([Script::reply(404, "")]).await;
        let base_url = upstream.url.join(base).unwrap();
        listen(&kind.provider(&base_url, Patience::default()), question()).await;
        assert_eq!(upstream.seen.recv().await.unwrap().target, target, "{base}");
    }
}

#[tokio::test]
async fn a_model_nobody_knows_can_be_asked() {
    let seen = asked(Kind::Anthropic, question()).await;
    assert_eq!(seen.body["max_tokens"], UNKNOWN_ANSWER_TOKENS);
}

#[tokio::test]
async fn thoughts_and_tool_calls_are_told_from_text() {
    let anthropic = sse(&[
        json!({ "type": "message_start", "message": { "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": null, "usage": { "input_tokens": 25, "output_tokens": 1 } } }),
        json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "thinking", "thinking": "", "signature": "" } }),
        json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "thinking_delta", "thinking": "hm" } }),
        json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "signature_delta", "signature": "c2ln" } }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "content_block_start", "index": 1, "content_block": { "type": "tool_use", "id": "a", "name": "shop__find", "input": {} } }),
        json!({ "type": "content_block_delta", "index": 1, "delta": { "type": "input_json_delta", "partial_json": "{\"q\":" } }),
        json!({ "type": "content_block_delta", "index": 1, "delta": { "type": "input_json_delta", "partial_json": "1}" } }),
        json!({ "type": "content_block_stop", "index": 1 }),
        json!({ "type": "content_block_start", "index": 2, "content_block": { "type": "tool_use", "id": "b", "name": "shop__find", "input": {} } }),
        json!({ "type": "content_block_stop", "index": 2 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": "tool_use", "stop_sequence": null }, "usage": { "output_tokens": 15 } }),
        json!({ "type": "message_stop" }),
    ]);
    let (events, error) = outcome(Kind::Anthropic, Script::stream(anthropic), Patience::default()).await;
    assert_eq!(error, None);
    assert_eq!(
        events,
        [
            ModelEvent::Thought("hm".into()),
            ModelEvent::ToolCall(call("a", r#"{"q":1}"#)),
            ModelEvent::ToolCall(call("b", "{}")),
            usage(),
            ModelEvent::Finished(FinishReason::Complete),
        ]
    );

    let gemini = sse(&[
        json!({ "candidates": [{ "content": { "parts": [{ "text": "hm", "thought": true }], "role": "model" } }] }),
        json!({ "candidates": [{ "content": { "parts": [
            { "functionCall": { "name": "shop__find", "args": { "q": 1 } }, "thoughtSignature": "c2ln" },
            { "functionCall": { "name": "shop__find", "args": {} } },
        ], "role": "model" }, "finishReason": "STOP" }], "usageMetadata": { "promptTokenCount": 25, "candidatesTokenCount": 15 } }),
    ]);
    let (events, error) = outcome(Kind::Gemini, Script::stream(gemini), Patience::default()).await;
    assert_eq!(error, None);
    let [thought, ModelEvent::ToolCall(first), ModelEvent::ToolCall(second), counted, done] = &*events else {
        panic!("{events:?}")
    };
    assert_eq!(
        (thought, counted, done),
        (&ModelEvent::Thought("hm".into()), &usage(), &ModelEvent::Finished(FinishReason::Complete))
    );
    assert_eq!((&*first.arguments, &*second.arguments), (r#"{"q":1}"#, "{}"));
    assert_ne!(first.call_id, second.call_id);
}

#[tokio::test]
async fn refusals_are_told_apart() {
    for kind in KINDS {
        for (status, message, expected) in [
            (401, "bad key sk-secret-1234", AuthFailed),
            (403, "bad key", AuthFailed),
            (404, "no such model", Refused),
            (400, "prompt is too long: 208310 tokens > 200000 maximum", ContextTooLong),
            (400, "The input token count (9) exceeds the maximum number of tokens allowed (8).", ContextTooLong),
            (400, "odd", Refused),
            (429, "slow down", RateLimited),
            (500, "oops", Unavailable),
            (529, "overloaded", Unavailable),
        ] {
            let script = Script::reply(status, kind.error(status, message).to_string()).header("retry-after", "7");
            let (events, error) = outcome(kind, script, Patience::default()).await;
            let error = error.expect(message);
            let wait = Some(Duration::from_secs(7));
            assert_eq!((events.len(), error.kind, error.retry_after), (0, expected, wait), "{kind:?} {message}");
            assert!(!error.detail.contains("secret"), "{kind:?}: {error}");
        }
    }
}

#[tokio::test]
async fn an_error_inside_a_stream_speaks_for_itself() {
    for kind in KINDS {
        for (status, expected) in [(529, Unavailable), (429, RateLimited), (400, Refused)] {
            let spoken = [kind.start(), kind.text("Hi")].concat();
            for before in [String::new(), spoken] {
                let heard: Vec<_> = if before.is_empty() { vec![] } else { vec![text("Hi")] };
                let script = Script::stream(before + &sse(&[kind.error(status, "sk-secret-1234")]));
                let (events, error) = outcome(kind, script, Patience::default()).await;
                let error = error.expect("an error");
                assert_eq!((events, error.kind), (heard, expected), "{kind:?} {status}: {error}");
                assert!(!error.detail.contains("secret"), "{kind:?}: {error}");
            }
        }
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_not_complete() {
    let cases = KINDS.into_iter().flat_map(|kind| {
        [None, Some(Step::Break), Some(Step::Stall)].into_iter().flat_map(move |step| {
            let before = if step.is_some() { Unavailable } else { Garbled };
            [
                (kind, step.clone(), kind.start(), vec![], before),
                (kind, step, kind.start() + &kind.text("Hi"), vec![text("Hi")], Garbled),
            ]
        })
    });
    join_all(cases.map(async |(kind, step, sent, heard, expected)| {
        let script = step.iter().fold(Script::stream(sent), |script, step| script.then(step.clone()));
        let (events, error) = outcome(kind, script, SHORT_PATIENCE).await;
        assert_eq!((events, error.map(|error| error.kind)), (heard, Some(expected)), "{kind:?} {step:?}");
    }))
    .await;
}

#[tokio::test]
async fn garbage_is_no_answer() {
    for kind in KINDS {
        let endless = Script::stream("data: ").then(Step::Send(vec![b' '; 2 << 20])).then(Step::Stall);
        for script in [
            Script::stream("data: {oops}\n\n"),
            Script::stream("garbage"),
            Script::reply(200, "<!doctype html>").header("content-type", "text/html"),
            endless,
        ] {
            let case = format!("{kind:?} {:?}", script.headers);
            let (events, error) = outcome(kind, script, Patience::default()).await;
            assert_eq!((events, error.map(|error| error.kind)), (vec![], Some(Garbled)), "{case}");
        }
    }
}

#[tokio::test]
async fn a_question_gemini_objects_to_is_filtered() {
    let script = Script::stream(sse(&[json!({ "promptFeedback": { "blockReason": "SAFETY" } })]));
    let (events, error) = outcome(Kind::Gemini, script, Patience::default()).await;
    assert_eq!((events, error), (vec![ModelEvent::Finished(FinishReason::Filtered)], None));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    for kind in KINDS {
        let (_, error) = listen(&kind.provider(&url, SHORT_PATIENCE), question()).await;
        let error = error.unwrap();
        assert_eq!(error.kind, Unavailable);
        assert!(error.detail.contains("127.0.0.1") && !error.detail.contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn connections_are_kept_after_an_answer_and_closed_when_nobody_listens() {
    for kind in KINDS {
        let answer = [kind.start(), kind.text("Hi"), kind.end(kind.reasons()[0])].concat();
        let mut upstream = ScriptedUpstream::start([Script::stream(answer)]).await;
        let provider = kind.provider(&upstream.url, Patience::default());
        let mut peers = std::collections::HashSet::new();
        timeout(FOREVER, async {
            loop {
                let (_, error) = listen(&provider, question()).await;
                assert_eq!(error, None);
                if !peers.insert(upstream.seen.recv().await.unwrap().peer) {
                    break;
                }
            }
        })
        .await
        .expect("a connection seen twice");

        let endless = Script::stream(kind.start() + &kind.text("Hi")).then(Step::Stall);
        let mut upstream = ScriptedUpstream::start([endless]).await;
        let mut stream = kind.provider(&upstream.url, Patience::default()).ask(question()).await.unwrap();
        assert_eq!(stream.try_next().await.unwrap(), Some(text("Hi")));
        drop(stream);
        timeout(FOREVER, upstream.abandoned.recv()).await.expect("the server notices");
    }
}

#[tokio::test]
async fn an_empty_conversation_is_refused() {
    for kind in KINDS {
        let provider = kind.provider(&"http://127.0.0.1:9".parse().unwrap(), SHORT_PATIENCE);
        let (_, error) = listen(&provider, ModelRequest { messages: vec![], ..question() }).await;
        assert_eq!(error.unwrap().kind, Refused);
    }
}

#[test]
fn impossible_addresses_are_refused() {
    for address in ["ftp://example.com", "https://example.com/?a=b"] {
        let (upstream, url) = (Upstream::new(Patience::default()), address.parse().unwrap());
        let error = Rig::gemini(upstream, &url, "k".into()).expect_err(address);
        assert_eq!(error.kind, Refused, "{address}");
    }
}
