//! What follows from the token: whose chat it is, and what to do when there is no usable one.

use super::Control;
use crate::{
    session::TokenFailure,
    transport::{TabMessage, TokenNotice},
};
use js_sys::Reflect;
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use wasm_bindgen::JsValue;

/// Why there is no usable token, while there is none.
#[derive(Default)]
pub(super) struct Trouble {
    failure: RefCell<Option<TokenFailure>>,
    /// Whether to do again what failed, as soon as there is a token.
    retry_wanted: Cell<bool>,
    /// Whether page and developers know: every request would tell them the same.
    is_told: Cell<bool>,
}

impl Trouble {
    pub(super) fn set(&self, failure: TokenFailure) {
        *self.failure.borrow_mut() = Some(failure);
    }

    fn clear(&self) {
        self.failure.take();
        self.retry_wanted.set(false);
        self.is_told.set(false);
    }
}

impl Control {
    /// Keeps what is remembered apart for each end user. True when another one is there now.
    pub(super) fn remember_owner(&self) -> bool {
        let identity = self.tokens.identity();
        identity.is_some_and(|identity| self.remembered.belong_to(&identity.app_id, &identity.sub))
    }

    pub(super) fn on_token_notice(&self, notice: TokenNotice) {
        match notice {
            TokenNotice::IdentityChanged => {
                if self.remember_owner() {
                    self.leave();
                    self.has_started.set(false);
                    self.restore_draft();
                } else if self.is_untouched() && !self.is_followed() {
                    // Only now is it known whose last conversation to look for.
                    self.has_started.set(false);
                }
                self.apply_remembered_branding();
                self.refresh_branding();
                if self.is_open() {
                    self.start();
                }
            }
            TokenNotice::Failed(failure) => {
                if !self.is_followed() {
                    self.report_token(failure.code(), "There is no usable token.");
                }
                self.token_trouble.set(failure);
            }
            TokenNotice::Recovered => {
                let failure = self.token_trouble.failure.borrow_mut().take();
                self.token_trouble.is_told.set(false);
                let has_problem = self.ui.chat.problem.with_untracked(Option::is_some);
                if self.token_trouble.retry_wanted.take() || (failure.is_some() && has_problem) {
                    self.try_again();
                }
            }
        }
    }

    /// Tells page and developers that there is no usable token, once until there is one or the visitor tries again.
    pub(super) fn report_token(&self, code: &str, message: &str) {
        if !self.token_trouble.is_told.replace(true) {
            self.report(code, message);
        }
    }

    /// Asks the page for a token if that is what is missing. What failed is done again once there is one.
    pub(super) fn renew_token(&self) -> bool {
        let can_retry = self.token_trouble.failure.borrow().as_ref().is_some_and(|failure| failure.can_retry());
        if can_retry {
            self.token_trouble.is_told.set(false);
            self.token_trouble.retry_wanted.set(true);
            self.tokens.retry();
        }
        can_retry
    }

    /// Shows the same conversation as the visitor's other tabs, live.
    pub(super) fn hear_other_tabs(&self) {
        let me = self.me.clone();
        self.tabs.listen(move |message| {
            let Some(control) = me.upgrade() else { return };
            match message {
                TabMessage::Run { task_id } => {
                    if control.task_id().as_ref() == Some(task_id) {
                        control.look_for_news();
                    } else if control.is_untouched() && control.has_started.get() {
                        control.open_task(task_id);
                    }
                }
                TabMessage::Forget => control.forget(),
                TabMessage::Token { .. } => {}
            }
        });
    }

    /// Whether the visitor has neither a conversation nor begun to write one.
    fn is_untouched(&self) -> bool {
        let chat = self.ui.chat;
        self.task_id().is_none()
            && chat.keys.with_untracked(Vec::is_empty)
            && self.ui.draft.with_untracked(String::is_empty)
    }

    /// Forgets everything of the end user, here and in storage.
    pub(super) fn forget(&self) {
        self.close();
        self.leave();
        self.ui.draft.set(String::new());
        self.ui.maximized.set(false);
        self.remembered.clear();
        self.has_started.set(true);
        self.tokens.forget();
        self.token_trouble.clear();
        self.config.borrow_mut().token = None;
        let _ = Reflect::set(&self.boot.config(), &"token".into(), &JsValue::UNDEFINED);
    }
}
