//! The section around launcher and panel, which the boot script made.

use super::{Action, Ui, dynamic::follow};
use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, EventTarget, HtmlElement, KeyboardEvent};

/// Takes the section over: its classes choose what the stylesheet does.
pub fn adopt_frame(ui: Ui, frame: HtmlElement) {
    listen(&frame, "keydown", move |event| {
        let closes = event.dyn_ref::<KeyboardEvent>().is_some_and(|event| {
            event.key() == "Escape" && !event.is_composing() && event.key_code() != 229 && !event.default_prevented()
        });
        if closes && ui.open.get_untracked() {
            event.stop_propagation();
            ui.act(Action::Close);
        }
    });
    follow(move || {
        let classes = ui.look.with(|look| {
            [
                ("frame", true),
                ("left", look.left),
                ("right", !look.left),
                ("inline", look.inline),
                ("bare", !look.launcher),
                ("max", !look.inline && ui.maximized.get()),
                ("phone", !look.inline && ui.phone.get()),
                ("opened", ui.open.get()),
            ]
            .into_iter()
            .filter_map(|(class, on)| on.then_some(class))
            .collect::<Vec<_>>()
            .join(" ")
        });
        frame.set_class_name(&classes);
        let (lang, direction) = ui.strings.with(|strings| (strings.lang().to_owned(), strings.direction()));
        for (name, value) in [
            ("data-theme", if ui.dark.get() { "dark" } else { "light" }),
            ("lang", &lang),
            ("dir", direction),
            ("aria-label", &ui.title()),
        ] {
            let _ = frame.set_attribute(name, value);
        }
    });
}

/// Listens on an element that no component made, until the current owner is cleaned up.
pub(super) fn listen(target: &EventTarget, event: &'static str, act: impl FnMut(Event) + 'static) {
    let closure = Closure::<dyn FnMut(Event)>::new(act);
    let _ = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    let listening = StoredValue::new_local((target.clone(), closure));
    on_cleanup(move || {
        listening.try_with_value(|(target, closure)| {
            let _ = target.remove_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
        });
    });
}
