//! Tokens that expire, and tokens that are refused.

use crate::scene::{FETCH_TOKEN, Scene, TITLE};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;
use sigmic_shared::ErrorCode;
use sigmic_tests::model::Script;

/// A token that looks good for an hour and that the server refuses.
fn forged_token(scene: &Scene) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("it is after 1970").as_secs();
    let claims = json!({
        "appId": scene.app.app_id,
        "sub": "visitor",
        "allowedOrigins": [scene.website.origin()],
        "iat": now,
        "exp": now + 3600,
    });
    jsonwebtoken::encode(&Header::default(), &claims, &EncodingKey::from_secret(b"somebody else's key"))
        .expect("it can be signed")
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_for_all_requests() {
    let scene = Scene::set().await;
    scene.model.script(Script::answer("Welcome back."));
    scene.show_page(&forged_token(&scene), FETCH_TOKEN, "").await;
    scene.open_chat().await;
    scene.send("Hello").await;
    scene.wait_for_answer("Welcome back.").await;
    assert_eq!(scene.website.visits("/token"), 1);
    assert_eq!(scene.model.requests().len(), 1);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires() {
    let scene = Scene::set().await;
    scene.model.script(Script::answer("Still here."));
    scene.show_page(&scene.token(json!({ "expiresIn": "8s" })).await, FETCH_TOKEN, "").await;
    scene.open_chat().await;
    let renewed = async || (scene.website.visits("/token") == 1).then_some(());
    scene.tab.poll("a new token", renewed).await;
    scene.send("Hello").await;
    scene.wait_for_answer("Still here.").await;
    assert_eq!(scene.website.visits("/token"), 1);
    let refused = scene.tab.console().into_iter().filter(|message| message.text.contains("401")).count();
    assert_eq!(refused, 0, "{:#?}", scene.tab.console());
}

#[tokio::test]
async fn two_tabs_share_one_call_for_a_new_token() {
    let scene = Scene::set().await;
    scene.show_page(&scene.token(json!({ "expiresIn": "24s" })).await, FETCH_TOKEN, "").await;
    scene.open_chat().await;
    let other = scene.browser.new_tab().await;
    other.goto(&scene.website.url("/")).await;
    other.find("button", TITLE).await.click().await;
    other.find("dialog", TITLE).await;
    // Both hold the same token and find it old at the same moment.
    let renewed = async || (scene.website.visits("/token") > 0).then_some(());
    scene.tab.poll("a new token", renewed).await;
    for (tab, answer) in [(&scene.tab, "One."), (&other, "Two.")] {
        scene.model.script(Script::answer(answer));
        tab.find("textbox", "Message").await.type_text("Hello").await;
        tab.press("Enter").await;
        tab.wait_for_text(answer).await;
        let refused = tab.console().into_iter().filter(|message| message.text.contains("401")).count();
        assert_eq!(refused, 0, "{:#?}", tab.console());
    }
    assert_eq!(scene.website.visits("/token"), 1);
}

#[tokio::test]
async fn without_fetch_token_a_refusal_is_told_to_visitor_page_and_developer() {
    let scene = Scene::set().await;
    scene.show_page(&forged_token(&scene), "", "").await;
    scene.open_chat().await;
    scene.send("Hello").await;
    scene.tab.wait_for_text("Your session has ended. Reload the page to go on.").await;
    let code = ErrorCode::InvalidToken.code();
    let event = scene.tab.wait_for_message(|message| message.data["type"] == "sigmic-chat-error").await;
    assert_eq!(event.data["code"], code);
    assert_eq!(event.origin, scene.website.origin());
    assert!(scene.tab.console().iter().any(|message| message.text.contains(code)), "{:#?}", scene.tab.console());
    assert_eq!(scene.model.requests().len(), 0);
}
