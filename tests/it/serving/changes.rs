//! What the command line changes reaches a running server.

use crate::scene::{PROJECT, Scene, ask, echoing_model, get_task};
use serde_json::json;
use sigmic_shared::{ErrorCode, routes};
use sigmic_tests::{client::Client, eventually, model::Script};

#[tokio::test]
async fn a_new_project_app_and_key_work_without_a_restart() {
    for scene in [Scene::start().await, Scene::start_on_postgres().await] {
        let model = echoing_model().await;
        scene.installation.use_model("second", &model).await;
        let app = scene.installation.create_app("second", &["https://second.example"]).await;
        let key = scene.installation.create_api_key("second").await;
        eventually("the app is known", async || {
            let body = crate::scene::token_request(&app, json!({}));
            (scene.anonymous().exchange(body).await.status == 200).then_some(())
        })
        .await;
        let program = Client::with_api_key(&scene.server, &key);
        eventually("the key is known", async || (program.get(routes::TASKS).await.status == 200).then_some(())).await;
        let user = Client::end_user(&scene.server, &app, "u1").await.with_origin("https://second.example");
        let task = ask(&user, "hi").await;
        assert_eq!(get_task(&program, &task).await.data()["output"]["content"], "echo: hi");
        assert_eq!((model.requests().len(), scene.model.requests().len()), (1, 0), "each project asks its own model");
    }
}

#[tokio::test]
async fn a_changed_project_answers_the_next_message_differently() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let task = ask(&user, "one").await;
    let other = echoing_model().await;
    other.otherwise(|_| Script::answer("from the other model"));
    scene.installation.use_model(PROJECT, &other).await;
    eventually("the other model answers", async || {
        let events = user.follow_up_streaming(&task, "two").await.rest().await;
        (sigmic_tests::stream::done(&events).final_response == "from the other model").then_some(())
    })
    .await;
    let conversation = other.requests().pop().unwrap().conversation();
    assert_eq!(conversation[0], ("user".to_owned(), "one".to_owned()), "the conversation goes on: {conversation:?}");
}

#[tokio::test]
async fn applying_the_same_again_changes_nothing() {
    let scene = Scene::start().await;
    let declaration = json!({ "projects": [{ "name": PROJECT, "systemPrompt": "Be kind.", "maxSteps": 5 }] });
    let first = scene.installation.apply(declaration.clone()).await;
    let second = scene.installation.apply(declaration).await;
    assert!(first.to_string().contains(PROJECT), "{first}");
    assert!(!second.to_string().contains("created"), "{second}");
    // What is left out keeps its value: the model is still the scripted one.
    ask(&scene.user("u1").await, "hi").await;
    assert_eq!(scene.model.request(0).await.body["model"], "scripted");
}

#[tokio::test]
async fn a_pruned_project_is_gone_with_all_that_was_in_it() {
    let scene = Scene::start().await;
    let (user, program) = (scene.user("u1").await, scene.program());
    ask(&user, "hi").await;
    let declaration = json!({ "projects": [{ "name": "another", "provider": "demo", "model": "demo" }] });
    scene.installation.run_json_with_input(&["apply", "-", "--prune"], &declaration.to_string()).await;
    eventually("the project is gone", async || (user.get(routes::TASKS).await.status == 401).then_some(())).await;
    user.get(routes::TASKS).await.expect_error(ErrorCode::InvalidToken);
    program.get(routes::TASKS).await.expect_error(ErrorCode::InvalidApiKey);
    let body = crate::scene::token_request(&scene.app, json!({}));
    scene.anonymous().exchange(body).await.expect_error(ErrorCode::InvalidCredentials);
}

#[tokio::test]
async fn a_declaration_that_is_wrong_changes_nothing() {
    let scene = Scene::start().await;
    for (declaration, named) in [
        (
            json!({ "projects": [{ "name": PROJECT, "model": "changed" }, { "name": "x", "provider": "nobody" }] }),
            "provider",
        ),
        (json!({ "projects": [{ "name": PROJECT, "model": "changed", "maxSteps": 0 }] }), "maxSteps"),
        (
            json!({ "projects": [{ "name": PROJECT, "model": "changed", "toolPolicies": { "*": "maybe" } }] }),
            "toolPolicies",
        ),
        (json!({ "projects": [{ "model": "changed" }] }), "name"),
        (json!({ "project": [] }), "project"),
    ] {
        let output = scene.installation.run_with_input(&["apply", "-"], &declaration.to_string()).await;
        assert_ne!(output.status, Some(0), "{declaration}");
        assert!(output.stderr.lines().count() == 1 && output.stderr.contains(named), "{declaration}: {output:?}");
    }
    ask(&scene.user("u1").await, "hi").await;
    assert_eq!(scene.model.request(0).await.body["model"], "scripted");
}
