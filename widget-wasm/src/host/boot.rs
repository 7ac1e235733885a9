//! The object that `assets/boot.js` hands over together with the launcher it painted.

use wasm_bindgen::prelude::*;
use web_sys::{CssStyleSheet, HtmlButtonElement, HtmlElement};

#[wasm_bindgen]
extern "C" {
    /// What the boot script made, and the page's configuration as it is.
    #[derive(Clone, Debug)]
    pub type Boot;

    /// The page's configuration object, with the methods on it.
    #[wasm_bindgen(method, getter)]
    pub fn config(this: &Boot) -> js_sys::Object;

    /// Origin and path of the server, without a slash at the end.
    #[wasm_bindgen(method, getter)]
    pub fn host(this: &Boot) -> String;

    /// The section inside the shadow root, with the launcher in it.
    #[wasm_bindgen(method, getter)]
    pub fn frame(this: &Boot) -> HtmlElement;

    /// The launcher.
    #[wasm_bindgen(method, getter)]
    pub fn launcher(this: &Boot) -> HtmlButtonElement;

    #[wasm_bindgen(method, getter)]
    fn vars(this: &Boot) -> CssStyleSheet;

    /// Whether the launcher was clicked before the chat was there.
    #[wasm_bindgen(method, getter)]
    pub fn wanted(this: &Boot) -> bool;

    /// Calls what the page registered with `on`.
    #[wasm_bindgen(method)]
    pub fn emit(this: &Boot, event: &JsValue);
}

impl Boot {
    /// Sets the custom properties that configuration and window decide; `properties` are CSS declarations.
    pub fn set_properties(&self, properties: &str) {
        let _ = self.vars().replace_sync(&format!(":host{{{properties}}}"));
    }
}
