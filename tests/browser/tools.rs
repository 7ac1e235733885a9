//! Tools that an answer uses: quiet lines, and a question where somebody has to approve.

use crate::{
    scene::{Page, Scene, TITLE},
    scripted_api::{ScriptedApi, Stream, TASK},
};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::Notify;

const QUESTION: &str = "Allow “Refund”?";
const CHOICES: [&str; 3] = ["Allow once", "Always allow", "Don't allow"];

/// A scene whose server plays `streams`, with the chat open.
async fn open(streams: impl IntoIterator<Item = Stream>) -> (Scene, ScriptedApi) {
    let (scene, api) = (Scene::set().await, ScriptedApi::start().await);
    for stream in streams {
        api.stream(stream);
    }
    scene.show_scripted(&api, Page::default()).await;
    scene.open_chat().await;
    (scene, api)
}

/// A run that asks whether it may refund an order.
fn asking() -> Stream {
    let args = json!({ "order": "A-1042", "amount": 59.9, "reason": "Arrived broken.\nThe customer sent a picture." });
    Stream::of_run().says("I can refund that order.").calls("c1", "orders__refund", "awaiting_approval", args)
}

/// What the log says, in reading order.
async fn log(scene: &Scene) -> String {
    scene.tab.find_role("log").await.text().await
}

