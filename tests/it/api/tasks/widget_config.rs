//! `GET /widget/config`

use crate::scene::{PROJECT, Scene};
use serde_json::json;
use sigmic_shared::{ErrorCode, routes};
use sigmic_tests::eventually;

#[tokio::test]
async fn a_page_learns_how_its_app_looks() {
    let scene = Scene::start().await;
    let user = scene.user("u1").await;
    let plain = user.get(routes::WIDGET_CONFIG).await;
    assert_eq!(plain.data()["branding"], json!({}));
    assert!(plain.data()["features"]["files"].is_boolean());
    let branding = json!({
        "title": "Ask us", "logo": "https://shop.example/logo.svg", "primaryColor": "#06c", "welcomeMessage": "Hi!",
        "suggestions": ["Where is my order?"],
    });
    scene.installation.apply(json!({ "projects": [{ "name": PROJECT, "branding": branding }] })).await;
    eventually("the branding reaches the server", async || {
        (user.get(routes::WIDGET_CONFIG).await.data()["branding"] == branding).then_some(())
    })
    .await;
    scene.anonymous().get(routes::WIDGET_CONFIG).await.expect_error(ErrorCode::AuthRequired);
}
