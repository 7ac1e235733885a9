//! A server that is killed loses nothing it has acknowledged.

use crate::scene::{Scene, ask, get_task, held_task, messages};
use serde_json::json;
use sigmic_shared::{TaskId, routes};
use sigmic_tests::{
    eventually,
    model::{Gate, Script},
    stream::{done, joined_text, names},
};
use std::sync::Mutex;

async fn ends_what_was_running(scene: Scene) {
    let user = scene.user("u1").await;
    let (task, mut stream, _gate) = held_task(&scene, &user, "So far").await;
    eventually("the text so far is stored", async || {
        (get_task(&user, &task).await.data()["output"]["content"] == "So far").then_some(())
    })
    .await;
    let silent = Gate::new();
    scene.model.script(Script::answer("never").hold_reply(&silent));
    let unanswered = user.create_task("no answer yet").await;
    silent.reached().await;

    let scene = scene.crash_and_restart().await;
    let broken = stream.rest().await;
    assert!(!names(&broken).contains(&"done"), "{broken:#?}");
    let user = scene.user("u1").await;
    for (task, question, text) in [(&task, "hold on", "So far"), (&unanswered, "no answer yet", "")] {
        let told = get_task(&user, task).await;
        assert_eq!(told.data()["status"], "failed", "{}", told.text);
        assert!(told.data()["error"].as_str().is_some_and(|error| error.starts_with("INTERRUPTED")), "{}", told.text);
        assert!(told.data()["completedAt"].is_string(), "{}", told.text);
        let kept = [("user", question), ("assistant", text)].map(|(role, text)| (role.to_owned(), text.to_owned()));
        assert_eq!(messages(&user, task).await, kept);
        assert_eq!(names(&user.stream(task).await.rest().await).last(), Some(&"history_done"));
    }
    assert_eq!(scene.model.requests().len(), 2, "nothing is resumed by itself");
    let events = user.follow_up_streaming(&task, "go on").await.rest().await;
    assert_eq!(done(&events).final_response, "echo: go on");
    let conversation = scene.model.request(2).await.conversation();
    assert!(conversation.iter().any(|(role, text)| role == "assistant" && text.contains("So far")), "{conversation:?}");
}

/// Sends messages as fast as it can, kills the server in the middle, and looks for all that were acknowledged.
async fn keeps_what_it_acknowledged(scene: Scene) {
    let acknowledged: Mutex<Vec<(String, TaskId)>> = Mutex::default();
    let users = futures::future::join_all(["u1", "u2", "u3"].map(|name| scene.user(name))).await;
    let existing = ask(&users[0], "existing").await;
    let sending = users.iter().enumerate().map(|(number, user)| {
        let acknowledged = &acknowledged;
        async move {
            for count in 0.. {
                let text = format!("{number}-{count}");
                let request = user.request(http::Method::POST, routes::TASKS).json(&json!({ "message": text }));
                let Ok(response) = request.send().await else { return };
                let Ok(body) = response.json::<serde_json::Value>().await else { return };
                let id = body["data"]["id"].as_str().unwrap_or_else(|| panic!("refused: {body}")).into();
                acknowledged.lock().unwrap().push((text, id));
            }
        }
    });
    let killing =
        eventually("enough was acknowledged", async || (acknowledged.lock().unwrap().len() > 60).then_some(()));
    tokio::select! {
        _ = futures::future::join_all(sending) => unreachable!("sending never ends by itself"),
        () = killing => {}
    }
    let scene = scene.crash_and_restart().await;
    let program = scene.program();
    let acknowledged = acknowledged.into_inner().unwrap();
    for (text, task) in &acknowledged {
        let told = get_task(&program, task).await;
        assert_eq!(told.data()["message"], **text);
        let status = told.data()["status"].as_str().unwrap().to_owned();
        match &*status {
            "completed" => assert_eq!(told.data()["output"]["content"], format!("echo: {text}")),
            "failed" => assert!(told.data()["error"].as_str().unwrap().starts_with("INTERRUPTED"), "{}", told.text),
            _ => panic!("{}", told.text),
        }
        assert_eq!(messages(&program, task).await[0], ("user".to_owned(), text.clone()));
    }
    assert_eq!(get_task(&program, &existing).await.data()["output"]["content"], "echo: existing");
}

#[tokio::test]
async fn a_killed_servers_runs_are_ended_on_sqlite() {
    ends_what_was_running(Scene::start().await).await;
}

#[tokio::test]
async fn a_killed_servers_runs_are_ended_on_postgres() {
    ends_what_was_running(Scene::start_on_postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_missing_on_sqlite() {
    keeps_what_it_acknowledged(Scene::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_missing_on_postgres() {
    keeps_what_it_acknowledged(Scene::start_on_postgres().await).await;
}

#[tokio::test]
async fn what_was_streamed_is_what_was_stored_or_its_beginning() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let gate = Gate::new();
    let script = (0..200).fold(Script::new(), |script, number| script.text(&format!("word-{number} ")));
    scene.model.script(script.gate(&gate).finish("stop"));
    let mut stream = user.create_task_streaming("hi").await;
    let seen = stream.until_text("word-199 ").await;
    let task = crate::scene::task_id(&seen);
    let scene = scene.crash_and_restart().await;
    let stored = messages(&scene.user("u1").await, &task).await[1].1.clone();
    assert!(joined_text(&seen).starts_with(&stored), "{stored:?}");
}
