//! Keys, pressed as a keyboard does.

use chromiumoxide::{
    Page,
    cdp::browser_protocol::input::{
        DispatchKeyEventParams, DispatchKeyEventType, ImeSetCompositionParams, InsertTextParams,
    },
};

/// Keys that are more than a character: name, code, virtual key code, text.
const KEYS: &[(&str, &str, i64, &str)] = &[
    ("Enter", "Enter", 13, "\r"),
    ("Escape", "Escape", 27, ""),
    ("Tab", "Tab", 9, ""),
    ("Backspace", "Backspace", 8, ""),
    ("Delete", "Delete", 46, ""),
    ("ArrowUp", "ArrowUp", 38, ""),
    ("ArrowDown", "ArrowDown", 40, ""),
    ("ArrowLeft", "ArrowLeft", 37, ""),
    ("ArrowRight", "ArrowRight", 39, ""),
    ("Home", "Home", 36, ""),
    ("End", "End", 35, ""),
    ("PageUp", "PageUp", 33, ""),
    ("PageDown", "PageDown", 34, ""),
    (" ", "Space", 32, " "),
];

/// Presses and releases one key, `Enter` or `a`, with modifiers in front: `Shift+Tab`, `Control+a`.
pub(super) async fn press(page: &Page, combination: &str) {
    let mut parts: Vec<&str> = combination.split('+').collect();
    let key = parts.pop().expect("splitting gives at least one part");
    let modifiers = parts.iter().map(|part| modifier(part)).sum();
    let (code, virtual_key, text) = match KEYS.iter().find(|(name, ..)| *name == key) {
        Some(&(_, code, virtual_key, text)) => (code.to_owned(), virtual_key, text.to_owned()),
        None => character(key),
    };
    let mut down = DispatchKeyEventParams::new(DispatchKeyEventType::KeyDown);
    down.key = Some(key.to_owned());
    down.code = Some(code);
    down.windows_virtual_key_code = Some(virtual_key);
    down.modifiers = Some(modifiers);
    // With Control, Alt or Meta a key is a command and writes nothing.
    down.text = (!text.is_empty() && modifiers & 7 == 0).then_some(text);
    let mut up = DispatchKeyEventParams { r#type: DispatchKeyEventType::KeyUp, ..down.clone() };
    up.text = None;
    page.execute(down).await.expect("a key can be pressed");
    page.execute(up).await.expect("a key can be released");
}

/// Presses a key that an input method takes for itself: it writes nothing. Some browsers tell such a key by the code
/// 229 alone, as `bare` does.
pub(super) async fn press_for_input_method(page: &Page, key: &str, bare: bool) {
    let known = KEYS.iter().find(|(name, ..)| *name == key).map_or(0, |&(_, _, virtual_key, _)| virtual_key);
    for r#type in [DispatchKeyEventType::RawKeyDown, DispatchKeyEventType::KeyUp] {
        let mut event = DispatchKeyEventParams::new(r#type);
        event.key = Some(key.to_owned());
        event.windows_virtual_key_code = Some(if bare { 229 } else { known });
        page.execute(event).await.expect("a key can be pressed");
    }
}

/// Types `text` key by key. A line break is Shift+Enter, since Enter alone sends.
pub(super) async fn type_text(page: &Page, text: &str) {
    for character in text.chars() {
        match character {
            '\n' => press(page, "Shift+Enter").await,
            '+' => insert(page, "+").await,
            _ => press(page, character.encode_utf8(&mut [0; 4])).await,
        }
    }
}

/// Puts `text` in at once, as pasting does.
pub(super) async fn insert(page: &Page, text: &str) {
    page.execute(InsertTextParams::new(text)).await.expect("text can be put in");
}

/// Shows `text` as being composed by an input method; the composition stays open.
pub(super) async fn compose(page: &Page, text: &str) {
    let end = text.encode_utf16().count() as i64;
    page.execute(ImeSetCompositionParams::new(text, end, end)).await.expect("text can be composed");
}

fn modifier(name: &str) -> i64 {
    match name {
        "Alt" => 1,
        "Control" => 2,
        "Meta" => 4,
        "Shift" => 8,
        _ => panic!("{name} is no modifier"),
    }
}

fn character(key: &str) -> (String, i64, String) {
    let mut characters = key.chars();
    let (Some(character), None) = (characters.next(), characters.next()) else { panic!("{key} is no key") };
    let upper = character.to_ascii_uppercase();
    match upper {
        'A'..='Z' => (format!("Key{upper}"), i64::from(u32::from(upper)), key.to_owned()),
        '0'..='9' => (format!("Digit{upper}"), i64::from(u32::from(upper)), key.to_owned()),
        _ => (String::new(), 0, key.to_owned()),
    }
}
