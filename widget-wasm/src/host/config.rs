//! The page's configuration: `window.SigmicChat`.
//!
//! A key of the wrong type is worth a warning in the console and then counts as left out.

use super::console;
use js_sys::{Array, Function, Object, Reflect};
use std::collections::HashMap;
use wasm_bindgen::{JsCast, JsValue};

/// What the page configured, each key with the type it must have.
#[derive(Clone, Debug, Default)]
pub struct PageConfig {
    /// The JWT to begin with.
    pub token: Option<String>,
    /// Renews the token; gets the current one.
    pub fetch_token: Option<Function>,
    /// Whether the panel starts open.
    pub open: bool,
    /// Whether the launcher stands left rather than right.
    pub left: bool,
    /// Whether the panel fills an element of the page rather than floating.
    pub inline: bool,
    /// Whether there is a launcher.
    pub launcher: bool,
    /// The chat's title.
    pub title: Option<String>,
    /// A BCP 47 tag.
    pub locale: Option<String>,
    /// Light, dark, or as the visitor's system says.
    pub theme: Theme,
    /// `#rgb` or `#rrggbb`; checked where it is used.
    pub primary_color: Option<String>,
    /// URL of a logo.
    pub logo: Option<String>,
    /// Shown in an empty conversation.
    pub welcome_message: Option<String>,
    /// Questions offered in an empty conversation.
    pub suggestions: Option<Vec<String>>,
    /// In the empty composer.
    pub placeholder: Option<String>,
    /// Texts that replace the chat's own.
    pub strings: HashMap<String, String>,
    /// The stacking order among the page's elements.
    pub z_index: Option<i32>,
    /// Distance from the window's edges in CSS pixels, sideways and upwards.
    pub offset: (Option<i32>, Option<i32>),
}

/// Which colours the chat wears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the visitor's system says.
    #[default]
    Auto,
    /// Dark on white.
    Light,
    /// Light on black.
    Dark,
}

impl PageConfig {
    /// Reads the configuration object.
    pub fn read(object: &Object) -> Self {
        let fields = Fields { object, path: "" };
        let offset = fields.object("offset");
        let offset = offset.as_ref().map(|object| Fields { object, path: "offset." });
        Self {
            token: fields.text("token"),
            fetch_token: fields.function("fetchToken"),
            open: fields.flag("open").unwrap_or(false),
            left: fields.one_of("position", &["bottom-right", "bottom-left"]) == Some(1),
            inline: fields.get("target").is_some(),
            launcher: fields.flag("launcher").unwrap_or(true),
            title: fields.text("title"),
            locale: fields.text("locale"),
            theme: match fields.one_of("theme", &["auto", "light", "dark"]) {
                Some(1) => Theme::Light,
                Some(2) => Theme::Dark,
                _ => Theme::Auto,
            },
            primary_color: fields.text("primaryColor"),
            logo: fields.text("logo"),
            welcome_message: fields.text("welcomeMessage"),
            suggestions: fields.texts("suggestions"),
            placeholder: fields.text("placeholder"),
            strings: fields.object("strings").map(|object| texts_of(&object)).unwrap_or_default(),
            z_index: fields.number("zIndex"),
            offset: offset.map(|fields| (fields.number("x"), fields.number("y"))).unwrap_or_default(),
        }
    }
}

/// Typed access to an object of the page, which may hold anything.
struct Fields<'a> {
    object: &'a Object,
    path: &'static str,
}

impl Fields<'_> {
    /// The value of a key that is there and neither undefined nor null. A getter that throws counts as left out.
    fn get(&self, key: &str) -> Option<JsValue> {
        let value = Reflect::get(self.object, &key.into()).ok()?;
        (!value.is_undefined() && !value.is_null()).then_some(value)
    }

    fn refuse<T>(&self, key: &str, expected: &str) -> Option<T> {
        console::warn(&format!("{}{key} must be {expected}; it is ignored.", self.path));
        None
    }

    /// A text that is not blank.
    fn text(&self, key: &str) -> Option<String> {
        match self.get(key)?.as_string() {
            Some(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            None => self.refuse(key, "a string"),
        }
    }

    fn flag(&self, key: &str) -> Option<bool> {
        self.get(key)?.as_bool().or_else(|| self.refuse(key, "true or false"))
    }

    /// A number, whole: nothing that is measured in pixels needs more.
    fn number(&self, key: &str) -> Option<i32> {
        let number = self.get(key)?.as_f64().filter(|number| number.is_finite());
        number.map(|number| number as i32).or_else(|| self.refuse(key, "a number"))
    }

    fn function(&self, key: &str) -> Option<Function> {
        self.get(key)?.dyn_into().ok().or_else(|| self.refuse(key, "a function"))
    }

    fn object(&self, key: &str) -> Option<Object> {
        let value = self.get(key)?;
        if value.is_object() { value.dyn_into().ok() } else { self.refuse(key, "an object") }
    }

    fn texts(&self, key: &str) -> Option<Vec<String>> {
        let value = self.get(key)?;
        if !Array::is_array(&value) {
            return self.refuse(key, "an array of strings");
        }
        Some(Array::from(&value).iter().filter_map(|item| item.as_string()).collect())
    }

    /// The position of the value among those allowed.
    fn one_of(&self, key: &str, allowed: &[&str]) -> Option<usize> {
        let value = self.get(key)?.as_string().unwrap_or_default();
        allowed
            .iter()
            .position(|choice| *choice == value)
            .or_else(|| self.refuse(key, &format!("one of {}", allowed.join(", "))))
    }
}

fn texts_of(object: &Object) -> HashMap<String, String> {
    Object::entries(object)
        .iter()
        .filter_map(|entry| {
            let entry = Array::from(&entry);
            Some((entry.get(0).as_string()?, entry.get(1).as_string()?))
        })
        .collect()
}
