//! From an empty database to a widget that answers on another origin, with nothing but what the Console shows.

use super::assert_clean;
use serde_json::json;
use sigmic_tests::{
    browser::{Browser, Tab},
    client::Client,
    console::PASSWORD,
    installation::{AppCredentials, Installation},
    model::{ModelServer, Script},
    page::Website,
};

async fn text_of(tab: &Tab, id: &str) -> String {
    tab.evaluate(&format!("document.getElementById('{id}').textContent")).await
}

async fn choose(tab: &Tab, id: &str, value: &str) {
    tab.evaluate::<bool>(&format!("document.getElementById('{id}').value = '{value}', true")).await;
}

#[tokio::test]
async fn from_nothing_to_an_answer_on_another_origin() {
    let (model, website, installation) = (ModelServer::start().await, Website::start().await, Installation::new());
    model.otherwise(|request| Script::answer(&format!("You said: {}", request.last_text())));
    let server = installation.start().await;
    let line = server.logged("/console/setup?token=").await;
    let (_, link) = line.split_once("http://").unwrap();
    let link = link.split(['"', ' ']).next().unwrap();
    let browser = Browser::launch().await;
    let tab = browser.new_tab().await;

    tab.goto(&format!("http://{link}")).await;
    tab.find("textbox", "Email").await.type_text("ada@example.com").await;
    assert_eq!(tab.find_barriers().await, Vec::<String>::new(), "the first account");
    tab.find("textbox", "Password").await.type_text(PASSWORD).await;
    tab.find("textbox", "Password, once more").await.type_text(PASSWORD).await;
    tab.find("button", "Make the account").await.click().await;

    tab.find("heading", "Welcome").await;
    tab.find("link", "New project").await.click().await;
    tab.find("heading", "New project").await;
    tab.find("textbox", "Name").await.type_text("Support").await;
    tab.find("textbox", "Model optional").await.type_text("scripted").await;
    tab.find("textbox", "Base URL optional").await.type_text(model.base_url()).await;
    tab.find("button", "Create the project").await.click().await;
    tab.wait_for_text("The project Support is there.").await;
    tab.find("button", "Test connection").await.click().await;
    tab.wait_for_text("The model answers.").await;

    tab.find("link", "Overview").await.click().await;
    tab.find("link", "New app").await.click().await;
    tab.find("heading", "New app").await;
    tab.find("textbox", "Name").await.type_text("Website").await;
    tab.find("textbox", "Allowed origins").await.type_text(&format!("{}/shop", website.origin())).await;
    tab.wait_for_text("leave out everything after the host and port").await;
    tab.find("button", "Create the app").await.click().await;
    tab.wait_for_text("is not an origin").await;
    assert_eq!(tab.find_barriers().await, Vec::<String>::new(), "the form with its errors");
    choose(&tab, "origins", &website.origin()).await;
    tab.find("button", "Create the app").await.click().await;
    tab.find("heading", "Website").await;
    tab.wait_for_text("Copy the secret now.").await;
    assert_eq!(tab.find_barriers().await, Vec::<String>::new(), "the secret");
    let app = AppCredentials { app_id: text_of(&tab, "app-id").await, app_secret: text_of(&tab, "app-secret").await };
    let tags = text_of(&tab, "snippet-tags").await;
    tab.screenshot_whole("console-secret").await;
    tab.reload().await;
    tab.find("heading", "Allowed origins").await;
    assert!(!tab.evaluate::<String>("document.body.textContent").await.contains(&app.app_secret));

    // What the snippet for a backend does.
    let token = Client::anonymous(&server).token_with(&app, "visitor-1", json!({})).await;
    website.token_route("/api/chat-token", &server, &app, "visitor-1");
    let tags = tags.replace("eyJ… from your backend", &token);
    website.page("/", &[], format!("<!doctype html><html lang=en><title>Shop</title><h1>Shop</h1>{tags}"));
    let visitor = browser.new_tab().await;
    visitor.goto(&website.url("/")).await;
    visitor.find("button", "Chat with AI").await.click().await;
    visitor.find("textbox", "Message").await.type_text("Hello there").await;
    visitor.press("Enter").await;
    visitor.wait_for_text("You said: Hello there").await;

    tab.find("link", "Overview").await.click().await;
    tab.find("heading", "We saw your first message").await;
    assert_clean(&tab, &server);
}
