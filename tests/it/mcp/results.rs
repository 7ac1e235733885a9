//! What calls give back, and which calls are made at all.

use super::errand::{call, run, run_steps, scene_on, scene_with};
use crate::scene::get_task;
use serde_json::json;
use sigmic_shared::{RunErrorCode, StreamEvent, TaskStatus, ToolCallStatus};
use sigmic_tests::{
    installation::Installation,
    mcp::{Behavior, LocalServer, Protocol, RemoteServer},
    stream::done,
};

#[tokio::test]
async fn every_kind_of_result_becomes_text_for_the_model() {
    let server = RemoteServer::start(Protocol::Http, Behavior::default()).await;
    let scene = scene_with(json!({ "s": server.config(json!({})) })).await;
    let user = scene.user("u1").await;
    for (tool, status, expected) in [
        ("image", ToolCallStatus::Success, "A pixel:\n[image image/png, "),
        ("resource", ToolCallStatus::Success, "a note"),
        ("structured", ToolCallStatus::Success, r#"{"temperature":21.5,"unit":"celsius"}"#),
        ("nothing", ToolCallStatus::Success, "[no output]"),
        ("fail", ToolCallStatus::Error, "The flux is reversed."),
        ("refuse", ToolCallStatus::Error, "The protocol says no."),
    ] {
        let (ended, output) = call(&user, &format!("s__{tool}"), json!({})).await;
        assert!(ended == status && output.contains(expected), "{tool}: {ended:?} {output:?}");
    }
}

#[tokio::test]
async fn a_long_result_is_cut_and_says_so() {
    let server = LocalServer::new(Behavior::default());
    let installation = Installation::new().set("TOOL_RESULT_BYTES", "2000");
    let scene = scene_on(installation, json!({ "mcpServers": { "s": server.config(json!({})) } })).await;
    let user = scene.user("u1").await;
    let (_, whole) = call(&user, "s__big", json!({ "count": 2000 })).await;
    assert_eq!(whole.len(), 2000);
    let (status, cut) = call(&user, "s__big", json!({ "count": 2001 })).await;
    assert_eq!(status, ToolCallStatus::Success);
    assert!(cut.starts_with("xxx") && cut.len() < 2200 && cut.contains("cut") && cut.contains("2001"), "{cut}");
    assert!(scene.model.request(3).await.last_text().contains("2001"));
}

#[tokio::test]
async fn parallel_calls_run_in_parallel() {
    let (remote, local) =
        (RemoteServer::start(Protocol::Http, Behavior::default()).await, LocalServer::new(Behavior::default()));
    let scene = scene_with(json!({ "r": remote.config(json!({})), "l": local.config(json!({})) })).await;
    let user = scene.user("u1").await;
    let waits = json!([["r__wait", {}], ["r__wait", {}], ["l__wait", {}], ["l__wait", {}]]);
    let (errand, ()) = tokio::join!(run(&user, waits), async {
        // Only calls that are under way together ever get here.
        remote.journal.called("wait", 2).await;
        local.journal.called("wait", 2).await;
        remote.journal.open_gate();
        local.journal.open_gate();
    });
    assert_eq!(errand.expect_done().results().len(), 4);
}

#[tokio::test]
async fn what_does_not_fit_goes_back_to_the_model_and_not_to_the_tool() {
    let server = LocalServer::new(Behavior::default());
    let scene = scene_with(json!({ "s": server.config(json!({})) })).await;
    let user = scene.user("u1").await;
    let errand = run(
        &user,
        json!([
            ["s__echo", "{\"text\": \"bro"],
            ["s__echo", "[1]"],
            ["s__echo", {}],
            ["s__echo", { "text": 5 }],
            ["s__none", {}],
            ["elsewhere__echo", { "text": "x" }],
            ["s__echo", { "text": "fits" }],
        ]),
    )
    .await;
    let results = errand.expect_done().results();
    let failed = results.iter().filter(|result| result.status == ToolCallStatus::Error).count();
    assert_eq!((results.len(), failed), (7, 6), "{results:#?}");
    assert_eq!(server.journal.calls("echo").len(), 1);
    let told = scene.model.request(1).await.conversation();
    assert_eq!(told.iter().filter(|(role, text)| role == "tool" && !text.is_empty()).count(), 7, "{told:?}");
}

#[tokio::test]
async fn a_loop_ends_at_the_step_limit() {
    let server = LocalServer::new(Behavior::default());
    let fields = json!({ "maxSteps": 3, "mcpServers": { "s": server.config(json!({})) } });
    let scene = scene_on(Installation::new(), fields).await;
    let user = scene.user("u1").await;
    let step = json!([["s__echo", { "text": "round" }]]);
    let errand = run_steps(&user, json!([step, step, step, step, step])).await;
    let codes: Vec<_> = errand
        .events
        .iter()
        .filter_map(|received| match &received.event {
            StreamEvent::Error(error) => Some(error.code),
            _ => None,
        })
        .collect();
    assert_eq!(codes, [RunErrorCode::StepLimit], "{:#?}", errand.events);
    assert_eq!(done(&errand.events).status, TaskStatus::Failed);
    assert_eq!(scene.model.requests().len(), 3);
}

#[tokio::test]
async fn calls_are_kept_with_their_arguments_results_and_durations() {
    let server = LocalServer::new(Behavior::default());
    let scene = scene_with(json!({ "s": server.config(json!({})) })).await;
    let user = scene.user("u1").await;
    let errand = run(&user, json!([["s__echo", { "text": "kept" }]])).await;
    let told = get_task(&user, &errand.expect_done().task).await;
    let kept = &told.data()["output"]["toolCalls"][0];
    assert_eq!((&kept["toolName"], &kept["status"]), (&json!("s__echo"), &json!("success")));
    assert_eq!((&kept["args"], &kept["output"]), (&json!({ "text": "kept" }), &json!("kept")));
    assert!(kept["durationMs"].is_u64(), "{kept}");
}

#[tokio::test]
async fn only_selected_tools_are_offered_and_called() {
    let server = LocalServer::new(Behavior::default());
    let (mut config, mut other) = (server.config(json!({})), server.config(json!({})));
    config["includeTools"] = json!(["echo", "big"]);
    config["excludeTools"] = json!(["big"]);
    other["enabled"] = json!(false);
    let scene = scene_with(json!({ "s": config, "off": other })).await;
    let user = scene.user("u1").await;
    assert_eq!(call(&user, "s__big", json!({ "count": 1 })).await.0, ToolCallStatus::Error);
    let tools = scene.model.request(0).await.body["tools"].clone();
    assert_eq!(tools.as_array().map(Vec::len), Some(1), "{tools}");
    assert!(server.journal.calls("big").is_empty());
}
