use super::{Answer, AnswerState, Body, Change, ChatModel, Delivery, Entry, EntryKey, Problem};
use proptest::prelude::*;
use serde_json::json;
use sigmic_shared::{
    Message, Role, RunErrorCode, StreamEvent, TaskId, TaskStatus, Thought, Timestamp, ToolCall, ToolCallStatus,
    stream::{
        Content, Done, HistoryDone, RunError, RunPhase, RunStatus, SubagentEnd, SubagentStart, SubagentThought,
        SubagentTool, ToolCallStarted, ToolProgress, ToolResult,
    },
    task::TaskStarted,
};

fn task(status: TaskStatus) -> StreamEvent {
    StreamEvent::Task(TaskStarted { id: "t1".into(), status, message_id: Some("m1".into()) })
}

fn content(text: &str) -> StreamEvent {
    StreamEvent::Content(Content { text: text.into(), is_partial: true })
}

fn thought(subject: &str) -> StreamEvent {
    StreamEvent::Thought(Thought { subject: subject.into(), description: String::new() })
}

fn tool_call(id: &str, status: ToolCallStatus) -> StreamEvent {
    StreamEvent::ToolCall(ToolCallStarted {
        call_id: id.into(),
        tool_name: "orders__find".into(),
        status,
        args: json!({}),
        text_offset: None,
    })
}

fn tool_result(id: &str, status: ToolCallStatus) -> StreamEvent {
    StreamEvent::ToolResult(ToolResult { call_id: id.into(), status, output: "out".into() })
}

fn done(text: &str, status: TaskStatus) -> StreamEvent {
    StreamEvent::Done(Done { final_response: text.into(), status, usage: None })
}

fn saved(id: &str, role: Role, text: &str) -> Message {
    Message {
        id: id.into(),
        role,
        content: text.into(),
        created_at: Timestamp("2026-01-31T12:00:00.000Z".into()),
        attached_files: vec![],
        thoughts: vec![],
        tool_calls: vec![],
    }
}

fn history_done(count: u64, is_streaming: bool) -> StreamEvent {
    StreamEvent::HistoryDone(HistoryDone { message_count: count, is_streaming })
}

/// A conversation whose first message has just been sent: the keys of the message and of its answer.
fn sent() -> (ChatModel, EntryKey, EntryKey) {
    let mut model = ChatModel::new();
    let (user, changes) = model.send("Hello", "k1".into());
    let answer = model.entries()[1].key;
    assert_eq!(changes, [Change::Added(user), Change::Added(answer), Change::Run]);
    (model, user, answer)
}

fn answer(model: &ChatModel) -> &Answer {
    let Some(Entry { body: Body::Answer(answer), .. }) = model.entries().last() else { panic!("no answer") };
    answer
}

#[test]
fn a_message_is_shown_before_the_server_knows_of_it() {
    let (mut model, user, _) = sent();
    assert!(model.is_streaming());
    assert!(
        matches!(&model.entry(user).unwrap().body, Body::User(message) if message.delivery == Delivery::Sending { idempotency_key: "k1".into() })
    );
    assert_eq!(model.apply(task(TaskStatus::Pending), 0), [Change::Task, Change::State(user)]);
    assert_eq!(model.task_id(), Some(&TaskId::from("t1")));
    assert_eq!(model.entry(user).unwrap().id, Some("m1".into()));
    assert!(matches!(&model.entry(user).unwrap().body, Body::User(message) if message.delivery == Delivery::Sent));
}

