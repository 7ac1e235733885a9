//! The scripted model, asked as a server would ask it.

use super::*;
use std::{error::Error, io};

async fn ask(model: &ModelServer, body: Value) -> reqwest::Result<reqwest::Response> {
    reqwest::Client::new().post(format!("{}/chat/completions", model.base_url())).json(&body).send().await
}

fn question(text: &str) -> Value {
    json!({
        "model": "scripted",
        "stream": true,
        "stream_options": { "include_usage": true },
        "messages": [{ "role": "user", "content": text }],
    })
}

fn texts(body: &str) -> String {
    let chunks = body.lines().filter_map(|line| serde_json::from_str::<Value>(line.strip_prefix("data: ")?).ok());
    chunks.filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn an_answer_is_streamed_and_the_question_recorded() {
    let model = ModelServer::start().await;
    model.script(Script::answer("one two ž").in_pieces_of(1));
    let body = ask(&model, question("q")).await.unwrap().text().await.unwrap();
    assert_eq!(texts(&body), "one two ž");
    assert!(body.contains(r#""finish_reason":"stop""#) && body.contains(r#""prompt_tokens":11"#), "{body}");
    assert!(body.ends_with("data: [DONE]\n\n"), "{body}");
    let request = model.request(0).await;
    assert_eq!(request.conversation(), [("user".to_owned(), "q".to_owned())]);
    assert!(request.was_served());
}

#[tokio::test]
async fn usage_is_told_only_when_asked_for() {
    let model = ModelServer::start().await;
    model.otherwise(|request| Script::answer(&request.last_text()));
    let mut silent = question("echo");
    silent["stream_options"].take();
    let body = ask(&model, silent).await.unwrap().text().await.unwrap();
    assert!(texts(&body) == "echo" && !body.contains("usage"), "{body}");
}

#[tokio::test]
async fn a_gate_holds_the_script_until_it_is_opened() {
    let (model, gate) = (ModelServer::start().await, Gate::new());
    model.script(Script::new().text("before").gate(&gate).text("after").finish("stop"));
    let mut response = ask(&model, question("q")).await.unwrap();
    let mut body = Vec::new();
    while !texts(&String::from_utf8_lossy(&body)).contains("before") {
        body.extend(response.chunk().await.unwrap().unwrap());
    }
    gate.reached().await;
    assert!(!model.request(0).await.was_served());
    gate.open();
    while let Some(chunk) = response.chunk().await.unwrap() {
        body.extend(chunk);
    }
    assert_eq!(texts(&String::from_utf8_lossy(&body)), "beforeafter");
}

#[tokio::test]
async fn a_client_that_leaves_is_noticed() {
    let (model, gate) = (ModelServer::start().await, Gate::new());
    model.script(Script::new().text("a").stall()).script(Script::answer("b").hold_reply(&gate));
    let response = ask(&model, question("q")).await.unwrap();
    drop(response);
    model.request(0).await.abandoned().await;

    tokio::select! {
        answer = ask(&model, question("q")) => panic!("the reply is held, but {answer:?} came"),
        () = gate.reached() => {}
    }
    model.request(1).await.abandoned().await;
}

#[tokio::test]
async fn a_reset_arrives_as_a_reset() {
    let model = ModelServer::start().await;
    model.script(Script::refuse_connection()).script(Script::new().text("a").reset());
    let refused = ask(&model, question("q")).await.unwrap_err();
    assert!(is_broken_connection(&refused), "{refused:?}");
    let broken = ask(&model, question("q")).await.unwrap().text().await.unwrap_err();
    assert!(is_broken_connection(&broken), "{broken:?}");
}

#[tokio::test]
async fn refusals_look_like_openai() {
    let model = ModelServer::start().await;
    model.script(Script::error(429, "rate_limit_exceeded", "Slow down.").retry_after("2"));
    let response = ask(&model, question("q")).await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["retry-after"]), (429, &"2".parse().unwrap()));
    assert_eq!(response.json::<Value>().await.unwrap()["error"]["code"], "rate_limit_exceeded");
}

#[tokio::test]
async fn parallel_tool_calls_arrive_in_pieces_that_join() {
    let model = ModelServer::start().await;
    let calls = [("c1", "a__x", r#"{"k":"ž"}"#), ("c2", "b__y", "{}")];
    model.script(Script::new().tool_calls(&calls).finish("tool_calls"));
    let body = ask(&model, question("q")).await.unwrap().text().await.unwrap();
    let mut arguments = [String::new(), String::new()];
    for chunk in body.lines().filter_map(|line| serde_json::from_str::<Value>(line.strip_prefix("data: ")?).ok()) {
        if let Some(call) = chunk["choices"][0]["delta"]["tool_calls"].get(0) {
            let index = call["index"].as_u64().unwrap() as usize;
            arguments[index].push_str(call["function"]["arguments"].as_str().unwrap());
        }
    }
    assert_eq!(arguments, [calls[0].2, calls[1].2]);
}

#[tokio::test]
#[should_panic(expected = "before the outputs of")]
async fn an_unanswered_tool_call_fails_the_test() {
    let model = ModelServer::start().await;
    let mut body = question("q");
    body["messages"].as_array_mut().unwrap().insert(0, json!({ "role": "assistant", "tool_calls": [{ "id": "c" }] }));
    assert_eq!(ask(&model, body).await.unwrap().status(), 400);
}

fn is_broken_connection(error: &reqwest::Error) -> bool {
    let mut source: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = source {
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::ConnectionReset) {
            return true;
        }
        source = error.source();
    }
    false
}
