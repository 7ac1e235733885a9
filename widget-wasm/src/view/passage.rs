//! A passage of an answer: its text as it arrives, and the tools that were called after it.

use super::{
    Ui,
    answer::answer_of,
    dynamic::{follow, list},
    tool_call::ToolCallView,
};
use crate::{
    chat::{Answer, AnswerState, EntryKey, Reveal},
    markdown::{Dom, Progress, Renderer},
    strings::Text,
};
use leptos::{html, prelude::*};

/// Passage number `index` of an answer.
#[component]
pub fn PassageView(ui: Ui, key: EntryKey, index: usize) -> impl IntoView {
    let prose = NodeRef::<html::Div>::new();
    let painter = StoredValue::new_local(None::<Painter>);
    follow(move || {
        let Some(parent) = prose.get() else { return };
        // Both are watched: the text for what to paint, the rest for when to stop.
        ui.chat.watch_text(key, |_| ());
        ui.chat.watch(key, |_| ());
        if painter.with_value(Option::is_none) {
            painter.set_value(Some(Painter::new(ui, key, index, parent.into())));
        }
        Painter::wake(painter);
    });
    let calls = move || {
        let tools = |answer: &Answer| answer.passages().get(index).map(|passage| passage.tools.clone());
        let tools = ui.chat.watch(key, |entry| answer_of(entry).and_then(tools)).flatten().unwrap_or_default();
        tools.filter_map(|index| u32::try_from(index).ok()).collect()
    };
    view! {
        <div node_ref=prose class="prose"></div>
        {list(calls, move |index| view! { <ToolCallView ui key index=index as usize /> }.into_any())}
    }
}

/// Paints a passage frame by frame.
struct Painter {
    ui: Ui,
    key: EntryKey,
    index: usize,
    renderer: Renderer<Dom>,
    reveal: Reveal,
    last_frame_ms: f64,
    is_awake: bool,
}

impl Painter {
    fn new(ui: Ui, key: EntryKey, index: usize, parent: web_sys::Node) -> Self {
        let copy = ui.strings.with_untracked(|strings| strings.get(Text::Copy));
        let shown = ui.chat.peek(|model| model.answer(key).map(|answer| Reveal::all(passage(answer, index).0)));
        Self {
            ui,
            key,
            index,
            renderer: Renderer::new(Dom::new(document(), &copy), parent),
            // What is already there when the passage comes into sight did not just arrive.
            reveal: shown.unwrap_or_default(),
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
        let Self { ui, key, index, renderer, reveal, .. } = self;
        let is_awake = ui.chat.peek(|model| {
            let Some(answer) = model.answer(*key) else { return false };
            let (text, is_over) = passage(answer, *index);
            let shown = reveal.advance(text, elapsed, at_once);
            let is_done = shown.len() == text.len();
            renderer.update(shown, if is_over && is_done { Progress::Finished } else { Progress::Streaming });
            !is_done
        });
        self.is_awake = is_awake;
        is_awake
    }
}

/// The text of a passage, and whether nothing more comes.
fn passage(answer: &Answer, index: usize) -> (&str, bool) {
    let passages = answer.passages();
    let is_last = index + 1 >= passages.len();
    let text = passages.get(index).map_or("", |passage| &answer.text[passage.text.clone()]);
    (text, !is_last || answer.state != AnswerState::Streaming)
}

fn now_ms() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now())
}

fn prefers_reduced_motion() -> bool {
    let query = "(prefers-reduced-motion: reduce)";
    let list = web_sys::window().and_then(|window| window.match_media(query).ok().flatten());
    list.is_some_and(|list| list.matches())
}