#[test]
fn every_event_says_what_it_changed() {
    let (mut model, _, key) = sent();
    let subagent = || "scout".to_owned();
    for (event, expected) in [
        (StreamEvent::Status(RunStatus { status: RunPhase::Connecting }), vec![Change::Run]),
        (StreamEvent::Status(RunStatus { status: RunPhase::Connecting }), vec![]),
        (thought("Looking"), vec![Change::Thoughts(key)]),
        (content("Let me "), vec![Change::Text(key)]),
        (tool_call("c1", ToolCallStatus::AwaitingApproval), vec![Change::Tool(key, "c1".into())]),
        (tool_call("c1", ToolCallStatus::Executing), vec![Change::Tool(key, "c1".into())]),
        (
            StreamEvent::ToolProgress(ToolProgress {
                call_id: "c1".into(),
                progress: 1.0,
                total: Some(2.0),
                message: None,
            }),
            vec![Change::Tool(key, "c1".into())],
        ),
        (tool_result("c1", ToolCallStatus::Success), vec![Change::Tool(key, "c1".into())]),
        (tool_result("unheard-of", ToolCallStatus::Success), vec![]),
        (
            StreamEvent::SubagentStart(SubagentStart {
                agent_name: subagent(),
                display_name: "Scout".into(),
                description: String::new(),
                objective: "find".into(),
            }),
            vec![Change::Subagents(key)],
        ),
        (
            StreamEvent::SubagentThought(SubagentThought { agent_name: subagent(), text: "hm".into() }),
            vec![Change::Subagents(key)],
        ),
        (
            StreamEvent::SubagentTool(SubagentTool {
                agent_name: subagent(),
                status: "start".into(),
                tool_name: "grep".into(),
                output: None,
            }),
            vec![Change::Subagents(key)],
        ),
        (
            StreamEvent::SubagentEnd(SubagentEnd {
                agent_name: subagent(),
                terminate_reason: "GOAL".into(),
                result: "there".into(),
            }),
            vec![Change::Subagents(key)],
        ),
        (
            StreamEvent::Error(RunError { code: RunErrorCode::McpUnavailable, message: "m".into() }),
            vec![Change::State(key)],
        ),
        (content("see."), vec![Change::Text(key)]),
        (done("Let me see.", TaskStatus::Completed), vec![Change::State(key), Change::Run]),
    ] {
        let name = event.name();
        assert_eq!(model.apply(event, 0), expected, "{name}");
    }
    let answer = answer(&model);
    assert_eq!((answer.text.as_str(), answer.state), ("Let me see.", AnswerState::Complete));
    assert_eq!(answer.errors.len(), 1);
    assert_eq!(answer.subagents[0].result.as_deref(), Some("there"));
    assert!(!model.is_streaming() && model.phase().is_none());
}

#[test]
fn the_end_is_the_truth() {
    // (text before, status, final response, text after, state)
    for (before, status, end, after, state) in [
        ("ab", TaskStatus::Completed, "ab", "ab", AnswerState::Complete),
        ("ab", TaskStatus::Completed, "abc", "abc", AnswerState::Complete),
        ("ab", TaskStatus::Completed, "", "", AnswerState::Complete),
        ("ab", TaskStatus::Cancelled, "ab", "ab", AnswerState::Cancelled),
        ("ab", TaskStatus::Failed, "", "ab", AnswerState::Failed),
        ("", TaskStatus::Cancelled, "", "", AnswerState::Cancelled),
    ] {
        let (mut model, _, _) = sent();
        if !before.is_empty() {
            model.apply(content(before), 0);
        }
        model.apply(tool_call("c1", ToolCallStatus::Executing), 0);
        model.apply(done(end, status), 0);
        let answer = answer(&model);
        assert_eq!((answer.text.as_str(), answer.state), (after, state), "{before:?} {end:?}");
        assert_eq!(answer.tools[0].status, ToolCallStatus::Cancelled);
    }
}

#[test]
fn a_message_that_is_refused_can_be_sent_again_or_dropped() {
    let (mut model, user, key) = sent();
    let problem = Problem { code: "RATE_LIMITED".into(), message: "Too many.".into() };
    assert_eq!(model.fail(problem.clone()), [Change::State(user), Change::Removed(key), Change::Run]);
    assert_eq!(model.problem(), Some(&problem));
    assert!(!model.is_streaming());
    let (text, idempotency_key, _) = model.resend(user).unwrap();
    assert_eq!((text.as_str(), idempotency_key.as_str()), ("Hello", "k1"));
    assert_eq!(model.problem(), None);
    assert_eq!(model.entries().len(), 2);
    assert!(model.resend(user).is_none(), "it is under way");
    assert_eq!(model.discard(user), [], "it is under way");
    model.fail(problem);
    assert_eq!(model.discard(user), [Change::Removed(user)]);
    assert!(model.entries().is_empty());
}

#[test]
fn a_stream_that_is_lost_keeps_what_came() {
    let (mut model, user, key) = sent();
    model.apply(task(TaskStatus::Running), 0);
    model.apply(content("half"), 0);
    let changes = model.fail(Problem { code: "NETWORK_ERROR".into(), message: String::new() });
    assert_eq!(changes, [Change::State(key), Change::Run]);
    assert_eq!(answer(&model).state, AnswerState::Failed);
    // Watching again brings the rest under the same key.
    model.apply(StreamEvent::HistoryMessage(saved("m1", Role::User, "Hello")), 0);
    model.apply(StreamEvent::HistoryMessage(saved("m2", Role::Assistant, "half and half")), 0);
    model.apply(history_done(2, false), 0);
    assert_eq!(model.entries().iter().map(|entry| entry.key).collect::<Vec<_>>(), [user, key]);
    assert_eq!(answer(&model).text, "half and half");
}

