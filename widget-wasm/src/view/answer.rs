//! An answer: the tools it used, its text as it arrives, and how it ended.

use super::{
    Ui,
    dynamic::{dynamic, follow},
    error_card::RunErrorCard,
    status_line::StatusLine,
    tool_line::ToolLines,
};
use crate::{
    chat::{Announcer, Answer, AnswerState, Body, Entry, EntryKey, Reveal},
    markdown::{Dom, Progress, Renderer},
    strings::Text,
};
use leptos::{html, prelude::*};

/// One answer of the agent.
#[component]
pub fn AnswerView(ui: Ui, key: EntryKey) -> impl IntoView {
    let prose = NodeRef::<html::Div>::new();
    let painter = StoredValue::new_local(None::<Painter>);
    follow(move || {
        let Some(parent) = prose.get() else { return };
        // Both are watched: the text for what to paint, the state for when to stop.
        ui.chat.watch_text(key, |_| ());
        let state = ui.chat.watch(key, state_of).flatten();
        let is_new = painter.with_value(Option::is_none);
        if is_new {
            painter.set_value(Some(Painter::new(ui, key, parent.into(), state)));
        }
        Painter::wake(painter);
    });
    let is_stopped = move || ui.chat.watch(key, state_of).flatten() == Some(AnswerState::Cancelled);
    let stopped = move || if is_stopped() { ui.text(Text::Stopped) } else { String::new() };
    view! {
        <div class="message answer">
            <span class="heard">{ui.label(Text::Assistant)}</span>
            <ToolLines ui key />
            <div node_ref=prose class="prose"></div>
            <StatusLine ui key />
            <p class="note" hidden=dynamic(move || !is_stopped())>{dynamic(stopped)}</p>
            <RunErrorCard ui key />
        </div>
    }
}

/// The answer that an entry holds.
pub fn answer_of(entry: &Entry) -> Option<&Answer> {
    match &entry.body {
        Body::Answer(answer) => Some(answer),
        Body::User(_) => None,
    }
}

fn state_of(entry: &Entry) -> Option<AnswerState> {
    answer_of(entry).map(|answer| answer.state)
}

/// Paints an answer's text frame by frame, and has it read out by sentences.
struct Painter {
    ui: Ui,
    key: EntryKey,
    renderer: Renderer<Dom>,
    reveal: Reveal,
    /// Only for an answer that was seen to arrive: nobody wants old ones read out.
    announcer: Option<Announcer>,
    last_frame_ms: f64,
    is_awake: bool,
}

impl Painter {
    fn new(ui: Ui, key: EntryKey, parent: web_sys::Node, state: Option<AnswerState>) -> Self {
        let copy = ui.strings.with_untracked(|strings| strings.get(Text::Copy));
        let is_live = state == Some(AnswerState::Streaming);
        let text = ui.chat.peek(|model| model.answer(key).map(|answer| answer.text.clone())).unwrap_or_default();
        Self {
            ui,
            key,
            renderer: Renderer::new(Dom::new(document(), &copy), parent),
            // What is already there when the answer comes into sight did not just arrive.
            reveal: Reveal::all(&text),
            announcer: is_live.then(Announcer::new),
            last_frame_ms: now_ms(),
            is_awake: false,
        }
    }

    /// Paints now, and then once per frame until all text is in sight.
    fn wake(painter: StoredValue<Option<Self>, LocalStorage>) {
        let wants_frame = painter.try_update_value(|painter| {
            let painter = painter.as_mut()?;
            (!painter.is_awake).then(|| painter.paint())
        });
        if let Some(Some(true)) = wants_frame {
            Self::next_frame(painter);
        }
    }

    fn next_frame(painter: StoredValue<Option<Self>, LocalStorage>) {
        request_animation_frame(move || {
            let wants_frame = painter.try_update_value(|painter| painter.as_mut().is_some_and(Self::paint));
            if wants_frame == Some(true) {
                Self::next_frame(painter);
            }
        });
    }

    /// Paints what is due by now. True if more is due later.
    fn paint(&mut self) -> bool {
        let now = now_ms();
        let elapsed = now - std::mem::replace(&mut self.last_frame_ms, now);
        // Nothing moves for those who asked for that, nor in a tab that nobody sees, which gets no frames.
        let at_once = document().hidden() || prefers_reduced_motion();
        let Self { ui, key, renderer, reveal, announcer, .. } = self;
        let is_awake = ui.chat.peek(|model| {
            let Some(answer) = model.answer(*key) else { return false };
            let shown = reveal.advance(&answer.text, elapsed, at_once);
            let is_over = answer.state != AnswerState::Streaming;
            let is_done = shown.len() == answer.text.len();
            renderer.update(shown, if is_over && is_done { Progress::Finished } else { Progress::Streaming });
            if let Some(announcer) = announcer {
                let said = if is_over { announcer.finish(&answer.text) } else { announcer.push(&answer.text) };
                if let Some(said) = said {
                    ui.said.set(said);
                }
            }
            if is_over {
                *announcer = None;
            }
            !is_done
        });
        self.is_awake = is_awake;
        is_awake
    }
}

fn now_ms() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now())
}

fn prefers_reduced_motion() -> bool {
    let query = "(prefers-reduced-motion: reduce)";
    let list = web_sys::window().and_then(|window| window.match_media(query).ok().flatten());
    list.is_some_and(|list| list.matches())
}
