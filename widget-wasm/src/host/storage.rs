//! What survives a reload, kept apart for each app and end user. Never a token.

use std::cell::RefCell;
use web_sys::Storage;

/// One thing to remember.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The conversation that is shown.
    Task,
    /// The text in the composer.
    Draft,
    /// Whether the panel is open, in this tab.
    Open,
    /// Whether the panel is maximised, in this tab.
    Maximized,
    /// How far the messages are scrolled up from their end, in this tab.
    Scroll,
}

impl Key {
    const ALL: [Self; 5] = [Self::Task, Self::Draft, Self::Open, Self::Maximized, Self::Scroll];

    const fn name(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Maximized => "maximized",
            Self::Scroll => "scroll",
        }
    }

    /// Whether it belongs to this tab alone: another tab opens and scrolls as its visitor likes.
    const fn is_of_tab(self) -> bool {
        matches!(self, Self::Open | Self::Maximized | Self::Scroll)
    }
}

/// Storage of one app's one end user. Where the browser refuses to store, nothing is remembered and nothing fails.
#[derive(Debug, Default)]
pub struct Remembered {
    owner: RefCell<Option<Owner>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Owner {
    app_id: String,
    end_user_id: String,
}

impl Remembered {
    /// Says whose things are remembered from now on. True when that is somebody else than before.
    pub fn belong_to(&self, app_id: &str, end_user_id: &str) -> bool {
        let owner = Owner { app_id: app_id.to_owned(), end_user_id: end_user_id.to_owned() };
        self.owner.replace(Some(owner.clone())).is_some_and(|before| before != owner)
    }

    /// What was stored.
    pub fn get(&self, key: Key) -> Option<String> {
        storage(key)?.get_item(&self.name(key)?).ok()?
    }

    /// Stores `value`, or forgets what was stored when there is none.
    pub fn set(&self, key: Key, value: Option<&str>) {
        let (Some(storage), Some(name)) = (storage(key), self.name(key)) else { return };
        let _ = match value {
            Some(value) => storage.set_item(&name, value),
            None => storage.remove_item(&name),
        };
    }

    /// Forgets everything, and whose it was: nothing is remembered until somebody is there again.
    pub fn clear(&self) {
        for key in Key::ALL {
            self.set(key, None);
        }
        self.owner.take();
    }

    /// What the app's look was last time, as JSON: the boot script and the next start begin with it.
    pub fn app(&self, what: &str) -> Option<String> {
        local()?.get_item(&self.app_name(what)?).ok()?
    }

    /// Stores JSON for the whole app.
    pub fn set_app(&self, what: &str, value: &str) {
        if let (Some(storage), Some(name)) = (local(), self.app_name(what)) {
            let _ = storage.set_item(&name, value);
        }
    }

    fn name(&self, key: Key) -> Option<String> {
        let owner = self.owner.borrow();
        let owner = owner.as_ref()?;
        Some(format!("sigmic-chat/{}/{}/{}", key.name(), owner.app_id, owner.end_user_id))
    }

    fn app_name(&self, what: &str) -> Option<String> {
        Some(format!("sigmic-chat/{what}/{}", self.owner.borrow().as_ref()?.app_id))
    }
}

fn storage(key: Key) -> Option<Storage> {
    if key.is_of_tab() { web_sys::window()?.session_storage().ok()? } else { local() }
}

fn local() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}
