//! The conversation as signals, fine enough that a piece of an answer paints that answer alone.

use crate::chat::{Change, ChatModel, Entry, EntryKey, Problem};
use leptos::prelude::*;
use sigmic_shared::stream::RunPhase;
use std::collections::HashMap;

/// A [`ChatModel`] that components can watch. Copies share it.
#[derive(Clone, Copy)]
pub struct Conversation {
    model: StoredValue<ChatModel>,
    watched: StoredValue<HashMap<EntryKey, Watched>>,
    /// The entries, oldest first.
    pub keys: RwSignal<Vec<EntryKey>>,
    /// Whether an answer is under way, or waits until the visitor lets a tool run.
    pub busy: RwSignal<bool>,
    /// What the run is doing.
    pub phase: RwSignal<Option<RunPhase>>,
    /// Why the last stream ended early.
    pub problem: RwSignal<Option<Problem>>,
    /// Whether a lost connection is being picked up again.
    pub reconnecting: RwSignal<bool>,
    /// Whether the saved conversation is being fetched.
    pub loading: RwSignal<bool>,
}

/// What of one entry can be watched apart.
#[derive(Clone, Debug, Default)]
struct Watched {
    text: ArcTrigger,
    rest: ArcTrigger,
}

impl Conversation {
    /// An empty conversation.
    pub fn new() -> Self {
        Self {
            model: StoredValue::new(ChatModel::new()),
            watched: StoredValue::new(HashMap::new()),
            keys: RwSignal::new(Vec::new()),
            busy: RwSignal::new(false),
            phase: RwSignal::new(None),
            problem: RwSignal::new(None),
            reconnecting: RwSignal::new(false),
            loading: RwSignal::new(false),
        }
    }

    /// Looks at the model without watching it.
    pub fn peek<R>(&self, look: impl FnOnce(&ChatModel) -> R) -> R {
        self.model.with_value(look)
    }

    /// Changes the model and has repainted what changed. Gives the changes back.
    pub fn update(&self, change: impl FnOnce(&mut ChatModel) -> Vec<Change>) -> Vec<Change> {
        let Some(changes) = self.model.try_update_value(change) else { return Vec::new() };
        let mut list_changed = false;
        for change in &changes {
            match change {
                Change::Replaced => {
                    list_changed = true;
                    for watched in self.watched.get_value().values() {
                        watched.text.notify();
                        watched.rest.notify();
                    }
                }
                Change::Added(_) | Change::Removed(_) => list_changed = true,
                Change::Text(key) => self.watched(*key).text.notify(),
                Change::Thoughts(key) | Change::Tool(key, _) | Change::Subagents(key) | Change::State(key) => {
                    self.watched(*key).rest.notify();
                }
                Change::Task | Change::Run => {}
            }
        }
        if list_changed {
            let keys = self.peek(|model| model.entries().iter().map(|entry| entry.key).collect::<Vec<_>>());
            self.watched.update_value(|watched| watched.retain(|key, _| keys.contains(key)));
            set_if_new(self.keys, keys);
        }
        set_if_new(self.busy, self.peek(ChatModel::is_busy));
        set_if_new(self.phase, self.peek(ChatModel::phase));
        set_if_new(self.problem, self.peek(|model| model.problem().cloned()));
        changes
    }

    /// Forgets everything and is empty again.
    pub fn clear(&self) {
        self.reconnecting.set(false);
        self.loading.set(false);
        self.update(|model| {
            *model = ChatModel::new();
            vec![Change::Replaced]
        });
    }

    /// An entry, watched for changes of its text alone.
    pub fn watch_text<R>(&self, key: EntryKey, look: impl FnOnce(&Entry) -> R) -> Option<R> {
        self.watched(key).text.track();
        self.peek(|model| model.entry(key).map(look))
    }

    /// An entry, watched for changes of everything but its text.
    pub fn watch<R>(&self, key: EntryKey, look: impl FnOnce(&Entry) -> R) -> Option<R> {
        self.watched(key).rest.track();
        self.peek(|model| model.entry(key).map(look))
    }

    fn watched(&self, key: EntryKey) -> Watched {
        self.watched.try_update_value(|watched| watched.entry(key).or_default().clone()).unwrap_or_default()
    }
}

fn set_if_new<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.try_with_untracked(|now| *now != value) == Some(true) {
        signal.set(value);
    }
}
