//! Phones, the dark, languages, input methods: what visitors bring along.

use crate::{
    scene::{FETCH_TOKEN, Page, Scene, TITLE},
    scripted_api::{ScriptedApi, Stream},
};
use chromiumoxide::cdp::browser_protocol::emulation::{
    SafeAreaInsets, SetDeviceMetricsOverrideParams, SetSafeAreaInsetsOverrideParams,
};
use serde_json::json;
use sigmic_tests::{browser::Tab, model::Script};

/// Long words, wide code and a wide table: whatever could be wider than a phone.
const WIDE: &str = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft\n\n\
    ```\nlet a_line_of_code_that_is_wider_than_any_phone = \"and goes on and on and on and on\";\n```\n\n\
    | one | two | three | four | five | six |\n|---|---|---|---|---|---|\n\
    | 1111111 | 2222222 | 3333333 | 4444444 | 5555555 | 6666666 |\n\n\
    https://shop.example/an/address/that/does/not/end/anywhere/near/the/edge/of/the/screen";

/// The element's left, right, top and bottom edge.
const EDGES: &str = "function () { const { left, right, top, bottom } = this.getBoundingClientRect();
    return [left, right, top, bottom] }";

/// The colour behind an element.
const BACKGROUND: &str = "function () { return getComputedStyle(this).backgroundColor }";

async fn screen(tab: &Tab, width: i64, height: i64) {
    let screen = SetDeviceMetricsOverrideParams::new(width, height, 2.0, true);
    tab.page().execute(screen).await.expect("a screen can be emulated");
}

async fn assert_no_sideways_scroll(scene: &Scene) {
    let [page, window]: [f64; 2] = scene.tab.evaluate("[document.documentElement.scrollWidth, innerWidth]").await;
    assert!(page <= window, "the page is {page} wide in {window}");
    let overflow = "function () { return [...this.querySelectorAll('*'), this]
        .filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === 'visible'
            && getComputedStyle(e).display !== 'inline' && e.clientWidth > 1)
        .map(e => e.outerHTML.slice(0, 120)) }";
    let wide: Vec<String> = scene.tab.find("dialog", TITLE).await.call(overflow).await;
    assert!(wide.is_empty(), "wider than their place: {wide:#?}");
}

#[tokio::test]
async fn a_phone_shows_the_chat_on_the_whole_screen() {
    let scene = Scene::set().await;
    scene.tab.emulate_phone().await;
    let insets = SafeAreaInsets { top: Some(47), bottom: Some(34), ..SafeAreaInsets::default() };
    scene.tab.page().execute(SetSafeAreaInsetsOverrideParams::new(insets)).await.expect("insets can be emulated");
    let page = Page { style: "body { height: 4000px }", ..Page::default() };
    let token = scene.token(json!({})).await;
    scene.show(Page { token: &token, ..page }).await;
    scene.model.script(Script::answer(WIDE));
    scene.open_chat().await;
    let dialog = scene.tab.find("dialog", TITLE).await;
    assert!(dialog.is("modal"));
    scene.settle().await;
    let edges: [f64; 4] = dialog.call(EDGES).await;
    assert_eq!(edges, [0.0, 390.0, 0.0, 844.0]);
    // On a phone nothing brings up the keyboard uninvited, and Enter is a new line.
    assert!(!scene.tab.find("textbox", "Message").await.is("focused"));
    scene.tab.find("textbox", "Message").await.type_text("One").await;
    scene.tab.press("Enter").await;
    scene.tab.type_text("two").await;
    assert_eq!(scene.tab.find("textbox", "Message").await.value(), "One\ntwo");
    let size = "function () { return parseFloat(getComputedStyle(this).fontSize) }";
    assert!(scene.tab.find("textbox", "Message").await.call::<f64>(size).await >= 16.0, "else iOS zooms in");
    scene.tab.find("button", "Send").await.click().await;
    scene.wait_for_answer("the/screen").await;
    let [.., bottom]: [f64; 4] = scene.tab.find("textbox", "Message").await.call(EDGES).await;
    assert!(bottom <= 844.0 - 34.0, "the composer ends at {bottom}, in the home indicator's place");
    let [_, _, top, _]: [f64; 4] = scene.tab.find("button", "Close").await.call(EDGES).await;
    assert!(top >= 47.0, "Close begins at {top}, under the camera");
    assert_eq!(scene.tab.evaluate::<String>("getComputedStyle(document.documentElement).overflowY").await, "hidden");
    assert_no_sideways_scroll(&scene).await;
    scene.settle().await;
    scene.tab.screenshot("phone").await;
    screen(&scene.tab, 320, 568).await;
    scene.tab.wait_for("innerWidth === 320").await;
    assert_no_sideways_scroll(&scene).await;
    scene.settle().await;
    scene.tab.screenshot("phone-320").await;
    scene.tab.find("button", "Close").await.click().await;
    scene.tab.wait_until_gone("dialog", TITLE).await;
    assert_ne!(scene.tab.evaluate::<String>("getComputedStyle(document.documentElement).overflowY").await, "hidden");
}

