//! What follows from the token: whose chat it is, and what to do when there is no usable one.

use super::Control;
use crate::{
    session::TokenFailure,
    transport::{TabMessage, TokenNotice},
};
use leptos::prelude::*;
use std::cell::{Cell, RefCell};

/// Why there is no usable token, while there is none.
#[derive(Default)]
pub(super) struct Trouble {
    failure: RefCell<Option<TokenFailure>>,
    /// Whether to do again what failed, as soon as there is a token.
    retry_wanted: Cell<bool>,
}

impl Trouble {
    pub(super) fn set(&self, failure: TokenFailure) {
        *self.failure.borrow_mut() = Some(failure);
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
                }
                self.apply_remembered_branding();
                self.refresh_branding();
                if self.is_open() {
                    self.start();
                }
            }
            TokenNotice::Failed(failure) => {
                let is_told_by_request = self.ui.chat.streaming.get_untracked() || self.ui.chat.loading.get_untracked();
                if !is_told_by_request {
                    self.report(failure.code(), "There is no usable token.");
                }
                self.token_trouble.set(failure);
            }
            TokenNotice::Recovered => {
                let failure = self.token_trouble.failure.borrow_mut().take();
                let has_problem = self.ui.chat.problem.with_untracked(Option::is_some);
                if self.token_trouble.retry_wanted.take() || (failure.is_some() && has_problem) {
                    self.try_again();
                }
            }
        }
    }

    /// Asks the page for a token if that is what is missing. What failed is done again once there is one.
    pub(super) fn renew_token(&self) -> bool {
        let can_retry = self.token_trouble.failure.borrow().as_ref().is_some_and(|failure| failure.can_retry());
        if can_retry {
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
                    let shown = control.task_id();
                    let is_untouched = shown.is_none()
                        && control.ui.chat.keys.with_untracked(Vec::is_empty)
                        && control.ui.draft.with_untracked(String::is_empty);
                    if shown.as_ref() == Some(task_id) {
                        control.look_for_news();
                    } else if is_untouched && control.has_started.get() {
                        control.open_task(task_id);
                    }
                }
                TabMessage::Forget => control.forget(),
                TabMessage::Token { .. } => {}
            }
        });
    }

    /// Forgets everything of the end user, here and in storage.
    pub(super) fn forget(&self) {
        self.close();
        self.leave();
        self.ui.draft.set(String::new());
        self.ui.maximized.set(false);
        self.remembered.clear();
        self.has_started.set(true);
    }
}
