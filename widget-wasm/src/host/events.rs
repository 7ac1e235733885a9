//! Events for the page.

use super::{Boot, console};
use js_sys::{JSON, Object, Reflect};
use sigmic_shared::host_events::HostEvent;
use wasm_bindgen::JsValue;

/// Posts `event` to the page's own origin and to what the page registered with `on`.
pub fn emit(boot: &Boot, event: &HostEvent) {
    let data = to_js(event);
    if let Some(window) = web_sys::window() {
        // A page without an origin of its own (`null`, a sandboxed frame or a file) can only be reached so.
        let origin = console::origin();
        let target = if origin == "null" { "*" } else { &origin };
        let _ = window.post_message(&data, target);
    }
    boot.emit(&data);
}

fn to_js(event: &HostEvent) -> JsValue {
    let text = serde_json::to_string(event).unwrap_or_default();
    JSON::parse(&text).unwrap_or_else(|_| {
        let object = Object::new();
        let _ = Reflect::set(&object, &"type".into(), &event.kind().into());
        object.into()
    })
}