#[test]
fn history_replaces_what_is_there_and_keeps_keys() {
    let (mut model, user, key) = sent();
    model.apply(task(TaskStatus::Running), 0);
    model.apply(content("Hi"), 0);
    // Before the answer is saved, a replay has the message only.
    model.apply(StreamEvent::HistoryMessage(saved("m1", Role::User, "Hello")), 0);
    assert_eq!(model.apply(history_done(1, true), 0), [Change::Replaced, Change::Run]);
    assert_eq!(answer(&model).text, "Hi", "it stays in sight until the replay has something");
    assert_eq!(model.apply(content("Hi the"), 0), [Change::Replaced, Change::Text(key)]);
    assert_eq!(model.apply(content("re"), 0), [Change::Text(key)]);
    assert_eq!(answer(&model).text, "Hi there");
    // Afterwards it has the answer too.
    model.apply(StreamEvent::HistoryMessage(saved("m1", Role::User, "Hello")), 0);
    model.apply(StreamEvent::HistoryMessage(saved("m2", Role::Assistant, "Hi there.")), 0);
    model.apply(history_done(2, false), 0);
    let keys: Vec<_> = model.entries().iter().map(|entry| (entry.key, entry.id.clone())).collect();
    assert_eq!(keys, [(user, Some("m1".into())), (key, Some("m2".into()))]);
    assert_eq!((answer(&model).text.as_str(), answer(&model).state), ("Hi there.", AnswerState::Complete));
    assert!(!model.is_streaming());
}

#[test]
fn history_keeps_messages_that_did_not_get_there() {
    let (mut model, user, _) = sent();
    model.fail(Problem { code: "NETWORK_ERROR".into(), message: String::new() });
    model.apply(StreamEvent::HistoryMessage(saved("m0", Role::User, "Earlier")), 0);
    model.apply(history_done(1, false), 0);
    assert_eq!(model.entries().len(), 2);
    assert_eq!(model.entries()[1].key, user);
    // One that did get there, although the answer was lost on the way, is found again by its text.
    model.apply(StreamEvent::HistoryMessage(saved("m0", Role::User, "Earlier")), 0);
    model.apply(StreamEvent::HistoryMessage(saved("m1", Role::User, "Hello")), 0);
    model.apply(history_done(2, true), 0);
    assert_eq!(model.entries()[1].key, user);
    assert_eq!(model.entries().len(), 3);
    assert!(model.is_streaming());
}

#[test]
fn a_repeated_request_tells_its_run_from_the_beginning() {
    let (mut model, _, _) = sent();
    model.apply(task(TaskStatus::Running), 0);
    model.apply(content("Once"), 0);
    model.apply(tool_call("c1", ToolCallStatus::Executing), 1_000);
    model.apply(task(TaskStatus::Running), 0);
    model.apply(content("Once"), 0);
    model.apply(tool_call("c1", ToolCallStatus::Executing), 4_000);
    model.apply(tool_result("c1", ToolCallStatus::Success), 5_000);
    assert_eq!(answer(&model).text, "Once");
    assert_eq!(answer(&model).tools.len(), 1);
    assert_eq!(answer(&model).tools[0].duration_ms, Some(4_000), "it began when it was first seen to");
}

#[test]
fn another_conversation_starts_from_nothing() {
    let (mut model, user, _) = sent();
    model.apply(task(TaskStatus::Running), 0);
    model.load("t2".into(), vec![saved("m7", Role::User, "Other")]);
    assert_eq!(model.entries().len(), 1);
    assert_ne!(model.entries()[0].key, user, "keys are never given twice");
    assert!(!model.is_streaming());
}

#[test]
fn a_run_that_somebody_else_started_appears() {
    let mut model = ChatModel::new();
    model.load("t1".into(), vec![]);
    for event in [history_done(0, true), content("Hi"), done("Hi", TaskStatus::Completed)] {
        model.apply(event, 0);
    }
    assert_eq!(answer(&model).text, "Hi");
}

/// What a server knows of a run and would send to whoever connects after `seen` of its events.
#[derive(Debug)]
struct Server {
    past: Vec<Message>,
    run: Vec<StreamEvent>,
}

impl Server {
    fn answer_so_far(&self, seen: usize) -> Message {
        let mut message = saved("m2", Role::Assistant, "");
        for event in &self.run[..seen] {
            match event {
                StreamEvent::Content(content) => message.content.push_str(&content.text),
                StreamEvent::Thought(thought) => message.thoughts.push(thought.clone()),
                StreamEvent::ToolCall(call) => message.tool_calls.push(ToolCall {
                    text_offset: Some(message.content.chars().count() as u64),
                    call_id: call.call_id.clone(),
                    tool_name: call.tool_name.clone(),
                    status: call.status,
                    args: call.args.clone(),
                    output: None,
                    duration_ms: None,
                }),
                StreamEvent::ToolResult(result) => {
                    if let Some(call) = message.tool_calls.iter_mut().find(|call| call.call_id == result.call_id) {
                        call.status = result.status;
                        call.output = Some(result.output.clone());
                    }
                }
                _ => {}
            }
        }
        message
    }