fn assert_order(text: &str, pieces: &[&str]) {
    let places: Vec<_> = pieces.iter().map(|piece| text.find(piece)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{pieces:?} at {places:?} in {text:?}");
}

#[tokio::test]
async fn a_tool_is_a_quiet_line_that_opens() {
    let (go_on, finish) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let orders = json!({ "orders": (0..40).map(|n| json!({ "id": format!("A-{n}"), "note": "<img src=x onerror=alert(1)>" })).collect::<Vec<_>>() });
    let stream = Stream::of_run()
        .says("Let me look.")
        .calls("c1", "orders__list_recent", "executing", json!({ "limit": 40, "since": "2026-01-01" }))
        .event("tool_progress", json!({ "callId": "c1", "progress": 3, "total": 4, "message": "Page 3 of 4" }))
        .wait(&go_on)
        .results("c1", "success", &orders.to_string())
        .calls("c2", "crm__note", "executing", json!({}))
        .results("c2", "error", "No such customer.")
        .wait(&finish)
        .says("\n\nYou have forty orders.")
        .done("Let me look.\n\nYou have forty orders.");
    let (scene, api) = open([stream]).await;
    scene.send("What did I order?").await;
    let line = scene.tab.find("button", "List recent").await;
    assert_eq!(line.state("expanded"), Some(&json!(false)));
    scene.wait_for_answer("Page 3 of 4").await;
    let progress = scene.tab.find("progressbar", "List recent").await;
    assert_eq!(progress.call::<f64>("function () { return this.value }").await, 75.0);
    scene.tab.screenshot("tool-running").await;
    go_on.notify_one();
    scene.tab.find("button", "Note").await;
    scene.tab.wait_until_gone("progressbar", "List recent").await;
    finish.notify_one();
    scene.wait_for_answer("You have forty orders.").await;
    let said = log(&scene).await;
    assert_order(&said, &["Let me look.", "List recent", "orders", "Note", "Failed", "You have forty orders."]);
    scene.tab.screenshot("tool-done").await;

    let line = scene.tab.find("button", "List recent").await;
    line.call::<()>("function () { this.focus() }").await;
    scene.tab.press("Enter").await;
    assert_order(&scene.tab.find("group", "Arguments").await.text().await, &["limit", "40", "since", "2026-01-01"]);
    let result = scene.tab.find("group", "Result").await;
    assert!(result.text().await.contains("onerror") && !result.text().await.contains("A-39"));
    scene.tab.screenshot("tool-open").await;
    scene.tab.find("button", "Show all").await.click().await;
    scene.tab.wait_until_gone("button", "Show all").await;
    let result = scene.tab.find("group", "Result").await;
    assert!(result.text().await.contains("A-39"));
    let [height, inside]: [f64; 2] = result.call("function () { return [this.clientHeight, this.scrollHeight] }").await;
    assert!(height <= 240.0 && inside > height, "{inside} in {height}");
    assert!(scene.tab.find("button", "List recent").await.is("expanded"));
    scene.assert_clean_beside(&[api.base_url()]);
}

#[tokio::test]
async fn a_tool_is_approved_with_the_keyboard_alone() {
    for (steps_back, outcome) in [(3, "proceed_once"), (2, "proceed_always"), (1, "cancel")] {
        let decided = Arc::new(Notify::new());
        let stream = match outcome {
            "cancel" => asking().wait(&decided).results("c1", "cancelled", "The user did not allow it."),
            _ => asking().wait(&decided).calls("c1", "orders__refund", "executing", json!({})).results(
                "c1",
                "success",
                "Refunded.",
            ),
        };
        let (scene, api) = open([stream.says("\n\nAll right.").done("I can refund that order.\n\nAll right.")]).await;
        scene.send("Refund it").await;
        let card = scene.tab.find("group", QUESTION).await;
        assert_order(&card.text().await, &["orders", "amount", "59.9", "A-1042", "reason", "picture", "Allow once"]);
        scene
            .tab
            .poll("the announcement", async || {
                let regions = scene.tab.find_all("status").await;
                let mut said = String::new();
                for region in regions {
                    said += &region.text().await;
                }
                said.contains(QUESTION).then_some(())
            })
            .await;
        scene.tab.screenshot("approval").await;
        // Nothing took the focus away from the composer.
        assert!(scene.tab.find("textbox", "Message").await.is("focused"));
        for _ in 0..steps_back {
            scene.tab.press("Shift+Tab").await;
        }
        let choice = CHOICES[3 - steps_back];
        assert!(scene.tab.find("button", choice).await.is("focused"), "{choice}");
        scene.tab.press("Enter").await;
        scene.tab.poll("the decision", async || api.bodies("/c1/approve").pop()).await;
        for choice in CHOICES {
            let is_disabled = async || scene.tab.find("button", choice).await.is("disabled").then_some(());
            scene.tab.poll("a disabled button", is_disabled).await;
        }
        // What is pressed again meanwhile is not sent again.
        scene.tab.press("Enter").await;
        decided.notify_one();
        scene.wait_for_answer("All right.").await;
        scene.tab.wait_until_gone("group", QUESTION).await;
        let focused = async || scene.tab.find("button", "Refund").await.is("focused").then_some(());
        scene.tab.poll("focus on the line that took the card's place", focused).await;
        assert_eq!(api.bodies("/c1/approve"), [json!({ "outcome": outcome })]);
        assert_eq!(log(&scene).await.contains("Not allowed"), outcome == "cancel");
        scene.tab.screenshot(&format!("approval-{outcome}")).await;
    }
}

#[tokio::test]
async fn a_decision_that_did_not_get_through_can_be_made_again() {
    let (scene, api) = open([asking().mute()]).await;
    api.refuse("/approve", 500, "INTERNAL_ERROR");
    scene.send("Refund it").await;
    scene.tab.find("button", "Allow once").await.click().await;
    scene.tab.wait_for_text("Your choice did not get through. Try again.").await;
    scene.tab.screenshot("approval-failed").await;
    let enabled = async || (!scene.tab.find("button", "Allow once").await.is("disabled")).then_some(());
    scene.tab.poll("an enabled button", enabled).await;
    scene.tab.find("button", "Allow once").await.click().await;
    scene.tab.poll("the decision", async || (api.bodies("/approve").len() == 2).then_some(())).await;
}

#[tokio::test]
async fn a_question_is_there_again_after_a_reload_and_the_stream_is_opened_again_once_decided() {
    // A server that was restarted while it waited has no stream under way.
    let waiting = json!({ "content": "I can refund that order.", "toolCalls": [{
        "callId": "c1", "toolName": "orders__refund", "status": "awaiting_approval", "args": { "order": "A-1042" },
        "textOffset": 24,
    }] });
    let (scene, api) = open([
        asking().mute(),
        Stream::of_history(waiting, false),
        Stream::of_history(json!({}), true)
            .says("I can refund that order.")
            .calls("c1", "orders__refund", "executing", json!({ "order": "A-1042" }))
            .results("c1", "success", "Refunded.")
            .says("\n\nIt is refunded.")
            .done("I can refund that order.\n\nIt is refunded."),
    ])
    .await;
    scene.send("Please").await;
    scene.tab.find("group", QUESTION).await;
    scene.tab.reload().await;
    scene.tab.find("dialog", TITLE).await;
    scene.tab.find("group", QUESTION).await;
    // It is stopped rather than written to while it waits.
    scene.tab.find("button", "Stop").await;
    scene.tab.find("button", "Allow once").await.click().await;
    scene.wait_for_answer("It is refunded.").await;
    scene.tab.wait_until_gone("group", QUESTION).await;
    scene.tab.find("button", "Send").await;
    assert_eq!(api.bodies(&format!("/{TASK}/tools/c1/approve")).len(), 1);
    assert_eq!(api.bodies("/stream").len(), 2);
}

#[tokio::test]
async fn a_question_goes_when_it_was_decided_elsewhere() {
    let decided = Arc::new(Notify::new());
    let end = asking().wait(&decided).calls("c1", "orders__refund", "executing", json!({})).mute();
    let (scene, api) = open([end]).await;
    scene.send("Refund it").await;
    scene.tab.find("group", QUESTION).await;
    decided.notify_one();
    scene.tab.wait_until_gone("group", QUESTION).await;
    scene.tab.find("button", "Refund").await;
    assert!(api.bodies("/approve").is_empty());
}

#[tokio::test]
async fn saved_calls_stand_between_the_passages() {
    let call = |id: &str, tool: &str, status: &str, offset: u64| {
        json!({ "callId": id, "toolName": tool, "status": status, "args": {}, "output": "x", "durationMs": 95_000,
            "textOffset": offset })
    };
    let answer = json!({ "content": "Né one.\n\nTwo.", "toolCalls": [
        call("c1", "shop__first", "success", 7), call("c2", "shop__second", "cancelled", 13),
    ] });
    let (scene, _api) = open([asking().mute(), Stream::of_history(answer, false)]).await;
    scene.send("Please").await;
    scene.tab.find("group", QUESTION).await;
    scene.tab.reload().await;
    scene.wait_for_answer("Two.").await;
    assert_order(&log(&scene).await, &["Né one.", "First", "1.6m", "Two.", "Second", "Not allowed"]);
}

#[tokio::test]
async fn a_tool_server_that_is_away_is_a_quiet_notice() {
    let message = "The MCP server \"orders\" needs API_TOKEN, which the token's context lacks.";
    let stream = Stream::of_run()
        .event("error", json!({ "code": "MCP_UNAVAILABLE", "message": message }))
        .says("I cannot see your orders.")
        .done("I cannot see your orders.");
    let (scene, _api) = open([stream]).await;
    scene.send("What did I order?").await;
    scene.wait_for_answer("I cannot see your orders.").await;
    scene.tab.wait_for_text("orders is not available right now.").await;
    assert!(scene.tab.find_all("alert").await.is_empty());
    let hint = scene.tab.console().into_iter().find(|line| line.text.contains("MCP_UNAVAILABLE"));
    assert!(hint.is_some_and(|line| line.level == "warning" && line.text.contains("API_TOKEN")));
    scene.tab.screenshot("tool-server-away").await;
}
