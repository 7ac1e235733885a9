//! Where visitors write.

use super::{
    Action, Ui,
    dynamic::dynamic,
    focus,
    icons::{self, still},
};
use crate::strings::Text;
use leptos::{html, prelude::*};
use web_sys::{Event, KeyboardEvent, MouseEvent, SubmitEvent};

/// A text field that grows with its text, and Send, or Stop while an answer streams.
#[component]
pub fn Composer(ui: Ui, node: NodeRef<html::Textarea>) -> impl IntoView {
    let stop = NodeRef::<html::Button>::new();
    let busy = move || ui.chat.busy.get();
    let placeholder =
        move || ui.look.with(|look| look.placeholder.clone()).unwrap_or_else(|| ui.text(Text::Placeholder));
    // An empty field would count as left-to-right, whatever the language of its placeholder.
    let direction = move || ui.draft.with(|draft| (!draft.is_empty()).then_some("auto"));
    let send = move || {
        let text = ui.draft.get_untracked();
        if text.trim().is_empty() || ui.chat.busy.get_untracked() {
            return;
        }
        ui.draft.set(String::new());
        ui.act(Action::Send(text));
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        send();
        // The button that was pressed is about to give way to another one.
        request_animation_frame(move || match (focus::is_coarse(), node.get_untracked(), stop.get_untracked()) {
            (false, Some(node), _) => focus::enter(&node),
            (true, Some(node), Some(stop)) if !focus::is_within(&node) => focus::enter(&stop),
            _ => {}
        });
    };
    let on_key = move |event: KeyboardEvent| {
        // 229: a key that an input method takes, in browsers that do not say that it composes.
        if event.is_composing() || event.key_code() == 229 {
            return;
        }
        match event.key().as_str() {
            "Enter" if !event.shift_key() && !focus::is_coarse() => {
                event.prevent_default();
                send();
            }
            "Escape" if ui.chat.busy.get_untracked() => {
                event.stop_propagation();
                ui.act(Action::Stop);
            }
            _ => {}
        }
    };
    // The second click of a double click on Send hits Stop, and is not meant for it.
    let on_stop = move |event: MouseEvent| {
        if event.detail() < 2 {
            ui.act(Action::Stop);
        }
    };
    view! {
        <form class="composer" on:submit=on_submit>
            <div class="box">
                <div class="grow" data-text=dynamic(move || ui.draft.get())>
                    <textarea
                        node_ref=node
                        rows="1"
                        dir=dynamic(direction)
                        maxlength="100000"
                        enterkeyhint="send"
                        autocomplete="off"
                        aria-label=ui.label(Text::Composer)
                        placeholder=dynamic(placeholder)
                        prop:value=dynamic(move || ui.draft.get())
                        on:input=move |event: Event| ui.draft.set(event_target_value(&event))
                        on:keydown=on_key
                    ></textarea>
                </div>
                <button
                    type="submit"
                    class="go"
                    hidden=dynamic(busy)
                    disabled=dynamic(move || ui.draft.with(|draft| draft.trim().is_empty()))
                    aria-label=ui.label(Text::Send)
                    title=ui.label(Text::Send)
                >
                    {still(icons::SEND)}
                </button>
                <button
                    node_ref=stop
                    type="button"
                    class="go stop"
                    hidden=dynamic(move || !busy())
                    aria-label=ui.label(Text::Stop)
                    title=ui.label(Text::Stop)
                    on:click=on_stop
                >
                    {still(icons::STOP)}
                </button>
            </div>
        </form>
    }
}
