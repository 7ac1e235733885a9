use super::*;
use crate::llm::{
    provider::{FinishReason, ModelErrorKind::*, ModelEvent},
    scripted_upstream::{SHORT_PATIENCE, Script, ScriptedUpstream, Step, listen, question},
    upstream::Patience,
};
use futures::{TryStreamExt, future::join_all};
use std::time::Duration;
use tokio::time::timeout;

const TEXT: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
const STOP: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const DONE: &str = "data: [DONE]\n\n";

/// Longer than anything here takes, so that a hang is a failure and not a stuck test run.
const FOREVER: Duration = Duration::from_secs(20);

fn provider(base_url: &Url, patience: Patience) -> OpenAi {
    OpenAi::new(Upstream::new(patience), base_url, Some("sk-secret-1234".into())).unwrap()
}

async fn outcome(script: Script, patience: Patience) -> (Vec<ModelEvent>, Option<ModelError>) {
    let upstream = ScriptedUpstream::start([script]).await;
    timeout(FOREVER, listen(&provider(&upstream.url, patience), question())).await.unwrap()
}

fn text() -> ModelEvent {
    ModelEvent::Text("Hi".into())
}

fn finished() -> ModelEvent {
    ModelEvent::Finished(FinishReason::Complete)
}

#[tokio::test]
async fn a_question_is_asked_as_documented() {
    let mut upstream = ScriptedUpstream::start([Script::stream([TEXT, STOP, DONE].concat())]).await;
    for (base, target) in [
        ("", "/chat/completions"),
        ("v1", "/v1/chat/completions"),
        ("v1/", "/v1/chat/completions"),
        ("v1/chat/completions", "/v1/chat/completions"),
        ("openai?api-version=2", "/openai/chat/completions?api-version=2"),
    ] {
        let base_url = upstream.url.join(base).unwrap();
        let (events, error) = listen(&provider(&base_url, Patience::default()), question()).await;
        assert_eq!((events, error), (vec![text(), finished()], None));
        let seen = upstream.seen.recv().await.unwrap();
        assert_eq!(seen.target, target);
        assert_eq!(seen.headers["authorization"], "Bearer sk-secret-1234");
        assert_eq!(seen.headers["content-type"], "application/json");
        assert_eq!(seen.body["model"], "m");
    }
    let without_key = OpenAi::new(Upstream::new(Patience::default()), &upstream.url, None).unwrap();
    listen(&without_key, question()).await;
    assert!(!upstream.seen.recv().await.unwrap().headers.contains_key("authorization"));
}

