//! Asking and being answered.

use crate::scene::{Scene, TITLE};
use sigmic_tests::model::{Gate, Script};

#[tokio::test]
async fn two_tags_on_another_origin_bring_an_answer() {
    let scene = Scene::open().await;
    scene.model.script(Script::answer("The answer is forty-two, of course."));
    scene.open_chat().await;
    scene.send("What is the answer?").await;
    scene.wait_for_answer("The answer is forty-two, of course.").await;
    let asked = scene.model.request(0).await.last_text();
    assert_eq!(asked, "What is the answer?");
    scene.assert_clean();
    scene.tab.screenshot("first-answer").await;
}

#[tokio::test]
async fn a_reload_in_the_middle_of_an_answer_picks_it_up() {
    let (scene, gate) = (Scene::open().await, Gate::new());
    scene.model.script(Script::new().text("The first half, ").gate(&gate).text("the second half.").finish("stop"));
    scene.open_chat().await;
    scene.send("Tell me").await;
    scene.wait_for_answer("The first half,").await;
    scene.tab.reload().await;
    // It comes back open, as it was left.
    scene.tab.find("dialog", TITLE).await;
    scene.wait_for_answer("The first half,").await;
    gate.open();
    scene.wait_for_answer("The first half, the second half.").await;
    assert_eq!(scene.model.requests().len(), 1);
    scene.assert_clean();
}

#[tokio::test]
async fn stop_ends_the_answer_and_keeps_its_text() {
    let scene = Scene::open().await;
    scene.model.script(Script::new().text("It begins").stall());
    scene.open_chat().await;
    scene.send("Go on for ever").await;
    scene.wait_for_answer("It begins").await;
    scene.tab.find("button", "Stop").await.click().await;
    scene.model.request(0).await.abandoned().await;
    scene.tab.find("button", "Send").await;
    scene.wait_for_answer("It begins").await;
}
