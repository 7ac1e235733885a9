//! The bytes.

use crate::scene::{Scene, ask, task_id};
use http::Method;
use serde_json::{Value, json};
use sigmic_shared::routes;
use sigmic_tests::{
    model::Script,
    raw,
    stream::{EventStream, done, names},
};

/// Each event's lines. Fails unless all of them have exactly the documented form.
fn events(bytes: &[u8]) -> Vec<(String, Value, Option<u64>)> {
    let text = std::str::from_utf8(bytes).expect("a stream is UTF-8");
    assert!(text.ends_with("\n\n") && !text.contains('\r'), "{text:?}");
    let blocks = text.trim_end_matches('\n').split("\n\n").filter(|block| *block != ":heartbeat");
    let events = blocks.map(|block| {
        let lines: Vec<&str> = block.split('\n').collect();
        let (event, data, id) = match lines[..] {
            [event, data] => (event, data, None),
            [event, data, id] => (event, data, Some(id)),
            _ => panic!("neither two nor three lines: {block:?}"),
        };
        let event = event.strip_prefix("event: ").unwrap_or_else(|| panic!("{block:?}"));
        let data = data.strip_prefix("data: ").unwrap_or_else(|| panic!("{block:?}"));
        let id =
            id.map(|id| id.strip_prefix("id: ").and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("{block:?}")));
        (event.to_owned(), serde_json::from_str(data).unwrap_or_else(|error| panic!("{error}: {block:?}")), id)
    });
    events.collect()
}

async fn read(mut stream: EventStream) -> Vec<(String, Value, Option<u64>)> {
    stream.rest().await;
    events(stream.raw())
}

#[tokio::test]
async fn a_posts_stream_is_the_run_from_its_beginning() {
    let scene = Scene::start().await;
    scene.model.script(Script::answer("Hello, wörld!\n\nevent: done\r\ndata: x").in_pieces_of(7));
    let events = read(scene.user("u1").await.create_task_streaming("hi").await).await;
    let (names, data): (Vec<_>, Vec<_>) = events.iter().map(|(name, data, _)| (&**name, data)).unzip();
    assert_eq!((names[0], names[1], *names.last().unwrap()), ("task", "status", "done"));
    let task = data[0];
    assert_eq!(task["status"], "pending");
    assert!(task["id"].is_string() && task["messageId"].is_string(), "{task}");
    assert!(names.iter().all(|name| ["task", "status", "content", "done"].contains(name)), "{names:?}");
    let contents: Vec<&Value> = events.iter().filter(|(name, ..)| name == "content").map(|(_, data, _)| data).collect();
    let text: String = contents.iter().map(|content| content["text"].as_str().unwrap()).collect();
    assert_eq!(text, "Hello, wörld!\n\nevent: done\r\ndata: x");
    let (last, others) = contents.split_last().unwrap();
    assert_eq!(last["isPartial"], false);
    assert!(others.iter().all(|content| content["isPartial"] == true && content.as_object().unwrap().len() == 2));
    let expected =
        json!({ "finalResponse": text, "status": "completed", "usage": { "inputTokens": 11, "outputTokens": 7 } });
    assert_eq!(**data.last().unwrap(), expected);
    let ids: Vec<u64> = events.iter().filter_map(|(.., id)| *id).collect();
    assert_eq!(ids.len(), events.len() - 1, "every event of the run has an id, `task` has none");
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
}

#[tokio::test]
async fn a_finished_tasks_stream_is_its_history() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let task = ask(&user, "line\nbreak \u{2028} 😀").await;
    let stored = user.get(&routes::history(task.as_str())).await.data()["messages"].clone();
    let events = read(user.stream(&task).await).await;
    let names: Vec<&str> = events.iter().map(|(name, ..)| &**name).collect();
    assert_eq!(names, ["history_message", "history_message", "history_done"]);
    assert_eq!(json!([events[0].1, events[1].1]), stored);
    assert_eq!(events[2].1, json!({ "messageCount": 2, "isStreaming": false }));
}

#[tokio::test]
async fn a_stream_is_not_kept_by_anybody_on_its_way() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let posted = user.create_task_streaming("hi").await;
    let task = ask(&user, "hi").await;
    for stream in [posted, user.stream(&task).await, user.follow_up_streaming(&task, "more").await] {
        let header = |name: &str| stream.headers()[name].to_str().unwrap();
        assert_eq!(header("content-type"), "text/event-stream");
        assert_eq!(header("cache-control"), "no-cache, no-transform");
        assert_eq!(header("x-accel-buffering"), "no");
        assert_eq!(stream.headers().get("content-length"), None);
        assert_eq!(stream.headers().get("content-encoding"), None);
    }
    // Not even for somebody who would take it compressed.
    let request = user.request(Method::GET, &routes::stream(task.as_str())).header("accept-encoding", "gzip, br");
    assert_eq!(EventStream::open(request.send().await.unwrap()).await.headers().get("content-encoding"), None);
}

#[tokio::test]
async fn only_who_asks_for_a_stream_gets_one() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    for (accept, streams) in [
        ("text/event-stream", true),
        ("text/event-stream, */*", true),
        ("application/json, text/event-stream;q=0.5", true),
        ("application/json", false),
        ("*/*", false),
        ("text/*", false),
        ("text/event-stream2", false),
    ] {
        let request =
            user.request(Method::POST, routes::TASKS).header("accept", accept).json(&json!({ "message": "hi" }));
        let response = request.send().await.unwrap();
        let kind = if streams { "text/event-stream" } else { "application/json" };
        assert_eq!(
            (response.status().as_u16(), response.headers()["content-type"].as_bytes()),
            (200, kind.as_bytes()),
            "{accept}"
        );
    }
    // What is refused is refused in JSON.
    let request = user.request(Method::POST, routes::TASKS).header("accept", "text/event-stream").json(&json!({}));
    sigmic_tests::client::send(request).await.expect_error(sigmic_shared::ErrorCode::ValidationError);
}

#[tokio::test]
async fn a_follow_ups_stream_tells_its_task_and_goes_on_counting() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let first = user.create_task_streaming("one").await.rest().await;
    let second = user.follow_up_streaming(&task_id(&first), "two").await.rest().await;
    assert_eq!(task_id(&second), task_id(&first));
    assert!(serde_json::to_string(&second[0].event).unwrap().contains(r#""status":"running""#), "{second:#?}");
    assert!(!names(&second).contains(&"history_message"));
    assert_eq!(done(&second).final_response, "echo: two");
    let id = |received: &sigmic_tests::stream::Received| received.id.as_ref().and_then(|id| id.parse::<u64>().ok());
    assert!(first.iter().filter_map(id).max() < second.iter().filter_map(id).min());
}

#[tokio::test]
async fn the_connection_ends_in_good_order() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let task = ask(&user, "hi").await;
    let token = scene.anonymous().token(&scene.app, "u1").await;
    let line = format!("GET {}", routes::stream(task.as_str()));
    let reply = raw::request(&scene.server, &line, &[&format!("authorization: Bearer {token}")], "").await;
    assert_eq!(reply.header("transfer-encoding"), Some("chunked"));
    assert!(reply.text.ends_with("\r\n0\r\n\r\n"), "{:?}", reply.text);
}
