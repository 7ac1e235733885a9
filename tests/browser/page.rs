//! The widget and the page around it: events, keys, roles, styles.

use crate::scene::{FETCH_TOKEN, Scene, TITLE};
use serde_json::json;
use sigmic_tests::model::Script;

#[tokio::test]
async fn the_page_hears_of_everything_in_order() {
    let scene = Scene::open().await;
    scene.model.script(Script::answer("Hello."));
    scene.open_chat().await;
    scene.send("Hi").await;
    scene.wait_for_answer("Hello.").await;
    let task = scene.tab.wait_for_message(|message| message.data["type"] == "sigmic-chat-task").await;
    assert!(task.data["taskId"].as_str().is_some_and(|id| id.len() == 36), "{task:?}");
    scene.tab.find("button", "Maximize").await.click().await;
    scene.tab.find("button", "Restore").await.click().await;
    scene.tab.find("button", "Close").await.click().await;
    scene.tab.wait_for_message(|message| message.data["type"] == "sigmic-chat-close").await;
    let expected = ["ready", "open", "task", "maximize", "restore", "close"].map(|name| format!("sigmic-chat-{name}"));
    assert_eq!(scene.events(), expected);
    let told = format!("{:?}", scene.tab.messages());
    assert!(!told.contains("Hi\"") && !told.contains("Hello") && !told.contains("eyJ"), "{told}");
}

#[tokio::test]
async fn keys_alone_are_enough() {
    let scene = Scene::open().await;
    let launcher = scene.tab.find("button", TITLE).await;
    assert_eq!(launcher.state("expanded"), Some(&json!(false)));
    scene.tab.press("Tab").await;
    assert!(scene.tab.find("button", TITLE).await.is("focused"));
    scene.tab.press("Enter").await;
    scene.tab.find("dialog", TITLE).await;
    scene.tab.find_role("log").await;
    let focused = async || scene.tab.find("textbox", "Message").await.is("focused").then_some(());
    scene.tab.poll("focus in the composer", focused).await;
    scene.tab.press("Escape").await;
    scene.tab.wait_until_gone("dialog", TITLE).await;
    let back = async || scene.tab.find("button", TITLE).await.is("focused").then_some(());
    scene.tab.poll("focus back on the launcher", back).await;
}

#[tokio::test]
async fn styles_of_the_page_stay_outside() {
    let scene = Scene::set().await;
    scene.model.script(Script::answer("Untouched."));
    scene.show_page(&scene.token(json!({})).await, FETCH_TOKEN, "* { all: unset !important; }").await;
    scene.open_chat().await;
    scene.send("How do you look?").await;
    scene.wait_for_answer("Untouched.").await;
    let place = "function () { const { left, right, top, bottom } = this.getBoundingClientRect();
        return [left, right, top, bottom] }";
    let [left, right, top, bottom]: [f64; 4] = scene.tab.find("dialog", TITLE).await.call(place).await;
    let [width, height]: [f64; 2] = scene.tab.evaluate("[innerWidth, innerHeight]").await;
    assert!(left > width / 2.0 && right <= width, "{left} to {right} of {width}");
    assert!(top >= 0.0 && bottom <= height && bottom - top > 300.0, "{top} to {bottom} of {height}");
    scene.tab.screenshot("hostile-styles").await;
    scene.assert_clean();
}
