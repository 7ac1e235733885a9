//! A model that fails, in all the ways models do.

use crate::scene::{Scene, get_task, held_task, messages, task_id};
use serde_json::json;
use sigmic_shared::{
    RunErrorCode::{self, *},
    StreamEvent, TaskStatus, routes,
};
use sigmic_tests::{
    model::{ModelServer, Script},
    stream::{Received, done, joined_text, names},
};

fn errors(events: &[Received]) -> Vec<(RunErrorCode, &str)> {
    let errors = events.iter().filter_map(|received| match &received.event {
        StreamEvent::Error(error) => Some((error.code, &*error.message)),
        _ => None,
    });
    errors.collect()
}

fn retries(events: &[Received]) -> usize {
    events.iter().filter(|received| format!("{:?}", received.event).contains("Retrying")).count()
}

/// Plays the script as often as the model is asked, and checks how the run ends.
async fn fails(scene: &Scene, what: &str, script: Script, code: RunErrorCode, text: &str) -> Vec<Received> {
    scene.model.otherwise(move |_| script.clone());
    let user = scene.user("u1").await;
    let events = user.create_task_streaming("hi").await.rest().await;
    let [(told, sentence)] = errors(&events)[..] else { panic!("{what}: not one error: {events:#?}") };
    assert_eq!(told, code, "{what}: {sentence}");
    for upstream in ["UPSTREAM", "sk-scripted", "127.0.0.1", "http:"] {
        assert!(!sentence.contains(upstream), "{what}: {sentence}");
    }
    assert_eq!(names(&events)[events.len() - 2..], ["error", "done"], "{what}");
    let end = done(&events);
    assert_eq!((end.status, &*end.final_response), (TaskStatus::Failed, text), "{what}");
    assert_eq!(joined_text(&events), text, "{what}");
    let task = task_id(&events);
    let told = get_task(&user, &task).await;
    assert_eq!(told.data()["status"], "failed", "{what}");
    assert_eq!(told.data()["error"], format!("{code}: {sentence}"), "{what}");
    assert_eq!(messages(&user, &task).await[1].1, text, "{what}");
    let again = user.stream(&task).await.rest().await;
    assert_eq!(names(&again), ["history_message", "history_message", "history_done"], "{what}");
    events
}

fn refusal(status: u16, code: &str) -> Script {
    Script::error(status, code, "UPSTREAM said something about sk-scripted.")
}

#[tokio::test]
async fn a_refusal_ends_the_run_at_once() {
    let scene = Scene::start().await;
    for (what, script, code) in [
        ("a bad key", refusal(401, "invalid_api_key"), ModelAuthFailed),
        ("a forbidden model", refusal(403, "permission_denied"), ModelAuthFailed),
        ("an unknown model", refusal(404, "model_not_found"), AgentError),
        ("a bad request", refusal(400, "invalid_request_error"), AgentError),
        ("no money left", refusal(429, "insufficient_quota"), ModelRateLimited),
        ("a wait of an hour", refusal(429, "rate_limit_exceeded").retry_after("3600"), ModelRateLimited),
        ("no chat completions", Script::garbage("text/html", "<html>UPSTREAM</html>"), AgentError),
        ("a redirect", refusal(307, "moved").header("location", "http://127.0.0.1:1/"), AgentError),
    ] {
        let before = scene.model.requests().len();
        let events = fails(&scene, what, script, code, "").await;
        assert_eq!((retries(&events), scene.model.requests().len() - before), (0, 1), "{what}");
    }
}

#[tokio::test]
async fn a_conversation_the_model_finds_too_long_is_told() {
    let scene = Scene::start().await;
    for (status, code) in [(400, "context_length_exceeded"), (413, "request_too_large")] {
        fails(&scene, code, refusal(status, code), ContextTooLong, "").await;
    }
}

