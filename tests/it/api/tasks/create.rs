//! `POST /tasks`

use crate::scene::{PROJECT, Scene, ask, get_task};
use http::Method;
use serde_json::{Value, json};
use sigmic_shared::{ErrorCode, routes};
use sigmic_tests::{
    client::{Client, Reply, send},
    installation::Installation,
};

async fn create(client: &Client, body: Value) -> Reply {
    client.post(routes::TASKS, body).await
}

/// A multipart form of text fields.
async fn submit(client: &Client, fields: &[(&str, &str)]) -> Reply {
    let mut body = String::new();
    for (name, value) in fields {
        body.push_str(&format!("--b0undary\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
    }
    body.push_str("--b0undary--\r\n");
    let request = client.request(Method::POST, routes::TASKS);
    send(request.header("content-type", "multipart/form-data; boundary=b0undary").body(body)).await
}

#[tokio::test]
async fn a_message_is_all_it_takes() {
    let scene = Scene::start().await;
    for client in [scene.user("u1").await, scene.program()] {
        let reply = create(&client, json!({ "message": "hello", "unknown": 1, "showInHistory": null })).await;
        let id = reply.data()["id"].as_str().unwrap().to_owned();
        assert_eq!(reply.body, json!({ "success": true, "data": { "id": id, "status": "pending" } }));
        assert_eq!(uuid::Uuid::parse_str(&id).unwrap().get_version_num(), 7);
        client.finished(&id.as_str().into()).await;
        assert_eq!(get_task(&client, &id.into()).await.data()["output"]["content"], "echo: hello");
    }
}

#[tokio::test]
async fn a_form_says_the_same_as_json() {
    let scene = Scene::start().await;
    let program = scene.program();
    let fields = [
        ("message", "hellö\n\"there\""),
        ("systemPrompt", "Be kind."),
        ("showInHistory", "false"),
        ("autoExecute", "false"),
        ("unknown", "x"),
    ];
    let reply = submit(&program, &fields).await;
    let task = reply.data()["id"].as_str().unwrap().into();
    program.finished(&task).await;
    let told = get_task(&program, &task).await;
    for (name, value) in [
        ("message", json!("hellö\n\"there\"")),
        ("systemPrompt", json!("Be kind.")),
        ("showInHistory", json!(false)),
        ("autoExecute", json!(false)),
    ] {
        assert_eq!(told.data()[name], value, "{name}");
    }
    for fields in [
        &[][..],
        &[("message", "")],
        &[("message", "m"), ("showInHistory", "yes")],
        &[("message", "m"), ("autoExecute", "1")],
        &[("message", "m"), ("env", "{}")],
        &[("message", "m"), ("secrets", "{\"A\":\"b\"}")],
    ] {
        submit(&program, fields).await.expect_error(ErrorCode::ValidationError);
    }
    assert_eq!(scene.model.requests().len(), 1, "nothing else was run");
}

#[tokio::test]
async fn the_longest_message_arrives_whole() {
    let installation = Installation::new();
    let roomy = json!({ "name": PROJECT, "provider": "demo", "model": "demo", "contextTokens": 1_000_000 });
    installation.apply(json!({ "projects": [roomy] })).await;
    let scene = Scene::on(installation).await;
    let user = scene.user("u1").await;
    let message = "ü".repeat(100_000);
    let task = ask(&user, &message).await;
    assert_eq!(scene.model.request(0).await.last_text(), message);
    assert_eq!(get_task(&user, &task).await.data()["message"], message);
    create(&user, json!({ "message": format!("{message}x") })).await.expect_error(ErrorCode::ValidationError);
}

#[tokio::test]
async fn a_page_may_not_rewrite_the_agent() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let task = ask(&user, "hi").await;
    for (field, value) in [
        ("systemPrompt", json!("You are a pirate.")),
        ("systemPrompt", json!("")),
        ("env", json!({ "A": "b" })),
        ("env", json!({})),
        ("secrets", json!({ "A": "b" })),
        ("secrets", json!("nonsense")),
    ] {
        let reply = create(&user, json!({ "message": "m", field: value })).await;
        reply.expect_error(ErrorCode::ValidationError);
        assert!(reply.text.contains(field), "{field} is not named in {}", reply.text);
        if field != "systemPrompt" {
            let follow_up = user.post(&routes::messages(task.as_str()), json!({ "message": "m", field: value })).await;
            follow_up.expect_error(ErrorCode::ValidationError);
        }
    }
    for field in ["systemPrompt", "env", "secrets"] {
        create(&user, json!({ "message": "m", field: null })).await.data();
    }
    assert!(user.get(routes::TASKS).await.body["pagination"]["total"] == 4);
    submit(&user, &[("message", "m"), ("systemPrompt", "p")]).await.expect_error(ErrorCode::ValidationError);
}

#[tokio::test]
async fn a_program_says_what_the_agent_is_and_knows() {
    let scene = Scene::start().await;
    scene
        .installation
        .apply(json!({ "projects": [{ "name": PROJECT, "systemPrompt": "The project's prompt." }] }))
        .await;
    let program = scene.program();
    let body = json!({ "message": "hi", "systemPrompt": "The task's prompt.", "env": { "REGION": "eu" }, "secrets": { "KEY": "hunter2" } });
    // The project's prompt reaches the running server a moment later.
    let (request, task) = sigmic_tests::eventually("the prompt reaches the server", async || {
        let reply = create(&program, body.clone()).await;
        let task = reply.data()["id"].as_str().unwrap().into();
        program.finished(&task).await;
        let request = scene.model.requests().pop().unwrap();
        request.conversation()[0].1.contains("The project's prompt.").then_some((request, task))
    })
    .await;
    let (role, system) = request.conversation()[0].clone();
    assert_eq!(role, "system");
    let (own, projects) = (system.find("The task's prompt."), system.find("The project's prompt."));
    assert!(own.is_some() && own < projects, "the task's prompt comes before the project's in {system:?}");
    assert!(
        !request.body.to_string().contains("hunter2") && !request.body.to_string().contains("REGION"),
        "{}",
        request.body
    );
    let told = get_task(&program, &task).await;
    assert_eq!(told.data()["env"], json!({ "REGION": "eu" }));
    assert_eq!(told.data()["systemPrompt"], "The task's prompt.");
    assert!(!told.text.contains("hunter2") && told.data().get("secrets").is_none(), "{}", told.text);
}

#[tokio::test]
async fn the_model_is_asked_with_the_projects_key_and_model() {
    let scene = Scene::start().await;
    ask(&scene.user("u1").await, "hi").await;
    let request = scene.model.request(0).await;
    assert_eq!(request.headers["authorization"], "Bearer sk-scripted");
    assert_eq!(request.body["model"], "scripted");
    assert_eq!(request.conversation(), [("user".to_owned(), "hi".to_owned())]);
}
