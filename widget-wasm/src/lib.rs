//! The chat widget. The boot script (`assets/boot.js`) paints the launcher and calls [`mount`]; from then on everything
//! happens here.

pub mod chat;
mod control;
mod host;
pub mod markdown;
pub mod session;
mod strings;
pub mod transport;
mod view;

use control::Control;
use host::Boot;
use std::{any::Any, rc::Rc};
use wasm_bindgen::prelude::*;

/// A chat on the page, as the boot script holds it.
#[wasm_bindgen]
pub struct Widget {
    control: Rc<Control>,
    _mounted: Box<dyn Any>,
}

/// Takes over what the boot script painted.
#[wasm_bindgen]
pub fn mount(boot: Boot) -> Widget {
    let (control, mounted) = Control::mount(boot);
    Widget { control, _mounted: mounted }
}

#[wasm_bindgen]
impl Widget {
    /// Calls a method of `window.SigmicChat`.
    pub fn call(&self, name: &str, arguments: &js_sys::Array) -> Result<(), JsError> {
        self.control.call(name, arguments)
    }

    /// Whether the panel is open.
    #[wasm_bindgen(js_name = isOpen)]
    pub fn is_open(&self) -> bool {
        self.control.is_open()
    }

    /// Ends everything: requests, timers, listeners, the view. What is stored stays.
    pub fn destroy(self) {}
}