#[tokio::test]
async fn the_smallest_phone_has_room_for_a_question() {
    let (scene, api) = (Scene::set().await, ScriptedApi::start().await);
    scene.tab.emulate_phone().await;
    screen(&scene.tab, 320, 568).await;
    let args = json!({ "order": "A-1042", "a_name_without_any_gap_that_is_wider_than_the_screen_of_a_phone": WIDE });
    api.stream(Stream::of_run().calls("c1", "orders__refund_everything_at_once", "awaiting_approval", args).mute());
    scene.show_scripted(&api, Page::default()).await;
    scene.open_chat().await;
    scene.tab.find("textbox", "Message").await.type_text("Refund it").await;
    scene.tab.find("button", "Send").await.click().await;
    scene.tab.find("group", "Allow “Refund everything at once”?").await;
    assert_no_sideways_scroll(&scene).await;
    for choice in ["Allow once", "Always allow", "Don't allow"] {
        let [left, right, top, bottom]: [f64; 4] = scene.tab.find("button", choice).await.call(EDGES).await;
        assert!(left >= 0.0 && right <= 320.0 && bottom - top >= 40.0, "{choice}: {left} to {right}");
    }
    scene.settle().await;
    scene.tab.screenshot("phone-320-approval").await;
}

#[tokio::test]
async fn the_chat_is_dark_when_the_visitor_likes_it_dark() {
    let scene = Scene::open().await;
    scene.model.script(Script::answer(
        "A `dark` answer.\n\n```rust\nfn main() {}\n```\n\n> quoted\n\n| a | b |\n|---|---|\n| 1 | 2 |",
    ));
    scene.open_chat().await;
    scene.send("Is it dark?").await;
    scene.wait_for_answer("quoted").await;
    let light: String = scene.tab.find("dialog", TITLE).await.call(BACKGROUND).await;
    assert_eq!(light, "rgb(255, 255, 255)");
    // It follows at once, without a reload.
    scene.tab.emulate_media(&[("prefers-color-scheme", "dark")]).await;
    let dark = async || {
        let now: String = scene.tab.find("dialog", TITLE).await.call(BACKGROUND).await;
        (now != light).then_some(now)
    };
    assert_eq!(scene.tab.poll("a dark panel", dark).await, "rgb(23, 24, 28)");
    scene.tab.screenshot("dark").await;
    // What the page decides outweighs it.
    let configuration = format!("{FETCH_TOKEN}, theme: 'light'");
    scene.show_page(&scene.token(json!({})).await, &configuration, "").await;
    scene.tab.find("dialog", TITLE).await;
    assert_eq!(scene.tab.find("dialog", TITLE).await.call::<String>(BACKGROUND).await, light);
}

#[tokio::test]
async fn an_arabic_page_has_an_arabic_chat_from_right_to_left() {
    let (scene, api) = (Scene::set().await, ScriptedApi::start().await);
    let args = json!({ "order": "A-1042", "reason": "وصل الطلب مكسورًا" });
    let stream = Stream::of_run()
        .says("يمكنني ردّ المبلغ. الطلب `A-1042`:\n\n- واحد\n- اثنان")
        .calls("c1", "orders__list_recent", "executing", json!({}))
        .results("c1", "success", "[]")
        .calls("c2", "orders__refund", "awaiting_approval", args);
    api.stream(stream.mute());
    scene.show_scripted(&api, Page { lang: "ar", ..Page::default() }).await;
    scene.tab.find_role("button").await.click().await;
    let dialog = scene.tab.find("dialog", "الدردشة مع الذكاء الاصطناعي").await;
    assert_eq!(dialog.call::<String>("function () { return getComputedStyle(this).direction }").await, "rtl");
    scene.tab.find_role("textbox").await.type_text("مرحبا").await;
    scene.tab.press("Enter").await;
    let card = scene.tab.find("group", "هل تسمح بـ«Refund»؟").await;
    let directions = "function () { return [...this.querySelectorAll('li')].map(e => getComputedStyle(e).direction) }";
    assert_eq!(scene.tab.find_role("log").await.call::<Vec<String>>(directions).await, ["rtl", "rtl"]);
    let [card_left, card_right, ..]: [f64; 4] = card.call(EDGES).await;
    let [once_left, once_right, ..]: [f64; 4] = scene.tab.find("button", "السماح مرة واحدة").await.call(EDGES).await;
    assert!(card_right - once_right < once_left - card_left, "the first button is on the right");
    let [close_left, ..]: [f64; 4] = scene.tab.find("button", "إغلاق").await.call(EDGES).await;
    let [dialog_left, dialog_right, ..]: [f64; 4] = scene.tab.find_role("dialog").await.call(EDGES).await;
    assert!(close_left - dialog_left < (dialog_right - dialog_left) / 2.0, "Close is on the left");
    scene.settle().await;
    scene.tab.screenshot("arabic").await;
    // The page may ask for another language than its own.
    let configuration = format!("{FETCH_TOKEN}, locale: 'de-AT'");
    scene.show_page(&scene.token(json!({})).await, &configuration, "").await;
    scene.tab.find("textbox", "Nachricht").await;
}

#[tokio::test]
async fn an_input_method_takes_enter_for_itself() {
    let scene = Scene::open().await;
    scene.model.script(Script::answer("はい。"));
    scene.open_chat().await;
    scene.tab.find("textbox", "Message").await.click().await;
    scene.tab.compose("にほん").await;
    scene.tab.press_for_input_method("Enter", false).await;
    scene.tab.press_for_input_method("Enter", true).await;
    // Escape would close the chat.
    scene.tab.press_for_input_method("Escape", false).await;
    scene.tab.find("dialog", TITLE).await;
    assert!(scene.tab.find("textbox", "Message").await.value().contains("にほん"));
    scene.tab.paste("日本語").await;
    let written = async || (scene.tab.find("textbox", "Message").await.value() == "日本語").then_some(());
    scene.tab.poll("the composed text", written).await;
    assert!(scene.model.requests().is_empty(), "Enter belonged to the input method");
    scene.tab.press("Enter").await;
    scene.wait_for_answer("はい。").await;
    assert_eq!(scene.model.request(0).await.last_text(), "日本語");
}
