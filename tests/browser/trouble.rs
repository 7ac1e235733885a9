//! Networks that go silent, servers that refuse, pages whose `fetchToken` does not work.

use crate::{
    scene::{FETCH_TOKEN, Page, QUICK_TIMEOUTS, Scene, TITLE},
    scripted_api::{ScriptedApi, Stream},
};
use serde_json::json;
use sigmic_tests::model::Script;

const SESSION_SENTENCE: &str = "Your session could not be renewed. Try again.";

fn errors(scene: &Scene) -> Vec<String> {
    let events = scene.tab.messages().into_iter().filter(|message| message.data["type"] == "sigmic-chat-error");
    events.filter_map(|message| message.data["code"].as_str().map(str::to_owned)).collect()
}

/// Waits until the page was told of an error, and fails unless it is this one alone.
async fn expect_error(scene: &Scene, code: &str) {
    scene.tab.poll("the error's event", async || (!errors(scene).is_empty()).then_some(())).await;
    assert_eq!(errors(scene), [code]);
}

/// Calls a method of the widget.
async fn call(scene: &Scene, method: &str) {
    assert!(scene.tab.evaluate::<bool>(&format!("window.SigmicChat.{method}.then(() => true)")).await);
}

#[tokio::test]
async fn a_stream_that_goes_mute_is_taken_up_again() {
    let (scene, api) = (Scene::set().await, ScriptedApi::start().await);
    api.stream(Stream::of_run().says("The first half, ").mute());
    let rest = Stream::of_history(json!({}), true).says("The first half, the second half.");
    api.stream(rest.done("The first half, the second half."));
    scene.show_scripted(&api, Page { before: QUICK_TIMEOUTS, ..Page::default() }).await;
    scene.open_chat().await;
    scene.send("Please").await;
    scene.wait_for_answer("The first half, the second half.").await;
    assert_eq!(api.bodies("/tasks").len(), 1, "the message is sent once");
    assert_eq!(api.bodies("/stream").len(), 1);
    assert!(errors(&scene).is_empty(), "{:?}", errors(&scene));
    assert!(scene.tab.find_all("alert").await.is_empty());
}

#[tokio::test]
async fn a_fetch_token_that_does_not_work_is_an_error_with_a_button_and_no_loop() {
    for (fetch_token, code) in [
        ("() => { window.calls = (window.calls || 0) + 1; throw new Error('no') }", "FETCH_TOKEN_FAILED"),
        ("async () => { window.calls = (window.calls || 0) + 1; throw new Error('no') }", "FETCH_TOKEN_FAILED"),
        ("() => { window.calls = (window.calls || 0) + 1; return new Promise(() => {}) }", "FETCH_TOKEN_TIMEOUT"),
        ("() => { window.calls = (window.calls || 0) + 1; return { token: 'x' } }", "FETCH_TOKEN_INVALID"),
        ("() => { window.calls = (window.calls || 0) + 1 }", "FETCH_TOKEN_INVALID"),
    ] {
        let scene = Scene::set().await;
        let configuration = format!("fetchToken: {fetch_token}");
        let page = Page { token: "eyJ.refused.token", configuration: &configuration, ..Page::default() };
        scene.show(Page { before: QUICK_TIMEOUTS, ..page }).await;
        scene.open_chat().await;
        scene.send("Hello").await;
        scene.tab.wait_for_text(SESSION_SENTENCE).await;
        scene.tab.screenshot("fetch-token-fails").await;
        let calls = scene.tab.evaluate::<u32>("window.calls").await;
        scene.tab.find("button", "Try again").await.click().await;
        scene.tab.wait_for(&format!("window.calls === {}", calls + 1)).await;
        let failed_again = async || (errors(&scene).len() == 2).then_some(());
        scene.tab.poll("the second failure", failed_again).await;
        // A page that has mended itself is good at once.
        let told: Vec<_> = errors(&scene).into_iter().filter(|told| told != code).collect();
        assert!(told.is_empty(), "{code}: {told:?}");
        scene.model.script(Script::answer("Here I am."));
        call(&scene, &format!("update({{ {FETCH_TOKEN} }})")).await;
        scene.tab.find("button", "Try again").await.click().await;
        scene.wait_for_answer("Here I am.").await;
        assert_eq!(
            scene.tab.evaluate::<u32>("window.calls").await,
            calls + 1,
            "{code}: the old one is not asked again"
        );
    }
}

#[tokio::test]
async fn one_bad_token_is_told_once() {
    let scene = Scene::set().await;
    scene.show(Page { token: "eyJ.bad.token", configuration: "", ..Page::default() }).await;
    scene.open_chat().await;
    scene.send("Hello").await;
    scene.tab.wait_for_text("Your session has ended. Reload the page to go on.").await;
    scene.tab.find("button", "Send").await;
    expect_error(&scene, "INVALID_TOKEN").await;
    let told = || scene.tab.console().iter().filter(|line| line.text.starts_with("[Sigmic] INVALID_TOKEN")).count();
    scene.tab.poll("the hint for the developer", async || (told() > 0).then_some(())).await;
    assert_eq!(told(), 1, "{:#?}", scene.tab.console());
}

#[tokio::test]
async fn too_many_messages_are_told_at_once() {
    let (scene, api) = (Scene::set().await, ScriptedApi::start().await);
    api.refuse("/tasks", 429, "RATE_LIMITED");
    api.stream(Stream::of_run().says("Now.").done("Now."));
    scene.show_scripted(&api, Page::default()).await;
    scene.open_chat().await;
    scene.send("Hello").await;
    scene.tab.wait_for_text("That was a lot at once. Wait a moment and try again.").await;
    assert_eq!(api.bodies("/tasks").len(), 1);
    expect_error(&scene, "RATE_LIMITED").await;
    scene.tab.screenshot("rate-limited").await;
    scene.tab.find("button", "Try again").await.click().await;
    scene.wait_for_answer("Now.").await;
}

#[tokio::test]
async fn a_page_that_requires_trusted_types_is_served() {
    let scene = Scene::set().await;
    let token = scene.token(json!({})).await;
    scene.model.script(Script::answer("# Trusted\n\n- one\n\n```js\nlet a;\n```"));
    let policy = "require-trusted-types-for 'script'";
    scene.show(Page { token: &token, policy, ..Page::default() }).await;
    scene.open_chat().await;
    scene.send("Hello").await;
    scene.wait_for_answer("Trusted").await;
    scene.assert_clean();
}

#[tokio::test]
async fn a_shutdown_forgets_the_token_and_whose_it_was() {
    let scene = Scene::open().await;
    scene.open_chat().await;
    call(&scene, "shutdown()").await;
    scene.tab.wait_until_gone("dialog", TITLE).await;
    let stored = "JSON.stringify([{...localStorage}, {...sessionStorage}])";
    let kept: String = scene.tab.evaluate(stored).await;
    assert!(!kept.contains("visitor"), "{kept}");
    assert!(scene.tab.evaluate::<bool>("window.SigmicChat.token === undefined").await);
    let visits = scene.website.visits("/token");
    assert!(scene.model.requests().is_empty());
    // Whoever is there now is somebody else, whom the page has to name.
    scene.model.script(Script::answer("Hello, stranger."));
    call(&scene, "show()").await;
    scene.tab.find("dialog", TITLE).await;
    assert_eq!(scene.website.visits("/token"), visits, "nobody asked for anything yet");
    scene.send("Hello").await;
    scene.wait_for_answer("Hello, stranger.").await;
    assert_eq!(scene.website.visits("/token"), visits + 1);
}