#[tokio::test]
async fn refusals_are_told_apart() {
    for (script, kind, wait) in [
        (Script::reply(401, "no"), AuthFailed, None),
        (Script::reply(403, "no"), AuthFailed, None),
        (Script::reply(404, r#"{"error":{"message":"no such model"}}"#), Refused, None),
        (Script::reply(429, "slow").header("retry-after", "7"), RateLimited, Some(7)),
        (Script::reply(429, r#"{"error":{"code":"insufficient_quota"}}"#), QuotaExhausted, None),
        (Script::reply(400, r#"{"error":{"code":"context_length_exceeded"}}"#), ContextTooLong, None),
        (Script::reply(422, "no"), Refused, None),
        (Script::reply(500, "oops"), Unavailable, None),
        (Script::reply(503, "later").header("retry-after", "30"), Unavailable, Some(30)),
        (Script::reply(307, "").header("location", "https://elsewhere.example/v1"), Refused, None),
        (Script::reply(500, "cut").then(Step::Break), Unavailable, None),
        (Script::reply(500, vec![b'x'; 1 << 20]).then(Step::Stall), Unavailable, None),
    ] {
        let case = format!("{} {:?}", script.status, script.headers);
        let (events, error) = outcome(script, Patience::default()).await;
        let error = error.expect(&case);
        assert_eq!((events.len(), error.kind, error.retry_after), (0, kind, wait.map(Duration::from_secs)), "{case}");
        assert!(error.detail.starts_with("HTTP ") && error.detail.chars().count() < 450, "{case}: {error}");
    }
}

#[tokio::test]
async fn a_date_to_come_back_is_a_wait() {
    let date = time::OffsetDateTime::now_utc() + Duration::from_secs(3600);
    let date = date.format(&time::format_description::well_known::Rfc2822).unwrap();
    let (_, error) = outcome(Script::reply(429, "").header("retry-after", &date), Patience::default()).await;
    let wait = error.and_then(|error| error.retry_after).expect("a wait");
    assert!((3_000..=3_600).contains(&wait.as_secs()), "{wait:?}");
}

#[tokio::test]
async fn errors_name_the_place_but_never_the_key() {
    let script =
        Script::reply(401, "Incorrect API key provided: sk-secret-1234").header("location", "/?k=sk-secret-1234");
    let (_, error) = outcome(script, Patience::default()).await;
    let detail = error.unwrap().detail;
    assert!(detail.contains("127.0.0.1") && detail.contains("***") && !detail.contains("secret"), "{detail}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://127.0.0.1:{}/v1", listener.local_addr().unwrap().port()).parse().unwrap();
    let provider = provider(&url, SHORT_PATIENCE);

    let (_, error) = listen(&provider, question()).await;
    assert_eq!(error.unwrap().kind, Unavailable, "accepted by the kernel, but nobody answers");

    let hang_up = tokio::spawn(async move { drop(listener.accept().await.unwrap()) });
    let (_, error) = listen(&provider, question()).await;
    assert_eq!(error.unwrap().kind, Unavailable, "hung up");
    hang_up.await.unwrap();

    let (_, error) = listen(&provider, question()).await;
    let error = error.unwrap();
    assert_eq!(error.kind, Unavailable, "nobody listens");
    assert!(error.detail.contains("127.0.0.1") && error.detail.contains("refused"), "{error}");
}

#[tokio::test]
async fn a_connection_that_breaks_may_be_tried_again_only_before_the_answer() {
    let empty = "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
    let answer = [TEXT, STOP].concat();
    let cases = [
        ("", vec![], Some(Unavailable)),
        (": ping\n\n", vec![], Some(Unavailable)),
        (empty, vec![], Some(Unavailable)),
        (TEXT, vec![text()], Some(Garbled)),
        (&*answer, vec![text(), finished()], None),
    ];
    let cases = [Step::Break, Step::Stall].into_iter().flat_map(|step| cases.clone().map(|case| (step.clone(), case)));
    join_all(cases.map(async |(step, (sent, events, kind))| {
        let (heard, error) = outcome(Script::stream(sent).then(step.clone()), SHORT_PATIENCE).await;
        assert_eq!((heard, error.map(|error| error.kind)), (events, kind), "{step:?} after {sent:?}");
    }))
    .await;
}

#[tokio::test]
async fn an_answer_is_known_by_its_bytes_not_by_its_label() {
    let document = r#"{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}"#;
    let stream = [TEXT, STOP, DONE].concat();
    for (content_type, body, events, kind) in [
        ("text/plain", &*stream, vec![text(), finished()], None),
        ("application/json", document, vec![text(), finished()], None),
        ("text/event-stream", document, vec![text(), finished()], None),
        ("text/html", "<!doctype html><title>Sign in</title>", vec![], Some(Garbled)),
        ("text/event-stream", "garbage", vec![], Some(Garbled)),
        ("text/event-stream", "", vec![], Some(Unavailable)),
    ] {
        let script = Script::reply(200, body).header("content-type", content_type);
        let (heard, error) = outcome(script, Patience::default()).await;
        assert_eq!((heard, error.map(|error| error.kind)), (events, kind), "{content_type}: {body}");
    }
}

#[tokio::test]
async fn a_connection_is_used_again_after_an_answer() {
    let script = Script::stream([TEXT, STOP].concat()).then(Step::Send(DONE.into()));
    let mut upstream = ScriptedUpstream::start([script]).await;
    let provider = provider(&upstream.url, Patience::default());
    let mut peers = std::collections::HashSet::new();
    // The end of the first body is read on the side, so the second question may come before it.
    timeout(FOREVER, async {
        loop {
            let mut stream = provider.ask(question()).await.unwrap();
            while stream.try_next().await.unwrap() != Some(finished()) {}
            drop(stream);
            if !peers.insert(upstream.seen.recv().await.unwrap().peer) {
                break;
            }
        }
    })
    .await
    .expect("a connection seen twice");
}

#[tokio::test]
async fn dropping_the_stream_stops_the_model() {
    let mut upstream = ScriptedUpstream::start([Script::stream(TEXT).then(Step::Stall)]).await;
    let mut stream = provider(&upstream.url, Patience::default()).ask(question()).await.unwrap();
    assert_eq!(stream.try_next().await.unwrap(), Some(text()));
    drop(stream);
    timeout(FOREVER, upstream.abandoned.recv()).await.expect("the server notices");
}
