//! The browser, tried on a page with everything that matters to the widget: another origin, a
//! closed shadow root, a strict policy, dialogs, messages.

use super::*;
use crate::page::Website;
use serde_json::json;

const PAGE: &str = r#"<!doctype html><title>Shop</title><main><x-chat></x-chat><input aria-label="Search"></main>
    <script src="/page.js"></script><script>console.log("inline runs")</script>"#;

const SCRIPT: &str = r#"
    const root = document.querySelector("x-chat").attachShadow({ mode: "closed" });
    const make = (tag, attributes, parent) => {
        const element = parent.appendChild(document.createElement(tag));
        for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
        return element;
    };
    const button = make("button", { "aria-expanded": "false" }, root);
    button.textContent = "Chat";
    button.onclick = () => {
        button.setAttribute("aria-expanded", "true");
        const dialog = make("div", { role: "dialog", "aria-label": "Chat" }, root);
        const field = make("textarea", { "aria-label": "Message" }, dialog);
        const log = make("div", { role: "log", "aria-label": "Messages" }, dialog);
        field.onkeydown = event => {
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            log.textContent += field.value;
            field.value = "";
        };
        postMessage({ type: "opened" }, location.origin);
        console.warn("opened", { by: 1 }, 2);
        alert("hello");
        fetch("http://elsewhere.invalid/x").catch(() => {});
    };
"#;

async fn shop() -> (Website, Browser, Tab) {
    let website = Website::start().await;
    let policy = "script-src 'self'; connect-src *";
    website.page("/", &[("content-security-policy", policy)], PAGE);
    website.page("/page.js", &[("content-type", "text/javascript")], SCRIPT);
    let browser = Browser::launch().await;
    let tab = browser.new_tab().await;
    tab.goto(&website.url("/")).await;
    (website, browser, tab)
}

#[tokio::test]
async fn what_is_in_a_shadow_root_is_found_clicked_and_typed_into() {
    let (website, _browser, tab) = shop().await;
    let launcher = tab.find("button", "Chat").await;
    assert_eq!((launcher.is("expanded"), launcher.state("expanded")), (false, Some(&json!(false))));
    launcher.click().await;
    tab.find("dialog", "Chat").await;
    assert!(tab.find("button", "Chat").await.is("expanded"));

    let field = tab.find("textbox", "Message").await;
    field.type_text("Where's ž+1?\nHere").await;
    assert_eq!(tab.find("textbox", "Message").await.value(), "Where's ž+1?\nHere");
    assert!(tab.find("textbox", "Message").await.is("focused"));
    tab.press("Enter").await;
    tab.wait_for_text("Here").await;
    assert_eq!(tab.find_role("log").await.text().await, "Where's ž+1?\nHere");

    tab.compose("にほ").await;
    tab.press("Control+a").await;
    tab.press("Backspace").await;
    tab.paste("pasted").await;
    assert_eq!(tab.find("textbox", "Message").await.value(), "pasted");
    tab.press("Shift+Tab").await;
    assert!(tab.find("button", "Chat").await.is("focused"));
    tab.wait_until_gone("dialog", "Elsewhere").await;
    assert_eq!(website.visits("/page.js"), 1);
    assert!(tab.screenshot("shop").await.exists());
}

#[tokio::test]
async fn what_happens_in_a_tab_is_recorded() {
    let (website, _browser, tab) = shop().await;
    tab.find("button", "Chat").await.click().await;
    let message = tab.wait_for_message(|message| message.data["type"] == "opened").await;
    assert_eq!(message.origin, website.origin());
    assert_eq!(tab.poll("a dialog", async || tab.dialogs().pop()).await, "hello");
    let foreign = async || tab.requests().into_iter().find(|request| request.url.contains("elsewhere"));
    assert_eq!(tab.poll("the request", foreign).await.url, "http://elsewhere.invalid/x");
    let violation = tab.poll("a violation", async || tab.violations().pop()).await;
    assert_eq!((violation.directive.as_str(), violation.blocked.as_str()), ("script-src-elem", "inline"));
    let opened =
        tab.console().into_iter().find(|message| message.level == "warning" && message.text.starts_with("opened"));
    assert!(opened.is_some_and(|message| message.text.ends_with(" 2")), "{:?}", tab.console());
    assert!(!tab.console().iter().any(|message| message.text == "inline runs"));
}

#[tokio::test]
async fn a_tab_can_be_a_phone_in_the_dark() {
    let (_website, _browser, tab) = shop().await;
    tab.emulate_phone().await;
    tab.emulate_media(&[("prefers-color-scheme", "dark")]).await;
    tab.reload().await;
    assert!(tab.evaluate::<bool>("matchMedia('(prefers-color-scheme: dark) and (pointer: coarse)').matches").await);
    tab.wait_for("innerWidth === 390 || innerWidth === 980").await;
}
