//! Opening, closing and resizing the panel, and what of it survives a reload.

use super::Control;
use crate::{
    host::{
        page::{self, ScrollLock},
        storage::Key,
    },
    view::follow,
};
use leptos::prelude::*;
use sigmic_shared::host_events::HostEvent;

impl Control {
    /// Opens the panel and takes the focus there.
    pub(super) fn open(&self) {
        self.show();
        self.ui.focus.update(|wishes| *wishes += 1);
    }

    /// Closes the panel.
    pub(super) fn close(&self) {
        if !self.is_open() || self.config.borrow().inline {
            return;
        }
        self.ui.open.set(false);
        self.remembered.set(Key::Open, Some("false"));
        self.emit(&HostEvent::Close);
    }

    /// Fills the window, or is small again.
    pub(super) fn resize(&self, maximized: bool) {
        if self.config.borrow().inline || self.ui.maximized.get_untracked() == maximized {
            return;
        }
        self.ui.maximized.set(maximized);
        self.remembered.set(Key::Maximized, maximized.then_some("true"));
        self.emit(if maximized { &HostEvent::Maximize } else { &HostEvent::Restore });
    }

    /// Is as it was before the reload; the visitor's own opening and closing outweighs the page's `open`.
    pub(super) fn restore_window(&self) {
        self.restore_draft();
        self.ui.maximized.set(self.remembered.get(Key::Maximized).is_some());
        let (open, inline) = (self.config.borrow().open, self.config.borrow().inline);
        let open = match self.remembered.get(Key::Open).as_deref() {
            Some("true") => true,
            Some(_) => false,
            None => open,
        };
        // Only a click takes the focus along: a page that loads must not lose it to the chat.
        match (self.boot.wanted(), open || inline) {
            (true, _) => self.open(),
            (false, true) => self.show(),
            (false, false) => {}
        }
    }

    pub(super) fn restore_draft(&self) {
        self.ui.draft.set(self.remembered.get(Key::Draft).unwrap_or_default());
    }

    pub(super) fn restore_scroll(&self) {
        let distance = self.remembered.get(Key::Scroll).and_then(|distance| distance.parse::<i32>().ok());
        self.ui.scroll_to.set(distance.filter(|distance| *distance > 0));
    }

    /// Follows the window around the chat, and has the window follow the chat.
    pub(super) fn keep_window(&self) {
        let ui = self.ui;
        self.keep(page::on_media(page::PHONE, move |matches| ui.phone.set(matches)));
        let me = self.me.clone();
        follow(move || {
            let draft = ui.draft.get();
            if let Some(control) = me.upgrade() {
                control.remembered.set(Key::Draft, Some(draft.as_str()).filter(|draft| !draft.is_empty()));
            }
        });
        let mut lock = None;
        follow(move || {
            let is_alone = ui.open.get() && ui.is_full();
            lock = if is_alone { lock.take().or_else(ScrollLock::new) } else { None };
        });
        let me = self.me.clone();
        self.keep(page::on_leaving(move || {
            if let Some(control) = me.upgrade() {
                let distance = control.ui.scrolled_up.get_untracked();
                control.remembered.set(Key::Scroll, (distance > 0).then(|| distance.to_string()).as_deref());
            }
        }));
        let me = self.me.clone();
        let look_for_news = move || {
            if let Some(control) = me.upgrade().filter(|control| control.is_open()) {
                control.look_for_news();
            }
        };
        self.keep(page::on_shown(look_for_news.clone()));
        self.keep(page::on_online(look_for_news));
    }

    fn show(&self) {
        if !self.is_open() {
            self.ui.open.set(true);
            self.remembered.set(Key::Open, Some("true"));
            self.emit(&HostEvent::Open);
        }
        self.start();
    }
}
