//! The official reference server over all three transports, from the visitor's message to the answer.

use super::errand::{run, scene_with};
use serde_json::{Value, json};
use sigmic_shared::{StreamEvent, ToolCallStatus};
use sigmic_tests::mcp::{Everything, Protocol};

async fn works_with_everything(config: Value) {
    let scene = scene_with(json!({ "every": config })).await;
    let user = scene.user("u1").await;
    let errand = run(
        &user,
        json!([
            ["every__echo", { "message": "ž" }],
            ["every__get-sum", { "a": 2, "b": 3 }],
            ["every__get-tiny-image", {}],
            ["every__get-structured-content", { "location": "New York" }],
            ["every__get-resource-links", { "count": 2 }],
            ["every__get-resource-reference", { "resourceType": "Text", "resourceId": 1 }],
            ["every__trigger-long-running-operation", { "duration": 0.1, "steps": 2 }],
        ]),
    )
    .await;
    assert_eq!(errand.expect_done().unavailable(), Vec::<&str>::new());
    let output = |number: usize| {
        let id = format!("call-1-{number}");
        let result = errand.results().into_iter().find(|result| result.call_id.0 == id).expect("a result");
        assert_eq!(result.status, ToolCallStatus::Success, "{result:?}");
        &*result.output
    };
    for (number, expected) in [
        (0, "Echo: ž"),
        (1, "5"),
        (2, "[image image/png"),
        (3, "\"temperature\""),
        (4, "[link to"),
        (5, "Resource 1"),
        (6, "completed"),
    ] {
        assert!(output(number).contains(expected), "{number}: {}", output(number));
    }
    let steps = errand.events.iter().filter(|received| matches!(received.event, StreamEvent::ToolProgress(_))).count();
    assert!(steps > 0, "{:#?}", errand.events);
    assert!(scene.model.request(0).await.body["tools"].as_array().is_some_and(|tools| tools.len() >= 7));
}

#[tokio::test]
async fn it_works_over_stdio() {
    works_with_everything(Everything::stdio_config()).await;
}

#[tokio::test]
async fn it_works_over_streamable_http() {
    let everything = Everything::start(Protocol::Http).await;
    works_with_everything(everything.config()).await;
}

#[tokio::test]
async fn it_works_over_sse() {
    let everything = Everything::start(Protocol::Sse).await;
    works_with_everything(everything.config()).await;
}
