//! Keeps the end of the conversation in sight for as long as the visitor wants that.
//!
//! Wanting it and being at the end are two things: only the visitor's own scrolling upwards says "stay here", and only
//! scrolling to the end, the button or a new message of his own says "follow again".

use super::{Ui, dynamic::follow};
use leptos::wasm_bindgen::{JsCast, closure::Closure};
use leptos::{html, prelude::*};
use web_sys::{HtmlDivElement, ResizeObserver, WheelEvent};

/// This near to the end counts as being there, in CSS pixels.
const AT_END: i32 = 24;

/// Follows the growth of `content` inside `log`, and learns from the visitor's scrolling whether to.
pub fn keep(ui: Ui, log: NodeRef<html::Div>, content: NodeRef<html::Div>) {
    let last_top = StoredValue::new(0_i32);
    let on_scroll = move || {
        let Some(log) = log.get_untracked() else { return };
        let (top, distance) = (log.scroll_top(), distance_to_end(&log));
        let moved_up = top < last_top.get_value() - 1;
        last_top.set_value(top);
        if distance <= AT_END {
            ui.following.set(true);
        } else if moved_up && ui.open.get_untracked() {
            ui.following.set(false);
        }
        ui.scrolled_up.set(if ui.following.get_untracked() { 0 } else { distance });
    };
    let to_place = move || {
        let Some(log) = log.get_untracked() else { return };
        let room = log.scroll_height() - log.client_height();
        if let (Some(distance), true) = (ui.scroll_to.get_untracked(), room > 0) {
            ui.scroll_to.set(None);
            ui.following.set(false);
            log.set_scroll_top(room - distance);
        } else if ui.following.get_untracked() {
            log.set_scroll_top(room);
        } else if distance_to_end(&log) <= AT_END {
            ui.following.set(true);
        }
        last_top.set_value(log.scroll_top());
    };
    follow(move || {
        let (Some(log), Some(content)) = (log.get(), content.get()) else { return };
        super::frame::listen(&log, "scroll", move |_| on_scroll());
        let wheeled = log.clone();
        super::frame::listen(&wheeled, "wheel", move |event| {
            let upwards = event.dyn_ref::<WheelEvent>().is_some_and(|event| event.delta_y() < 0.0);
            if upwards && log.scroll_height() > log.client_height() {
                ui.following.set(false);
            }
        });
        // Runs after layout and before paint: what grew is never seen in the wrong place.
        let closure = Closure::<dyn FnMut()>::new(to_place);
        let Ok(observer) = ResizeObserver::new(closure.as_ref().unchecked_ref()) else { return };
        observer.observe(&content);
        let observing = StoredValue::new_local((observer, closure));
        on_cleanup(move || {
            observing.try_with_value(|(observer, _)| observer.disconnect());
        });
    });
    follow(move || {
        if ui.following.get() {
            to_place();
        }
    });
}

fn distance_to_end(log: &HtmlDivElement) -> i32 {
    log.scroll_height() - log.client_height() - log.scroll_top()
}
