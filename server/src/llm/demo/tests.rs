use super::*;
use crate::llm::provider::ToolDefinition;
use futures::TryStreamExt;
use serde_json::json;

fn request(messages: Vec<ModelMessage>, tools: Vec<ToolDefinition>) -> ModelRequest {
    ModelRequest { model: "demo".into(), system: "Be kind.".into(), messages, tools }
}

async fn events(request: ModelRequest) -> Vec<ModelEvent> {
    Demo.ask(request).await.unwrap().try_collect().await.unwrap()
}

fn text_of(events: &[ModelEvent]) -> String {
    events.iter().filter_map(|event| if let ModelEvent::Text(text) = event { Some(&**text) } else { None }).collect()
}

fn tool(name: &str) -> ToolDefinition {
    let parameters = json!({ "type": "object", "required": ["id"], "properties": { "id": { "type": "integer" } } });
    ToolDefinition { name: name.into(), description: "…".into(), parameters }
}

#[tokio::test(start_paused = true)]
async fn it_says_that_it_is_a_demo_word_by_word() {
    let ask = || request(vec![ModelMessage::User("hello there\nfriend".into())], vec![]);
    let answer = events(ask()).await;
    let text = text_of(&answer);
    assert!(text.starts_with("**This is a demo.**"), "{text}");
    assert!(text.contains("> hello there\n> friend\n"), "{text}");
    assert!(answer.len() > 30, "{} pieces", answer.len());
    assert!(
        matches!(answer[answer.len() - 2], ModelEvent::Usage(usage) if usage.input_tokens > 0 && usage.output_tokens > 50)
    );
    assert_eq!(answer.last(), Some(&ModelEvent::Finished(FinishReason::Complete)));
    assert_eq!(events(ask()).await, answer, "the same words for the same conversation");
}

#[tokio::test(start_paused = true)]
async fn it_calls_the_tool_that_was_asked_for_and_sums_up() {
    let question = ModelMessage::User("Where is order 17?".into());
    let answer = events(request(vec![question.clone()], vec![tool("shop__get_order")])).await;
    let call = answer.iter().find_map(|event| if let ModelEvent::ToolCall(call) = event { Some(call) } else { None });
    let call = call.expect("a call").clone();
    assert_eq!((&*call.tool_name, &*call.arguments), ("shop__get_order", r#"{"id":17}"#));
    assert_eq!(answer.last(), Some(&ModelEvent::Finished(FinishReason::Complete)));

    let result = ModelMessage::ToolResult {
        call_id: call.call_id.clone(),
        tool_name: call.tool_name.clone(),
        output: r#"{"state":"sent"}"#.into(),
    };
    let assistant = ModelMessage::Assistant { text: text_of(&answer), tool_calls: vec![call] };
    let summary = events(request(vec![question, assistant, result], vec![tool("shop__get_order")])).await;
    let text = text_of(&summary);
    assert!(text.contains("`shop__get_order` answered:\n\n- State: **sent**\n"), "{text}");
    assert!(!summary.iter().any(|event| matches!(event, ModelEvent::ToolCall(_))));
}

#[tokio::test(start_paused = true)]
async fn even_nothing_gets_a_complete_answer() {
    let nothing = events(request(vec![], vec![])).await;
    assert_eq!(nothing.last(), Some(&ModelEvent::Finished(FinishReason::Complete)));
}

#[test]
fn words_joined_are_the_text() {
    for text in ["", " ", "a", "a b", "  a \n\n b\n", "ä\u{3000}ö"] {
        assert_eq!(words(text).collect::<String>(), text);
    }
    assert_eq!(words("a  b\nc").collect::<Vec<_>>(), ["a  ", "b\n", "c"]);
}
