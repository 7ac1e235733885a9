//! Stream events in, changes of the conversation out.

mod tools;

use super::{
    change::{Change, Problem},
    entry::{Answer, AnswerState, Body, Delivery, Entry, EntryKey, Subagent, UserMessage},
    replay::{Replay, position_of},
};
use sigmic_shared::{
    CallId, Message, StreamEvent, TaskId, TaskStatus, ToolCallStatus,
    stream::{Done, RunPhase},
    task::TaskStarted,
};

/// One conversation.
#[derive(Clone, Debug, Default)]
pub struct ChatModel {
    task_id: Option<TaskId>,
    entries: Vec<Entry>,
    keys_given: u32,
    /// The answer that grows.
    live: Option<EntryKey>,
    /// The run is about to be told anew, after a reconnection. The live answer stays in sight until the first event
    /// of that, so that nothing flickers.
    is_stale: bool,
    /// When the tool calls of this run were first seen executing. Outlives being told anew.
    tools_started_ms: Vec<(CallId, u64)>,
    is_streaming: bool,
    phase: Option<RunPhase>,
    replay: Replay,
    problem: Option<Problem>,
}

impl ChatModel {
    /// An empty conversation.
    pub fn new() -> Self {
        Self::default()
    }

    /// The task, once there is one.
    pub fn task_id(&self) -> Option<&TaskId> {
        self.task_id.as_ref()
    }

    /// The conversation, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// One entry.
    pub fn entry(&self, key: EntryKey) -> Option<&Entry> {
        // What is asked for is nearly always near the end.
        self.entries.iter().rfind(|entry| entry.key == key)
    }

    /// One answer.
    pub fn answer(&self, key: EntryKey) -> Option<&Answer> {
        match &self.entry(key)?.body {
            Body::Answer(answer) => Some(answer),
            Body::User(_) => None,
        }
    }

    /// Whether an answer is under way, or waits until the user lets a tool run.
    pub fn is_busy(&self) -> bool {
        self.is_streaming || self.pending_approvals().next().is_some()
    }

    /// Whether a stream is expected to bring more.
    pub fn is_streaming(&self) -> bool {
        self.is_streaming
    }

    /// What the run is doing, while one is under way.
    pub fn phase(&self) -> Option<RunPhase> {
        self.phase
    }

    /// Why the last stream ended early, until the next message or event.
    pub fn problem(&self) -> Option<&Problem> {
        self.problem.as_ref()
    }

    /// Shows a saved conversation, for example from `Api::history`; without messages, one whose history is to come.
    pub fn load(&mut self, task_id: TaskId, messages: Vec<Message>) -> Vec<Change> {
        if self.task_id.as_ref() != Some(&task_id) {
            *self = Self { keys_given: self.keys_given, ..Self::default() };
            self.task_id = Some(task_id);
        }
        self.replace(messages, false);
        vec![Change::Task, Change::Replaced, Change::Run]
    }

    /// Shows the user's message, and the answer to come, before the server knows of it.
    /// Returns the message's key and what changed.
    pub fn send(&mut self, text: &str, idempotency_key: String) -> (EntryKey, Vec<Change>) {
        let message =
            UserMessage { text: text.to_owned(), files: Vec::new(), delivery: Delivery::Sending { idempotency_key } };
        let mut changes = Vec::new();
        let key = self.add(Body::User(message), &mut changes);
        self.expect_answer(&mut changes);
        (key, changes)
    }

    /// A failed message goes out again. Returns its text and idempotency key for the request, and what changed.
    pub fn resend(&mut self, key: EntryKey) -> Option<(String, String, Vec<Change>)> {
        let entry = self.entries.iter_mut().find(|entry| entry.key == key)?;
        let Body::User(message) = &mut entry.body else { return None };
        let Delivery::Failed { idempotency_key } = message.delivery.clone() else { return None };
        message.delivery = Delivery::Sending { idempotency_key: idempotency_key.clone() };
        let text = message.text.clone();
        let mut changes = vec![Change::State(key)];
        self.expect_answer(&mut changes);
        Some((text, idempotency_key, changes))
    }

    /// Forgets a message that did not get there.
    pub fn discard(&mut self, key: EntryKey) -> Vec<Change> {
        let failed = |entry: &Entry| {
            let Body::User(message) = &entry.body else { return false };
            entry.key == key && matches!(message.delivery, Delivery::Failed { .. })
        };
        match self.entries.iter().position(failed) {
            Some(index) => {
                self.entries.remove(index);
                vec![Change::Removed(key)]
            }
            None => Vec::new(),
        }
    }

