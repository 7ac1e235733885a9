//! The window and the document around the chat, as far as the chat looks at them or changes them.

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{CssStyleSheet, Document, Event, EventTarget, MediaQueryList, Window};

/// Windows up to this width show the chat on the whole screen; so do phones held sideways.
pub const PHONE: &str = "(max-width: 667px), (max-height: 480px) and (pointer: coarse)";
/// The visitor's system prefers dark colours.
pub const DARK: &str = "(prefers-color-scheme: dark)";

/// Listens until it is dropped.
pub struct Listener {
    target: EventTarget,
    event: &'static str,
    closure: Closure<dyn FnMut(Event)>,
}

impl Listener {
    fn new(target: &EventTarget, event: &'static str, mut act: impl FnMut() + 'static) -> Self {
        let closure = Closure::<dyn FnMut(Event)>::new(move |_| act());
        let _ = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
        Self { target: target.clone(), event, closure }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.target.remove_event_listener_with_callback(self.event, self.closure.as_ref().unchecked_ref());
    }
}

/// Whether a media query holds.
pub fn matches(query: &str) -> bool {
    media(query).is_some_and(|list| list.matches())
}

/// Calls `act` with whether `query` holds: now, and whenever that changes.
pub fn on_media(query: &str, act: impl Fn(bool) + 'static) -> Option<Listener> {
    let list = media(query)?;
    act(list.matches());
    let target = list.clone();
    Some(Listener::new(&target, "change", move || act(list.matches())))
}

/// The part of the window that the keyboard leaves free: its top edge and its height in CSS pixels.
pub fn visible_part() -> Option<(i32, i32)> {
    let viewport = window()?.visual_viewport()?;
    Some((viewport.offset_top() as i32, viewport.height() as i32))
}

/// Calls `act` whenever [`visible_part`] may have changed.
pub fn on_visible_part(act: impl Fn() + Clone + 'static) -> Vec<Listener> {
    let Some(viewport) = window().and_then(|window| window.visual_viewport()) else { return Vec::new() };
    vec![Listener::new(&viewport, "resize", act.clone()), Listener::new(&viewport, "scroll", act)]
}

/// Calls `act` when the tab comes into sight again.
pub fn on_shown(act: impl Fn() + 'static) -> Option<Listener> {
    let document = document()?;
    let target = document.clone();
    Some(Listener::new(&target, "visibilitychange", move || {
        if !document.hidden() {
            act();
        }
    }))
}

/// Calls `act` when the page is about to go.
pub fn on_leaving(act: impl Fn() + 'static) -> Option<Listener> {
    Some(Listener::new(window()?.as_ref(), "pagehide", act))
}

/// Calls `act` when the browser is online again.
pub fn on_online(act: impl Fn() + 'static) -> Option<Listener> {
    Some(Listener::new(window()?.as_ref(), "online", act))
}

/// The languages to try: the page's, then the visitor's.
pub fn languages() -> Vec<String> {
    let page = document().and_then(|document| document.document_element()).and_then(|root| root.get_attribute("lang"));
    let visitor = window().and_then(|window| window.navigator().language());
    page.into_iter().chain(visitor).filter(|tag| !tag.trim().is_empty()).collect()
}

/// Milliseconds since 1970.
pub fn now_ms() -> u64 {
    js_sys::Date::now() as u64
}

/// While it lives, the page behind the chat does not scroll. A stylesheet does it, so the page's own styles stay as
/// they are and come back when it is dropped.
pub struct ScrollLock {
    sheet: CssStyleSheet,
}

impl ScrollLock {
    /// Locks the page.
    pub fn new() -> Option<Self> {
        let sheet = CssStyleSheet::new().ok()?;
        sheet.replace_sync("html:root:root{overflow:hidden!important}").ok()?;
        let sheets = sheets()?;
        sheets.push(&sheet);
        document()?.set_adopted_style_sheets(&sheets);
        Some(Self { sheet })
    }
}

impl Drop for ScrollLock {
    fn drop(&mut self) {
        if let (Some(document), Some(sheets)) = (document(), sheets()) {
            let own: &JsValue = self.sheet.as_ref();
            let others = sheets.filter(&mut |sheet, _, _| sheet != *own);
            document.set_adopted_style_sheets(&others);
        }
    }
}

/// The page's constructed stylesheets, copied out of the browser's live list.
fn sheets() -> Option<Array> {
    Some(Array::from(&document()?.adopted_style_sheets()))
}

fn media(query: &str) -> Option<MediaQueryList> {
    window()?.match_media(query).ok()?
}

fn window() -> Option<Window> {
    web_sys::window()
}

fn document() -> Option<Document> {
    window()?.document()
}
