//! What a page of another origin can do to somebody who is signed in.

use super::signed_in;
use sigmic_tests::{browser::Browser, installation::Installation, page::Website};

#[tokio::test]
async fn a_form_a_fetch_and_a_frame_of_another_origin_change_nothing() {
    let (website, installation) = (Website::start().await, Installation::new());
    installation.create_account("ada@example.com", "owner").await;
    let server = installation.start().await;
    let browser = Browser::launch().await;
    let ada = signed_in(&browser, &server, "ada@example.com").await;
    let target = server.url("/console/sign-out-everywhere");
    let page = format!(
        "<!doctype html><html lang=en><title>Prizes</title><h1>Prizes</h1>\
         <form method=post action=\"{target}\"><button>Win</button></form>\
         <iframe title=Frame src=\"{}\"></iframe>",
        server.url("/console")
    );
    website.page("/", &[], page);
    let evil = browser.new_tab().await;
    evil.goto(&website.url("/")).await;
    let framed: bool = evil
        .evaluate("(() => { try { return document.querySelector('iframe').contentDocument !== null } catch { return false } })()")
        .await;
    assert!(!framed, "the frame shows nothing of the Console");
    let sent = format!(
        "fetch('{target}', {{ method: 'POST', credentials: 'include', mode: 'no-cors' }}).then(() => true, () => false)"
    );
    evil.evaluate::<bool>(&sent).await;
    let read =
        format!("fetch('{}', {{ credentials: 'include' }}).then(() => true, () => false)", server.url("/console"));
    assert!(!evil.evaluate::<bool>(&read).await, "no page of another origin reads the Console");
    evil.find("button", "Win").await.click().await;
    evil.find("heading", "You may not do this").await;
    ada.reload().await;
    ada.find("navigation", "Console").await;
}

#[tokio::test]
async fn a_link_from_another_website_finds_one_signed_in() {
    let (website, installation) = (Website::start().await, Installation::new());
    installation.create_account("ada@example.com", "owner").await;
    let server = installation.start().await;
    let browser = Browser::launch().await;
    signed_in(&browser, &server, "ada@example.com").await;
    let link = format!(
        "<!doctype html><html lang=en><title>Mail</title><a href=\"{}\">Your account</a>",
        server.url("/console/account")
    );
    website.page("/", &[], link);
    let tab = browser.new_tab().await;
    tab.goto(&website.url("/")).await;
    tab.find("link", "Your account").await.click().await;
    tab.find("heading", "Change the password").await;
}
