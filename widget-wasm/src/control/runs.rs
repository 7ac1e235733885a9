//! Sending messages, following answers, stopping them, and trying again.

use super::{Control, Following};
use crate::{
    chat::{Answer, AnswerState, Body, Change, ChatModel, Delivery as MessageDelivery, Entry, EntryKey, Problem},
    host::{page, storage::Key},
    transport::{Connection, Delivery, Failure, TabMessage, new_idempotency_key},
};
use leptos::{prelude::*, task::spawn_local};
use sigmic_shared::{StreamEvent, TaskId, host_events::HostEvent};
use std::cell::{Cell, RefCell};

/// What is under way.
#[derive(Default)]
pub(super) struct Runs {
    following: Following,
    /// The conversation that is shown, once it has an id.
    task_id: RefCell<Option<TaskId>>,
    /// A message that waits until the saved conversation is there.
    waiting: RefCell<Option<String>>,
    /// Stop was pressed before the server said which task it is.
    stop_wanted: Cell<bool>,
}

impl Control {
    /// Sends a message, in the conversation that is shown or as the first of a new one.
    pub(super) fn send(&self, text: String) {
        let text = text.trim().to_owned();
        if text.is_empty() || self.ui.chat.busy.get_untracked() {
            return;
        }
        self.start();
        self.ui.following.set(true);
        if self.ui.chat.loading.get_untracked() {
            *self.runs.waiting.borrow_mut() = Some(text);
            return;
        }
        let idempotency_key = new_idempotency_key();
        self.ui.chat.update(|model| model.send(&text, idempotency_key.clone()).1);
        self.request(&text, &idempotency_key);
    }

    /// Stops the answer that is under way.
    pub(super) fn stop(&self) {
        let Some(task_id) = self.task_id() else {
            self.runs.stop_wanted.set(self.ui.chat.busy.get_untracked());
            return;
        };
        let (api, me) = (self.api.clone(), self.me.clone());
        spawn_local(async move {
            let result = api.cancel(&task_id).await;
            let Some(control) = me.upgrade() else { return };
            match result {
                // An answer that only waited for the visitor has no stream that would tell its end.
                Ok(()) => control.look_for_news(),
                Err(failure) => control.report_failure(&failure),
            }
        });
    }

    /// Does again what failed last.
    pub(super) fn retry(&self) {
        if !self.renew_token() {
            self.try_again();
        }
    }

    /// Sends again what did not get there, watches again what was lost from sight, or asks again what failed.
    pub(super) fn try_again(&self) {
        let (undelivered, question, failed, has_problem) = self.ui.chat.peek(|model| {
            let undelivered = model.entries().iter().rev().find(|entry| is_undelivered(entry)).map(|entry| entry.key);
            let question = model.entries().iter().rev().find_map(question_of);
            let failed = model.entries().last().and_then(answer_of).is_some_and(|a| a.state == AnswerState::Failed);
            (undelivered, question, failed, model.problem().is_some())
        });
        self.ui.following.set(true);
        if let Some(key) = undelivered {
            self.resend(key);
        } else if let (Some(question), true, false) = (question, failed, has_problem) {
            self.send(question);
        } else if let Some(task_id) = self.task_id() {
            self.watch(&task_id);
        } else {
            self.has_started.set(false);
            self.start();
        }
    }

    /// Begins another conversation. An answer under way goes on without being watched.
    pub(super) fn new_chat(&self) {
        self.leave();
        self.remembered.set(Key::Task, None);
        self.has_started.set(true);
    }

    /// Shows a conversation.
    pub(super) fn open_task(&self, task_id: &TaskId) {
        self.leave();
        self.has_started.set(true);
        self.remembered.set(Key::Task, Some(task_id.as_str()));
        self.watch(task_id);
    }

    /// Shows the conversation of the last visit, once.
    pub(super) fn start(&self) {
        if self.has_started.replace(true) {
            return;
        }
        if let Some(task_id) = self.remembered.get(Key::Task) {
            self.watch(&TaskId(task_id));
        }
    }

    /// Follows a conversation: what was said, then the answer if one is under way.
    pub(super) fn watch(&self, task_id: &TaskId) {
        let is_empty = self.ui.chat.keys.with_untracked(Vec::is_empty);
        self.ui.chat.loading.set(is_empty);
        *self.runs.task_id.borrow_mut() = Some(task_id.clone());
        self.follow(self.api.watch(task_id, None, self.deliverer()));
    }

    /// Looks for news of the conversation that is shown, unless its answer is being followed already.
    pub(super) fn look_for_news(&self) {
        if self.is_followed() {
            return;
        }
        if let (true, Some(task_id)) = (self.has_started.get(), self.task_id()) {
            self.watch(&task_id);
        }
    }

    /// Whether a stream is open or about to be, which brings all news and tells what is wrong.
    pub(super) fn is_followed(&self) -> bool {
        self.ui.chat.peek(ChatModel::is_streaming) || self.ui.chat.loading.get_untracked()
    }

    /// The conversation that is shown, if the server has it.
    pub(super) fn task_id(&self) -> Option<TaskId> {
        self.runs.task_id.borrow().clone()
    }

    pub(super) fn leave(&self) {
        self.runs.following.borrow_mut().take();
        self.runs.waiting.borrow_mut().take();
        self.runs.stop_wanted.set(false);
        self.runs.task_id.borrow_mut().take();
        self.ui.chat.clear();
        self.ui.following.set(true);
    }