    fn replay(&self, seen: usize) -> Vec<StreamEvent> {
        let is_over = seen == self.run.len();
        let answer = self.answer_so_far(seen);
        let mut messages = self.past.clone();
        messages.push(saved("m1", Role::User, "Hello"));
        if is_over {
            messages.push(answer.clone());
        }
        let count = messages.len() as u64;
        let mut events: Vec<_> = messages.into_iter().map(StreamEvent::HistoryMessage).collect();
        events.push(history_done(count, !is_over));
        if !is_over {
            events.extend(answer.thoughts.into_iter().map(StreamEvent::Thought));
            if !answer.content.is_empty() {
                events.push(content(&answer.content));
            }
            for call in answer.tool_calls {
                let mut started = tool_call(call.call_id.as_str(), ToolCallStatus::Executing);
                if let StreamEvent::ToolCall(started) = &mut started {
                    started.text_offset = call.text_offset;
                }
                events.push(started);
                if let Some(output) = call.output {
                    events.push(StreamEvent::ToolResult(ToolResult {
                        call_id: call.call_id,
                        status: call.status,
                        output,
                    }));
                }
            }
        }
        events
    }
}

fn runs() -> impl Strategy<Value = Server> {
    let step = prop_oneof![
        4 => "[a-zé \n]{1,4}".prop_map(|text| vec![content(&text)]),
        1 => "[a-z]{1,4}".prop_map(|subject| vec![thought(&subject)]),
        1 => Just(vec![StreamEvent::Status(RunStatus { status: RunPhase::Processing })]),
        1 => any::<prop::sample::Index>().prop_map(|id| {
            let id = format!("c{}", id.index(1_000_000));
            vec![tool_call(&id, ToolCallStatus::Executing), tool_result(&id, ToolCallStatus::Success)]
        }),
    ];
    (prop::collection::vec(step, 0..12), 0..3_usize).prop_map(|(steps, past)| {
        let mut server = Server {
            past: (0..past)
                .flat_map(|turn| {
                    [saved(&format!("p{turn}"), Role::User, "Hello"), saved(&format!("q{turn}"), Role::Assistant, "Hi")]
                })
                .collect(),
            run: steps.into_iter().flatten().collect(),
        };
        let text = server.answer_so_far(server.run.len()).content;
        server.run.push(done(&text, TaskStatus::Completed));
        server
    })
}

/// What a person sees, and the keys that keep it in place. Durations depend on when one looks.
fn seen(model: &ChatModel) -> Vec<(EntryKey, Body)> {
    let mut entries: Vec<_> = model.entries().iter().map(|entry| (entry.key, entry.body.clone())).collect();
    for (_, body) in &mut entries {
        if let Body::Answer(answer) = body {
            for tool in &mut answer.tools {
                (tool.started_ms, tool.duration_ms) = (None, None);
            }
        }
    }
    entries
}

proptest! {
    #[test]
    fn a_stream_cut_anywhere_and_taken_up_again_gives_the_same_conversation(
        server in runs(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>()), 0..6),
    ) {
        let begin = || {
            let mut model = ChatModel::new();
            model.load("t1".into(), server.past.clone());
            model.send("Hello", "k1".into());
            model.apply(task(TaskStatus::Running), 0);
            model
        };
        let mut straight = begin();
        for event in &server.run {
            straight.apply(event.clone(), 0);
        }

        let mut model = begin();
        let mut position = 0;
        for (cut, missed, breaks_in_replay) in cuts {
            // The connection holds for some events, then some happen without it, then the server replays.
            let cut = position + cut.index(server.run.len() - position + 1);
            for event in &server.run[position..cut] {
                model.apply(event.clone(), 0);
            }
            position = cut + missed.index(server.run.len() - cut + 1);
            let replay = server.replay(position);
            if breaks_in_replay {
                for event in &replay[..replay.len() / 2] {
                    model.apply(event.clone(), 0);
                }
            }
            for event in replay {
                model.apply(event, 0);
            }
        }
        for event in &server.run[position..] {
            model.apply(event.clone(), 0);
        }
        prop_assert_eq!(seen(&model), seen(&straight));
        prop_assert!(!model.is_streaming());
    }
}
