//! The Console in a real Chromium.

mod cross_site;
mod first_run;
mod pages;

use sigmic_tests::{
    browser::{Browser, Tab},
    console::PASSWORD,
    server::Server,
};

/// A tab in which somebody is signed in.
async fn signed_in(browser: &Browser, server: &Server, email: &str) -> Tab {
    let tab = browser.new_tab().await;
    tab.goto(&server.url("/console/sign-in")).await;
    tab.find("textbox", "Email").await.type_text(email).await;
    tab.find("textbox", "Password").await.type_text(PASSWORD).await;
    tab.find("button", "Sign in").await.click().await;
    tab.find("navigation", "Console").await;
    tab
}

/// Fails if the page met anybody but the server, or broke its policy.
fn assert_clean(tab: &Tab, server: &Server) {
    let own = format!("{}/", server.base_url());
    let is_own = |url: &str| url.starts_with(&own) || url.starts_with("data:") || url == "about:blank";
    let foreign: Vec<_> = tab.requests().into_iter().filter(|request| !is_own(&request.url)).collect();
    assert!(foreign.is_empty(), "{foreign:#?}");
    assert!(tab.violations().is_empty(), "{:#?}", tab.violations());
    assert!(tab.dialogs().is_empty(), "{:#?}", tab.dialogs());
}
