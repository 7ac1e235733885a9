//! What the page calls: the methods on `window.SigmicChat`.

use super::{Control, fetch_token};
use crate::{host::PageConfig, transport::TabMessage};
use js_sys::{Array, JsString, Object, Reflect};
use leptos::prelude::*;
use sigmic_shared::TaskId;
use wasm_bindgen::{JsCast, JsError, JsValue};

impl Control {
    /// Calls the method `name`. An unfit argument, or a call that makes no sense now, is an error for the page.
    pub fn call(&self, name: &str, arguments: &Array) -> Result<(), JsError> {
        let first = arguments.get(0);
        match name {
            "show" => self.open(),
            "hide" => self.close(),
            "toggle" => {
                if self.is_open() {
                    self.close();
                } else {
                    self.open();
                }
            }
            "maximize" => {
                self.open();
                self.resize(true);
            }
            "restore" => self.resize(false),
            "send" => {
                if self.ui.chat.busy.get_untracked() {
                    return Err(JsError::new("send: an answer is still under way"));
                }
                self.send(text(name, &first)?);
            }
            "stop" => self.stop(),
            "newTask" => self.new_chat(),
            "openTask" => self.open_task(&TaskId(text(name, &first)?)),
            "setToken" => self.tokens.set(text(name, &first)?),
            "update" => {
                let partial = first.dyn_into::<Object>();
                self.update(&partial.map_err(|_| JsError::new("update: takes an object"))?);
            }
            "shutdown" => {
                self.tabs.send(&TabMessage::Forget);
                self.forget();
            }
            _ => return Err(JsError::new(&format!("{name}: there is no such method"))),
        }
        Ok(())
    }

    /// Merges `partial` into the page's configuration and follows what changed.
    fn update(&self, partial: &Object) {
        let object = self.boot.config();
        for entry in Object::entries(partial).iter() {
            let entry = Array::from(&entry);
            // The methods lie on the same object, and are not configuration.
            if !Reflect::get(&object, &entry.get(0)).is_ok_and(|now| now.is_function() && !entry.get(1).is_function()) {
                let _ = Reflect::set(&object, &entry.get(0), &entry.get(1));
            }
        }
        let config = PageConfig::read(&object);
        let has = |key: &str| Reflect::has(partial, &JsString::from(key).into()).unwrap_or(false);
        if let (true, Some(token)) = (has("token"), config.token.clone()) {
            self.tokens.set(token);
        }
        if has("fetchToken") {
            self.tokens.set_fetch_token(fetch_token(&config, &self.boot));
        }
        let open = config.open;
        *self.config.borrow_mut() = config;
        self.refresh_appearance();
        match (has("open"), open) {
            (true, true) => self.open(),
            (true, false) => self.close(),
            (false, _) => {}
        }
    }
}

fn text(method: &str, value: &JsValue) -> Result<String, JsError> {
    let text = value.as_string().filter(|text| !text.trim().is_empty());
    text.ok_or_else(|| JsError::new(&format!("{method}: takes a string that is not empty")))
}
