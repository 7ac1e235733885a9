//! Nothing of the chat is a barrier to anybody, as far as axe-core can tell.

use crate::{
    scene::{Page, Scene, TITLE},
    scripted_api::{ScriptedApi, Stream},
};
use serde_json::json;

const ANSWER: &str = "# Title\n\nSome *words*, a [link](https://shop.example) and `code`.\n\n- [x] done\n- open\n\n\
    ```rust\nfn main() { println!(\"a line that is longer than the panel is wide, so that it can be scrolled\"); }\n```\n\n\
    | a | b |\n|---|---|\n| 1 | 2 |\n\n> quoted";

async fn assert_open_to_all(scene: &Scene, state: &str) {
    // Colours are what they are once everything has faded in.
    scene.settle().await;
    let barriers = scene.tab.find_barriers().await;
    assert!(barriers.is_empty(), "{state}: {barriers:#?}");
}

async fn visit_every_state(scheme: &str) {
    let (scene, api) = (Scene::set().await, ScriptedApi::start().await);
    scene.tab.emulate_media(&[("prefers-color-scheme", scheme)]).await;
    scene
        .show_scripted(
            &api,
            Page {
                style: "body { background: Canvas; color: CanvasText; color-scheme: light dark }",
                ..Page::default()
            },
        )
        .await;
    scene.tab.find("button", TITLE).await;
    assert_open_to_all(&scene, "closed").await;

    scene.open_chat().await;
    scene.tab.find_role("log").await;
    assert_open_to_all(&scene, "open").await;

    let done = Stream::of_run()
        .event("error", json!({ "code": "MCP_UNAVAILABLE", "message": "\"crm\" is away." }))
        .calls("c1", "orders__list_recent", "executing", json!({ "limit": 3 }))
        .results("c1", "success", "[]")
        .calls("c2", "orders__refund", "executing", json!({}))
        .results("c2", "error", "No such order.")
        .says(ANSWER);
    api.stream(done.done(ANSWER));
    scene.send("Hello").await;
    scene.wait_for_answer("quoted").await;
    scene.tab.find("button", "Send").await;
    assert_open_to_all(&scene, "answered").await;
    scene.tab.find("button", "List recent").await.click().await;
    scene.tab.find("group", "Arguments").await;
    assert_open_to_all(&scene, "a tool's details").await;

    api.refuse("/messages", 500, "INTERNAL_ERROR");
    scene.send("Once more").await;
    scene.tab.find("button", "Try again").await;
    assert_open_to_all(&scene, "error").await;

    let args = json!({ "order": "A-1042", "note": "Arrived broken." });
    api.stream(Stream::of_run().says("I can do that.").calls("c3", "orders__refund", "awaiting_approval", args).mute());
    scene.tab.find("button", "Try again").await.click().await;
    scene.tab.find("group", "Allow “Refund”?").await;
    assert_open_to_all(&scene, "approval").await;
    api.refuse("/approve", 500, "INTERNAL_ERROR");
    scene.tab.find("button", "Always allow").await.click().await;
    scene.tab.wait_for_text("Your choice did not get through. Try again.").await;
    assert_open_to_all(&scene, "a decision that failed").await;
    scene.tab.screenshot(&format!("barriers-{scheme}")).await;
}

#[tokio::test]
async fn nothing_is_a_barrier_by_day() {
    visit_every_state("light").await;
}

#[tokio::test]
async fn nothing_is_a_barrier_by_night() {
    visit_every_state("dark").await;
}