    /// Takes an event of the stream. `now_ms` is the browser's clock; it only measures durations.
    pub fn apply(&mut self, event: StreamEvent, now_ms: u64) -> Vec<Change> {
        let mut changes = Vec::new();
        self.problem = None;
        match event {
            StreamEvent::Task(started) => self.task_started(started, &mut changes),
            StreamEvent::HistoryMessage(message) => self.replay.push(message),
            StreamEvent::HistoryDone(done) => {
                let messages = self.replay.take();
                self.replace(messages, done.is_streaming);
                changes.extend([Change::Replaced, Change::Run]);
            }
            StreamEvent::Status(status) => {
                self.set_running(&mut changes);
                if self.phase.replace(status.status) != Some(status.status) {
                    changes.push(Change::Run);
                }
            }
            StreamEvent::Thought(thought) => {
                let (key, answer) = self.live_answer(&mut changes);
                answer.thoughts.push(thought);
                changes.push(Change::Thoughts(key));
            }
            StreamEvent::Content(content) => {
                let (key, answer) = self.live_answer(&mut changes);
                answer.text.push_str(&content.text);
                changes.push(Change::Text(key));
            }
            StreamEvent::ToolCall(call) => self.tool_called(call, now_ms, &mut changes),
            StreamEvent::ToolProgress(progress) => self.tool_progressed(progress, &mut changes),
            StreamEvent::ToolResult(result) => self.tool_ended(result, now_ms, &mut changes),
            StreamEvent::SubagentStart(start) => {
                let (key, answer) = self.live_answer(&mut changes);
                answer.subagents.push(Subagent {
                    agent_name: start.agent_name,
                    display_name: start.display_name,
                    objective: start.objective,
                    activity: None,
                    result: None,
                });
                changes.push(Change::Subagents(key));
            }
            StreamEvent::SubagentThought(thought) => {
                self.subagent(&thought.agent_name, &mut changes, |agent| agent.activity = Some(thought.text));
            }
            StreamEvent::SubagentTool(tool) => {
                self.subagent(&tool.agent_name, &mut changes, |agent| agent.activity = Some(tool.tool_name));
            }
            StreamEvent::SubagentEnd(end) => {
                self.subagent(&end.agent_name, &mut changes, |agent| agent.result = Some(end.result));
            }
            StreamEvent::Error(error) => {
                let (key, answer) = self.live_answer(&mut changes);
                answer.errors.push(error);
                changes.push(Change::State(key));
            }
            StreamEvent::Done(done) => self.done(done, &mut changes),
        }
        changes
    }

    /// The stream ended for good before its run did, or the message was refused.
    pub fn fail(&mut self, problem: Problem) -> Vec<Change> {
        let mut changes = Vec::new();
        if let Some(entry) = self.entries.iter_mut().rfind(|entry| entry.is_sending())
            && let Body::User(message) = &mut entry.body
            && let Delivery::Sending { idempotency_key } = &mut message.delivery
        {
            message.delivery = Delivery::Failed { idempotency_key: std::mem::take(idempotency_key) };
            changes.push(Change::State(entry.key));
        }
        if let Some(key) = self.live.take() {
            match self.answer_mut(key) {
                Some(answer) if answer.is_empty() => {
                    self.entries.retain(|entry| entry.key != key);
                    changes.push(Change::Removed(key));
                }
                Some(answer) => {
                    answer.state = AnswerState::Failed;
                    changes.push(Change::State(key));
                }
                None => {}
            }
        }
        self.problem = Some(problem);
        self.end_run(&mut changes);
        changes
    }

    fn task_started(&mut self, started: TaskStarted, changes: &mut Vec<Change>) {
        if self.task_id.as_ref() != Some(&started.id) {
            self.task_id = Some(started.id);
            changes.push(Change::Task);
        }
        if let Some(entry) = self.entries.iter_mut().rfind(|entry| entry.is_sending()) {
            entry.id = started.message_id;
            if let Body::User(message) = &mut entry.body {
                message.delivery = Delivery::Sent;
            }
            changes.push(Change::State(entry.key));
        }
        // When a request is repeated, the run it started is told from its beginning.
        self.is_stale = true;
        if started.status.is_active() {
            self.set_running(changes);
        }
    }

    fn subagent(&mut self, name: &str, changes: &mut Vec<Change>, update: impl FnOnce(&mut Subagent)) {
        let (key, answer) = self.live_answer(changes);
        let running = |agent: &&mut Subagent| agent.agent_name == name && agent.result.is_none();
        if let Some(agent) = answer.subagents.iter_mut().rfind(running) {
            update(agent);
            changes.push(Change::Subagents(key));
        }
    }

