//! A replayed history, and which of its messages are already in sight.

use super::entry::{Body, Entry};
use sigmic_shared::{Message, Role};

/// History as it arrives. A replay that breaks off is begun again by the next connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Replay {
    messages: Vec<Message>,
}

impl Replay {
    /// Takes the next message. One that was already there means that the replay began again.
    pub fn push(&mut self, message: Message) {
        if let Some(index) = self.messages.iter().position(|known| known.id == message.id) {
            self.messages.truncate(index);
        }
        self.messages.push(message);
    }

    /// The whole history, once it is complete.
    pub fn take(&mut self) -> Vec<Message> {
        std::mem::take(&mut self.messages)
    }
}

/// The place in `former` of the entry that shows `message`; `before` is the place of the one that shows the message
/// before it. Entries that were found already are `None`.
///
/// The server's id decides. What was shown before it had one is known otherwise: a message of the user by its text, an
/// answer by the message it answers.
pub(super) fn position_of(message: &Message, former: &[Option<Entry>], before: Option<usize>) -> Option<usize> {
    let found = |is_it: &dyn Fn(&Entry) -> bool| former.iter().position(|entry| entry.as_ref().is_some_and(is_it));
    found(&|entry| entry.id.as_ref() == Some(&message.id)).or_else(|| match message.role {
        Role::User => found(&|entry| {
            entry.id.is_none() && matches!(&entry.body, Body::User(user) if user.text == message.content)
        }),
        Role::Assistant => before.map(|index| index + 1).filter(|&index| {
            let next = former.get(index).and_then(Option::as_ref);
            next.is_some_and(|entry| entry.id.is_none() && matches!(entry.body, Body::Answer(_)))
        }),
    })
}