#[tokio::test]
async fn a_message_larger_than_the_context_is_told() {
    let scene = Scene::start().await;
    scene.installation.apply(json!({ "projects": [{ "name": crate::scene::PROJECT, "contextTokens": 1000 }] })).await;
    let user = scene.user("u1").await;
    sigmic_tests::eventually("the project's context reaches the server", async || {
        let events = user.create_task_streaming(&"word ".repeat(15_000)).await.rest().await;
        (errors(&events).first().map(|(code, _)| *code) == Some(ContextTooLong)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_passing_failure_is_tried_again() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    for (what, script) in [
        ("overloaded", refusal(503, "overloaded")),
        ("a server's fault", refusal(500, "server_error")),
        ("a bad gateway in HTML", Script::error(502, "x", "<html>")),
        ("a rate limit", refusal(429, "rate_limit_exceeded").retry_after("1")),
        ("a reset", Script::refuse_connection()),
        ("a reset before a word", Script::new().reset()),
    ] {
        let before = scene.model.requests().len();
        scene.model.script(script).script(Script::answer("Here I am."));
        let events = user.create_task_streaming("hi").await.rest().await;
        assert_eq!(errors(&events), [], "{what}");
        assert_eq!((retries(&events), scene.model.requests().len() - before), (1, 2), "{what}: {events:#?}");
        let end = done(&events);
        assert_eq!((end.status, &*end.final_response), (TaskStatus::Completed, "Here I am."), "{what}");
        assert_eq!(messages(&user, &task_id(&events)).await.len(), 2, "{what}");
    }
}

#[tokio::test]
async fn a_failure_that_does_not_pass_is_told_in_the_end() {
    let scene = Scene::start().await;
    let before = scene.model.requests().len();
    let events = fails(&scene, "down", refusal(503, "overloaded"), ModelUnavailable, "").await;
    assert!(retries(&events) >= 1, "{events:#?}");
    let requests = scene.model.requests().len() - before;
    assert!((2..=6).contains(&requests), "{requests} requests: a cap on retries");
}

#[tokio::test]
async fn a_rate_limit_that_stays_is_told_in_the_end() {
    let scene = Scene::start().await;
    let script = refusal(429, "rate_limit_exceeded").retry_after("0");
    fails(&scene, "always too many", script, ModelRateLimited, "").await;
}

#[tokio::test]
async fn a_model_that_is_not_there_is_told() {
    let scene = Scene::start().await;
    let gone = ModelServer::start().await;
    scene.installation.use_model(crate::scene::PROJECT, &gone).await;
    drop(gone);
    let user = scene.user("u1").await;
    let events = sigmic_tests::eventually("the change reaches the server", async || {
        let events = user.create_task_streaming("hi").await.rest().await;
        (done(&events).status == TaskStatus::Failed).then_some(events)
    })
    .await;
    assert_eq!(errors(&events)[0].0, ModelUnavailable);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_kept_as_far_as_it_came() {
    let scene = Scene::start().await;
    let half = || Script::new().text("Half an ").text("answer");
    let complaint = r#"data: {"error":{"message":"UPSTREAM","code":"server_error"}}"#;
    for (what, script, codes) in [
        ("it ends without a finish reason", half(), &[AgentError][..]),
        ("it ends after [DONE] without a finish reason", half().raw("data: [DONE]\n\n"), &[AgentError]),
        ("the connection is reset", half().reset(), &[ModelUnavailable, AgentError]),
        ("garbage in the middle", half().raw("data: {\"choices\": [nonsense UPSTREAM\n\n"), &[AgentError]),
        ("an error in the middle", half().raw(format!("{complaint}\n\n")), &[ModelUnavailable]),
        ("cut inside an event", half().raw("data: {\"choices\":[{\"del"), &[AgentError]),
        ("held back by the provider", half().finish("content_filter"), &[AgentError]),
    ] {
        let script_again = script.clone();
        scene.model.otherwise(move |_| script_again.clone());
        let user = scene.user("u1").await;
        let probe = user.create_task_streaming("hi").await.rest().await;
        let code = errors(&probe).first().unwrap_or_else(|| panic!("{what}: {probe:#?}")).0;
        assert!(codes.contains(&code), "{what}: {code}");
        let before = scene.model.requests().len();
        let events = fails(&scene, what, script, code, "Half an answer").await;
        assert_eq!(
            (retries(&events), scene.model.requests().len() - before),
            (0, 1),
            "{what}: what was said is not asked again"
        );
    }
}

#[tokio::test]
async fn a_stalled_model_can_be_cancelled() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let (task, mut stream, _gate) = held_task(&scene, &user, "Half").await;
    user.delete(&routes::task(task.as_str())).await.data();
    assert_eq!(done(&stream.rest().await).status, TaskStatus::Cancelled);
    scene.model.request(0).await.abandoned().await;
}

#[tokio::test]
async fn a_provider_without_a_key_is_told() {
    let scene = Scene::start().await;
    scene.installation.apply(json!({ "projects": [{ "name": crate::scene::PROJECT, "provider": "openai", "baseUrl": "", "apiKey": "" }] })).await;
    let user = scene.user("u1").await;
    let events = sigmic_tests::eventually("the change reaches the server", async || {
        let events = user.create_task_streaming("hi").await.rest().await;
        (done(&events).status == TaskStatus::Failed).then_some(events)
    })
    .await;
    assert_eq!(errors(&events)[0].0, ModelAuthFailed);
}