    fn done(&mut self, done: Done, changes: &mut Vec<Change>) {
        // What is in sight is of this very run, so a replay that has nothing but the end leaves it.
        self.is_stale = false;
        let (key, answer) = self.live_answer(changes);
        let cut_short = done.status != TaskStatus::Completed && done.final_response.is_empty();
        if answer.text != done.final_response && !cut_short {
            answer.text = done.final_response;
            changes.push(Change::Text(key));
        }
        // A server that stops while somebody is asked goes on waiting when it is back.
        let waits = done.status == TaskStatus::AwaitingApproval;
        for tool in &mut answer.tools {
            let is_open = match tool.status {
                ToolCallStatus::Executing => true,
                ToolCallStatus::AwaitingApproval => !waits,
                ToolCallStatus::Success | ToolCallStatus::Error | ToolCallStatus::Cancelled => false,
            };
            if is_open {
                tool.status = ToolCallStatus::Cancelled;
                tool.progress = None;
                changes.push(Change::Tool(key, tool.call_id.clone()));
            }
        }
        answer.usage = done.usage;
        answer.state = match done.status {
            TaskStatus::Failed => AnswerState::Failed,
            TaskStatus::Cancelled => AnswerState::Cancelled,
            _ => AnswerState::Complete,
        };
        changes.push(Change::State(key));
        self.live = None;
        self.end_run(changes);
    }

    /// Puts saved messages in place of what is there. What is there and is the same keeps its key.
    fn replace(&mut self, messages: Vec<Message>, is_streaming: bool) {
        let mut former: Vec<_> = std::mem::take(&mut self.entries).into_iter().map(Some).collect();
        let mut before = None;
        for message in messages {
            before = position_of(&message, &former, before);
            let same = before.and_then(|index| former[index].take());
            let key = same.as_ref().map_or_else(|| self.new_key(), |entry| entry.key);
            self.entries.push(Entry::saved(key, message, same));
        }
        let mut live = None;
        let mut is_sending = false;
        for entry in former.into_iter().flatten() {
            if Some(entry.key) == self.live {
                live = Some(entry);
            } else if entry.is_unsent() {
                // A message on its way, or that did not get there, is in no history, and is kept.
                is_sending |= entry.is_sending();
                self.entries.push(entry);
            }
        }
        let grows = is_streaming || is_sending;
        self.live = None;
        if grows {
            let live = live.unwrap_or_else(|| Entry::new(self.new_key(), Body::Answer(Answer::default())));
            self.live = Some(live.key);
            self.entries.push(live);
        }
        self.is_stale = grows;
        self.is_streaming = grows;
        if !grows {
            self.phase = None;
        }
    }

    /// The answer that an event belongs to, emptied first when the run is being told anew.
    fn live_answer(&mut self, changes: &mut Vec<Change>) -> (EntryKey, &mut Answer) {
        self.set_running(changes);
        let is_stale = std::mem::take(&mut self.is_stale);
        let key = match self.live {
            Some(key) => key,
            None => self.add(Body::Answer(Answer::default()), changes),
        };
        self.live = Some(key);
        let index = self.entries.iter().rposition(|entry| entry.key == key).expect("the live answer is an entry");
        let Body::Answer(answer) = &mut self.entries[index].body else { unreachable!("the live entry is an answer") };
        if is_stale && !answer.is_empty() {
            *answer = Answer::default();
            changes.push(Change::Replaced);
        }
        (key, answer)
    }

    fn answer_mut(&mut self, key: EntryKey) -> Option<&mut Answer> {
        match &mut self.entries.iter_mut().rfind(|entry| entry.key == key)?.body {
            Body::Answer(answer) => Some(answer),
            Body::User(_) => None,
        }
    }

    fn expect_answer(&mut self, changes: &mut Vec<Change>) {
        self.problem = None;
        self.live = Some(self.add(Body::Answer(Answer::default()), changes));
        self.set_running(changes);
    }

    fn add(&mut self, body: Body, changes: &mut Vec<Change>) -> EntryKey {
        let key = self.new_key();
        self.entries.push(Entry::new(key, body));
        changes.push(Change::Added(key));
        key
    }

    fn new_key(&mut self) -> EntryKey {
        self.keys_given += 1;
        EntryKey(self.keys_given)
    }

    fn set_running(&mut self, changes: &mut Vec<Change>) {
        if !std::mem::replace(&mut self.is_streaming, true) {
            changes.push(Change::Run);
        }
    }

    fn end_run(&mut self, changes: &mut Vec<Change>) {
        self.is_stale = false;
        self.tools_started_ms.clear();
        self.is_streaming = false;
        self.phase = None;
        changes.push(Change::Run);
    }
}
