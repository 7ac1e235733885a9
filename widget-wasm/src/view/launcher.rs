//! The button that the boot script painted.

use super::{Action, Ui, dynamic::follow, focus, frame::listen};
use leptos::prelude::*;
use web_sys::HtmlButtonElement;

/// Takes the painted button over: keeps its name and state, and has it open and close the panel.
pub fn adopt_launcher(ui: Ui, button: HtmlButtonElement) {
    listen(&button, "click", move |_| ui.act(Action::Toggle));
    let mut was_open = false;
    follow(move || {
        let open = ui.open.get();
        let _ = button.set_attribute("aria-expanded", if open { "true" } else { "false" });
        let _ = button.set_attribute("aria-label", &ui.title());
        button.set_hidden(ui.look.with(|look| !look.launcher || look.inline));
        if was_open && !open && focus::is_within(&button) {
            focus::enter(&button);
        }
        was_open = open;
    });
}