    fn resend(&self, key: EntryKey) {
        let mut request = None;
        self.ui.chat.update(|model| {
            let Some((text, idempotency_key, changes)) = model.resend(key) else { return Vec::new() };
            request = Some((text, idempotency_key));
            changes
        });
        if let Some((text, idempotency_key)) = request {
            self.request(&text, &idempotency_key);
        }
    }

    fn request(&self, text: &str, idempotency_key: &str) {
        self.follow(match self.task_id() {
            Some(task_id) => self.api.follow_up_stream(&task_id, text, idempotency_key, self.deliverer()),
            None => self.api.create_task_stream(text, idempotency_key, self.deliverer()),
        });
    }

    fn follow(&self, handle: crate::transport::StreamHandle) {
        let before = self.runs.following.borrow_mut().replace(handle);
        drop(before);
    }

    fn deliverer(&self) -> impl FnMut(Delivery) + 'static {
        let me = self.me.clone();
        move |delivery| {
            if let Some(control) = me.upgrade() {
                control.take(delivery);
            }
        }
    }

    fn take(&self, delivery: Delivery) {
        match delivery {
            Delivery::Events(events) => {
                self.ui.chat.reconnecting.set(false);
                let is_loaded = events.iter().any(|event| matches!(event, StreamEvent::HistoryDone(_)));
                let started = events.iter().any(|event| matches!(event, StreamEvent::Task(_)));
                for event in &events {
                    if let StreamEvent::Error(error) = event {
                        self.report(error.code.code(), &error.message);
                    }
                }
                let now_ms = page::now_ms();
                let changes = self
                    .ui
                    .chat
                    .update(|model| events.into_iter().flat_map(|event| model.apply(event, now_ms)).collect());
                if started || changes.contains(&Change::Task) {
                    self.on_task(started);
                }
                if is_loaded {
                    self.on_loaded();
                }
            }
            Delivery::Connection(connection) => {
                self.ui.chat.reconnecting.set(matches!(connection, Connection::Waiting { .. }));
            }
            Delivery::Ended(result) => self.on_ended(result),
        }
    }

    /// The server says which task this is; `started` when a message of this tab began a run in it.
    fn on_task(&self, started: bool) {
        let Some(task_id) = self.ui.chat.peek(|model| model.task_id().cloned()) else { return };
        *self.runs.task_id.borrow_mut() = Some(task_id.clone());
        if self.remembered.get(Key::Task).as_deref() != Some(task_id.as_str()) {
            self.remembered.set(Key::Task, Some(task_id.as_str()));
            if started {
                self.emit(&HostEvent::Task { task_id: task_id.clone() });
            }
        }
        if started {
            self.tabs.send(&TabMessage::Run { task_id });
        }
        if self.runs.stop_wanted.take() {
            self.stop();
        }
    }

    fn on_loaded(&self) {
        if !self.ui.chat.loading.get_untracked() {
            return;
        }
        self.ui.chat.loading.set(false);
        self.restore_scroll();
        let waiting = self.runs.waiting.borrow_mut().take();
        if let Some(text) = waiting {
            self.send(text);
        }
    }

    fn on_ended(&self, result: Result<(), Failure>) {
        let was_loading = self.ui.chat.loading.get_untracked();
        self.ui.chat.loading.set(false);
        self.ui.chat.reconnecting.set(false);
        self.runs.stop_wanted.set(false);
        let waiting = self.runs.waiting.borrow_mut().take();
        let Err(failure) = result else { return };
        if failure == Failure::Aborted {
            return;
        }
        if was_loading && failure.code() == "NOT_FOUND" {
            // The conversation of the last visit was erased meanwhile: nothing a visitor would miss.
            self.new_chat();
            if let Some(text) = waiting {
                self.send(text);
            }
            return;
        }
        if let Failure::Token(trouble) = &failure {
            self.token_trouble.set(*trouble);
        }
        if let Some(text) = waiting {
            self.ui.draft.set(text);
        }
        let problem = Problem { code: failure.code().to_owned(), message: message_of(&failure).to_owned() };
        self.ui.chat.update(|model| model.fail(problem));
        self.report_failure(&failure);
    }

    /// Tells the page and its developers why a request failed.
    pub(super) fn report_failure(&self, failure: &Failure) {
        let is_of_token = match failure {
            Failure::Token(_) => true,
            Failure::Api(refusal) => refusal.status == 401,
            _ => false,
        };
        if is_of_token {
            self.report_token(failure.code(), message_of(failure));
        } else {
            self.report(failure.code(), message_of(failure));
        }
    }
}

fn message_of(failure: &Failure) -> &str {
    match failure {
        Failure::Api(refusal) => &refusal.message,
        Failure::Token(_) => "There is no usable token.",
        Failure::Network => "The server could not be reached.",
        Failure::Timeout => "The server did not answer in time.",
        Failure::Unreadable => "The server's answer could not be read.",
        Failure::Aborted => "The request was ended.",
    }
}

fn is_undelivered(entry: &Entry) -> bool {
    matches!(&entry.body, Body::User(message) if matches!(message.delivery, MessageDelivery::Failed { .. }))
}

fn question_of(entry: &Entry) -> Option<String> {
    match &entry.body {
        Body::User(message) => Some(message.text.clone()),
        Body::Answer(_) => None,
    }
}

fn answer_of(entry: &Entry) -> Option<&Answer> {
    match &entry.body {
        Body::Answer(answer) => Some(answer),
        Body::User(_) => None,
    }
}
