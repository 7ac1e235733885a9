//! A server that is asked to stop finishes what it can.

use crate::scene::{Scene, get_task, held_task, messages};
use serde_json::{Value, json};
use sigmic_shared::{RunErrorCode, StreamEvent, TaskStatus, routes};
use sigmic_tests::{
    installation::Installation,
    model::{Gate, Script},
    stream::{done, joined_text, names},
};

#[tokio::test]
async fn an_idle_server_just_ends() {
    for format in ["json", "pretty"] {
        let scene = Scene::on(Installation::new().set("LOG_FORMAT", format)).await;
        // A connection that is kept open, and says nothing, keeps nobody waiting.
        scene.anonymous().get("/healthz").await;
        let (status, log) = scene.server.stop().await;
        assert_eq!(status.code(), Some(0), "{log}");
    }
}

#[tokio::test]
async fn when_a_key_was_used_is_not_forgotten() {
    let scene = Scene::start().await;
    let last_used = async || scene.installation.run_json(&["key", "list"]).await[0]["lastUsedAt"].clone();
    assert_eq!(last_used().await, Value::Null);
    assert_eq!(scene.program().get(routes::TASKS).await.status, 200);
    scene.server.terminate();
    sigmic_tests::eventually("the use is written down", async || last_used().await.is_string().then_some(())).await;
}

#[tokio::test]
async fn a_run_that_ends_within_the_grace_is_complete() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let (task, mut stream, gate) = held_task(&scene, &user, "Half").await;
    let mut other = user.stream(&task).await;
    other.until_text("Half").await;
    scene.server.terminate();
    sigmic_tests::eventually("the server takes no more connections", async || {
        let request = scene.anonymous().request(http::Method::POST, routes::TASKS).json(&json!({ "message": "late" }));
        match request.send().await {
            Ok(reply) => (reply.status() == 503).then_some(()),
            Err(_) => Some(()),
        }
    })
    .await;
    gate.open();
    for events in [stream.rest().await, other.rest().await] {
        assert_eq!((joined_text(&events).as_str(), done(&events).status), (" end.", TaskStatus::Completed));
        assert_eq!(done(&events).final_response, "Half end.");
    }
    let (scene, status, log) = scene.restart().await;
    assert_eq!(status.code(), Some(0), "{log}");
    let told = get_task(&scene.program(), &task).await;
    assert_eq!((&told.data()["status"], &told.data()["output"]["content"]), (&json!("completed"), &json!("Half end.")));
}

#[tokio::test]
async fn what_is_left_after_the_grace_is_interrupted() {
    for postgres in [false, true] {
        let impatient = Installation::new().set("SHUTDOWN_GRACE", "1s");
        let scene = if postgres { Scene::on_postgres(impatient).await } else { Scene::on(impatient).await };
        let user = scene.user("u1").await;
        let (task, mut stream, _gate) = held_task(&scene, &user, "Half").await;
        let silent = Gate::new();
        scene.model.script(Script::answer("never").hold_reply(&silent));
        let mut unanswered = user.create_task_streaming("no answer yet").await;
        silent.reached().await;
        scene.server.terminate();
        for (stream, text) in [(&mut stream, "Half"), (&mut unanswered, "")] {
            let events = stream.rest().await;
            assert_eq!(names(&events)[events.len() - 2..], ["error", "done"]);
            assert_eq!((done(&events).status, &*done(&events).final_response), (TaskStatus::Failed, text));
            let StreamEvent::Error(error) = &events[events.len() - 2].event else { unreachable!("just compared") };
            assert_eq!(error.code, RunErrorCode::Interrupted);
        }
        scene.model.request(0).await.abandoned().await;
        let (scene, status, log) = scene.restart().await;
        assert_eq!(status.code(), Some(0), "{log}");
        let user = scene.user("u1").await;
        let told = get_task(&user, &task).await;
        assert_eq!(told.data()["status"], "failed");
        assert!(told.data()["error"].as_str().unwrap().starts_with("INTERRUPTED"), "{}", told.text);
        assert_eq!(messages(&user, &task).await[1].1, "Half");
        assert_eq!(scene.model.requests().len(), 2, "nothing is resumed by itself");
    }
}
