//! The state that all components share, and what visitors can want.

use super::{
    Conversation, Look,
    dynamic::{Dynamic, dynamic},
};
use crate::strings::{Strings, Text};
use leptos::prelude::*;
use sigmic_shared::{CallId, tool_call::ApprovalOutcome};
use std::rc::Rc;

/// Something a visitor wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open the panel, or close it.
    Toggle,
    /// Close the panel.
    Close,
    /// Fill the window.
    Maximize,
    /// Be small again.
    Restore,
    /// Send a message.
    Send(String),
    /// Stop the answer.
    Stop,
    /// Do again what failed.
    Retry,
    /// Begin another conversation.
    NewChat,
    /// Let a tool that asks run, or not.
    Decide {
        /// The call.
        call_id: CallId,
        /// What the visitor wants.
        outcome: ApprovalOutcome,
    },
}

/// State of the whole view. Copies share it.
#[derive(Clone, Copy)]
pub struct Ui {
    /// The conversation.
    pub chat: Conversation,
    /// Whether the panel is open.
    pub open: RwSignal<bool>,
    /// Whether the panel fills the window because the visitor wants it.
    pub maximized: RwSignal<bool>,
    /// Whether the panel fills the window because that is small.
    pub phone: RwSignal<bool>,
    /// Whether colours are dark.
    pub dark: RwSignal<bool>,
    /// What page and app decided about the looks.
    pub look: RwSignal<Look>,
    /// Texts in the visitor's language.
    pub strings: RwSignal<Strings>,
    /// What stands in the composer.
    pub draft: RwSignal<String>,
    /// Whether the end of the conversation is kept in sight while it grows.
    pub following: RwSignal<bool>,
    /// How far the visitor scrolled away from the end, in CSS pixels; 0 while following.
    pub scrolled_up: RwSignal<i32>,
    /// Where to scroll once the conversation is there, as a distance from the end in CSS pixels.
    pub scroll_to: RwSignal<Option<i32>>,
    /// How often the focus was to go into the panel. A wish from before the panel was there still counts.
    pub focus: RwSignal<usize>,
    /// What a screen reader says next.
    pub said: RwSignal<String>,
    act: StoredValue<Rc<dyn Fn(Action)>, LocalStorage>,
}

impl Ui {
    /// A closed, empty chat. `act` carries out what visitors want.
    pub fn new(look: Look, strings: Strings, act: impl Fn(Action) + 'static) -> Self {
        Self {
            chat: Conversation::new(),
            open: RwSignal::new(false),
            maximized: RwSignal::new(false),
            phone: RwSignal::new(false),
            dark: RwSignal::new(false),
            look: RwSignal::new(look),
            strings: RwSignal::new(strings),
            draft: RwSignal::new(String::new()),
            following: RwSignal::new(true),
            scrolled_up: RwSignal::new(0),
            scroll_to: RwSignal::new(None),
            focus: RwSignal::new(0),
            said: RwSignal::new(String::new()),
            act: StoredValue::new_local(Rc::new(act)),
        }
    }

    /// Has an action carried out.
    pub fn act(&self, action: Action) {
        if let Some(act) = self.act.try_get_value() {
            act(action);
        }
    }

    /// One text; reactive.
    pub fn text(&self, text: Text) -> String {
        self.strings.with(|strings| strings.get(text))
    }

    /// One text that follows the language.
    pub fn label(self, text: Text) -> Dynamic<String> {
        dynamic(move || self.text(text))
    }

    /// The chat's title; reactive.
    pub fn title(&self) -> String {
        self.look.with(|look| look.title.clone()).unwrap_or_else(|| self.text(Text::Title))
    }

    /// Whether the panel covers the whole window, so that it behaves as the only thing there; reactive.
    pub fn is_full(&self) -> bool {
        !self.look.with(|look| look.inline) && (self.maximized.get() || self.phone.get())
    }
}
