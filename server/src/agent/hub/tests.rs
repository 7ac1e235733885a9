mod clients;

use super::*;
use bytes::Bytes;
use futures::FutureExt;
use proptest::prelude::*;
use serde_json::json;
use sigmic_shared::{
    RunErrorCode, StreamEvent, TaskStatus, Thought, ToolCallStatus,
    sse::{Decoder, Frame},
    stream::{Content, Done, RunError, RunPhase, RunStatus, ToolCallStarted, ToolProgress, ToolResult},
};

fn hub() -> Hub {
    limited(HubLimits::default())
}

fn limited(limits: HubLimits) -> Hub {
    Hub::new(limits, Clock::manual(0).0)
}

fn task() -> TaskId {
    "task".into()
}

fn open(hub: &Hub) -> (Publisher, Watch) {
    let (publisher, watch, _control) = hub.open(task(), 1, "answer".into());
    (publisher, watch)
}

fn content(text: &str) -> StreamEvent {
    StreamEvent::Content(Content { text: text.into(), is_partial: true })
}

fn done(text: &str) -> Done {
    Done { final_response: text.into(), status: TaskStatus::Completed, usage: None }
}

fn frames(bytes: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    Decoder::new().feed(bytes, |frame| frames.push(frame));
    frames
}

/// Frames as short lines: number, name, data.
fn lines(bytes: Option<Bytes>) -> Vec<String> {
    let frames = frames(&bytes.expect("the watch has not ended"));
    let number = |frame: &Frame| frame.id.as_ref().map_or(0, |id| id.parse::<u64>().unwrap() & 0xffff_ffff);
    frames.iter().map(|frame| format!("{} {} {}", number(frame), frame.event, frame.data)).collect()
}

/// What waits now; the outer `None` is nothing yet, the inner one the end.
fn poll(watch: &mut Watch) -> Option<Option<Bytes>> {
    watch.next().now_or_never()
}

fn fresh(watching: Option<Watching>) -> Watch {
    match watching {
        Some(Watching::Fresh { watch, .. }) => watch,
        Some(Watching::Resumed(_)) => panic!("resumed"),
        None => panic!("nothing runs"),
    }
}

fn resumed(watching: Option<Watching>) -> Watch {
    match watching {
        Some(Watching::Resumed(watch)) => watch,
        Some(Watching::Fresh { .. }) => panic!("has to begin again"),
        None => panic!("nothing runs"),
    }
}

#[test]
fn all_that_waits_comes_at_once_and_nothing_is_held_back() {
    let hub = hub();
    let (mut publisher, mut watch) = open(&hub);
    assert_eq!(poll(&mut watch), None);
    publisher.publish(&mut vec![content("a")]);
    publisher.publish(&mut vec![content("b"), content("c")]);
    assert_eq!(
        lines(poll(&mut watch).unwrap()),
        [
            r#"1 content {"text":"a","isPartial":true}"#,
            r#"2 content {"text":"b","isPartial":true}"#,
            r#"3 content {"text":"c","isPartial":true}"#,
        ]
    );
    assert_eq!(poll(&mut watch), None);
    publisher.finish(Some(RunError { code: RunErrorCode::StepLimit, message: "m".into() }), done("abc"));
    assert_eq!(
        lines(poll(&mut watch).unwrap()),
        [r#"4 error {"code":"STEP_LIMIT","message":"m"}"#, r#"5 done {"finalResponse":"abc","status":"completed"}"#,]
    );
    assert_eq!(poll(&mut watch), Some(None));
    assert_eq!(poll(&mut watch), Some(None), "the end stays the end");
}

#[test]
fn ids_grow_from_run_to_run() {
    let hub = hub();
    let mut last = 0;
    for run_no in 1..4 {
        let (mut publisher, mut watch, _control) = hub.open(task(), run_no, "answer".into());
        publisher.publish(&mut vec![content("a"), content("b")]);
        publisher.finish(None, done("ab"));
        for frame in frames(&poll(&mut watch).unwrap().unwrap()) {
            let id = frame.id.unwrap().parse().unwrap();
            assert!(id > last);
            last = id;
        }
    }
    assert_eq!(last, event_id(3, 3));
}

#[test]
fn watchers_share_the_bytes() {
    let hub = hub();
    let (mut publisher, mut one) = open(&hub);
    let mut other = fresh(hub.watch(&task(), None));
    publisher.publish(&mut vec![content("shared")]);
    let (one, other) = (poll(&mut one).unwrap().unwrap(), poll(&mut other).unwrap().unwrap());
    assert_eq!(one.as_ptr(), other.as_ptr());
}

#[tokio::test]
async fn a_waiting_watch_is_woken_by_an_event_and_by_the_end() {
    let hub = hub();
    let (mut publisher, mut watch) = open(&hub);
    let (seen, mut sees) = mpsc::unbounded_channel();
    let watching = tokio::spawn(async move {
        while let Some(bytes) = watch.next().await {
            seen.send(frames(&bytes).len()).unwrap();
        }
    });
    publisher.publish(&mut vec![content("a")]);
    assert_eq!(sees.recv().await, Some(1));
    publisher.publish(&mut vec![content("b"), content("c")]);
    assert_eq!(sees.recv().await, Some(2));
    drop(publisher);
    watching.await.unwrap();
}

#[test]
fn a_late_watcher_is_told_in_short_what_happened() {
    let hub = hub();
    let (mut publisher, _watch) = open(&hub);
    let status = |status| StreamEvent::Status(RunStatus { status });
    let call = |id: &str, status| {
        let (tool_name, args) = ("t".into(), json!({}));
        StreamEvent::ToolCall(ToolCallStarted { call_id: id.into(), tool_name, status, args, text_offset: Some(0) })
    };
    let progress = |id: &str, progress| {
        StreamEvent::ToolProgress(ToolProgress { call_id: id.into(), progress, total: None, message: None })
    };
    let result = |id: &str| {
        let (call_id, output) = (id.into(), "out".into());
        StreamEvent::ToolResult(ToolResult { call_id, status: ToolCallStatus::Success, output })
    };
    publisher.publish(&mut vec![status(RunPhase::Connecting), status(RunPhase::Processing)]);
    publisher.publish(&mut vec![
        StreamEvent::Error(RunError { code: RunErrorCode::McpUnavailable, message: "m".into() }),
        StreamEvent::Thought(Thought { subject: "s".into(), description: "d".into() }),
        content("Hel"),
        StreamEvent::Content(Content { text: "lo".into(), is_partial: false }),
        call("1", ToolCallStatus::AwaitingApproval),
        call("2", ToolCallStatus::Executing),
        call("3", ToolCallStatus::Executing),
        progress("1", 0.1),
        progress("2", 0.5),
        progress("3", 0.1),
        progress("3", 0.2),
        result("2"),
        call("1", ToolCallStatus::Executing),
    ]);
    let mut watch = fresh(hub.watch(&task(), None));
    assert_eq!(
        lines(poll(&mut watch).unwrap()),
        [
            r#"0 status {"status":"processing"}"#,
            r#"0 error {"code":"MCP_UNAVAILABLE","message":"m"}"#,
            r#"0 thought {"subject":"s","description":"d"}"#,
            r#"0 content {"text":"Hello","isPartial":false}"#,
            r#"0 tool_call {"callId":"1","toolName":"t","status":"executing","args":{},"textOffset":0}"#,
            r#"0 tool_progress {"callId":"1","progress":0.1}"#,
            r#"0 tool_call {"callId":"2","toolName":"t","status":"executing","args":{},"textOffset":0}"#,
            r#"0 tool_result {"callId":"2","status":"success","output":"out"}"#,
            r#"0 tool_call {"callId":"3","toolName":"t","status":"executing","args":{},"textOffset":0}"#,
            r#"15 tool_progress {"callId":"3","progress":0.2}"#,
        ]
    );
    publisher.publish(&mut vec![content("!")]);
    assert_eq!(lines(poll(&mut watch).unwrap()), [r#"16 content {"text":"!","isPartial":true}"#]);
}

#[test]
fn a_fresh_watch_names_the_answer_that_history_leaves_out() {
    let hub = hub();
    let (_publisher, _watch) = open(&hub);
    let Some(Watching::Fresh { answer_id, mut watch }) = hub.watch(&task(), None) else { panic!("not fresh") };
    assert_eq!(answer_id, "answer".into());
    assert_eq!(poll(&mut watch), None, "nothing happened so far");
    assert!(hub.watch(&"other".into(), None).is_none());
}

#[test]
fn a_client_goes_on_after_the_event_it_has() {
    let id = |seq: u64| Some(event_id(1, seq));
    let events = ["a", "b", "c", "d"].map(|text| format!("{{\"text\":\"{text}\",\"isPartial\":true}}"));
    for (last, expected) in [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4)] {
        let hub = hub();
        let (mut publisher, _watch) = open(&hub);
        publisher.publish(&mut vec![content("a")]);
        publisher.publish(&mut vec![content("b"), content("c"), content("d")]);
        let mut watch = resumed(hub.watch(&task(), id(last)));
        publisher.publish(&mut vec![content("e")]);
        let mut got = Vec::new();
        while let Some(Some(bytes)) = poll(&mut watch) {
            got.extend(frames(&bytes).into_iter().map(|frame| frame.data));
        }
        let mut wanted = events[expected..].to_vec();
        wanted.push(r#"{"text":"e","isPartial":true}"#.into());
        assert_eq!(got, wanted, "after {last}");
    }
}

#[test]
fn an_id_that_says_nothing_about_this_run_means_beginning_again() {
    let hub = hub();
    let (mut publisher, _watch, _control) = hub.open(task(), 2, "answer".into());
    publisher.publish(&mut vec![content("a")]);
    for id in [0, 1, event_id(1, 1), event_id(2, 2), event_id(3, 0), u64::MAX] {
        fresh(hub.watch(&task(), Some(id)));
    }
}

#[test]
fn what_all_have_read_is_kept_only_to_resume() {
    let hub = limited(HubLimits { resume_bytes: 300, ..HubLimits::default() });
    let (mut publisher, mut watch) = open(&hub);
    for _ in 0..20 {
        publisher.publish(&mut vec![content("some text")]);
        poll(&mut watch).unwrap().unwrap();
    }
    fresh(hub.watch(&task(), Some(event_id(1, 1))));
    resumed(hub.watch(&task(), Some(event_id(1, 19))));
    let held = hub.find(&task()).unwrap().lock().held_bytes();
    assert!(held <= 300 + 20 * "some text".len(), "{held} bytes are held");
}

#[test]
fn a_watcher_that_lags_too_far_behind_has_to_begin_again() {
    let hub = limited(HubLimits { resume_bytes: 300, lag_bytes: 1000, ..HubLimits::default() });
    let (mut publisher, mut slow) = open(&hub);
    let mut quick = fresh(hub.watch(&task(), None));
    let mut read = 0;
    for _ in 0..50 {
        publisher.publish(&mut vec![content("some text")]);
        read += frames(&poll(&mut quick).unwrap().unwrap()).len();
    }
    assert_eq!(read, 50);
    assert_eq!(poll(&mut slow), Some(None));
    assert_eq!(poll(&mut quick), None, "one that keeps up notices nothing");
}

#[test]
fn the_end_reaches_everybody_however_long_the_answer_is() {
    let hub = limited(HubLimits { resume_bytes: 300, lag_bytes: 1000, ..HubLimits::default() });
    let (mut publisher, mut watch) = open(&hub);
    publisher.publish(&mut vec![content("the last piece")]);
    publisher.finish(None, done(&"long".repeat(1000)));
    let told = frames(&poll(&mut watch).unwrap().unwrap());
    assert_eq!(told.last().map(|frame| frame.event.as_str()), Some("done"));
    assert_eq!(poll(&mut watch), Some(None));
}

#[test]
fn a_large_backlog_comes_in_pieces() {
    let hub = hub();
    let (mut publisher, mut watch) = open(&hub);
    let text = "x".repeat(10_000);
    for _ in 0..20 {
        publisher.publish(&mut vec![content(&text)]);
    }
    let mut events = 0;
    while let Some(Some(bytes)) = poll(&mut watch) {
        assert!(bytes.len() <= 64 * 1024);
        events += frames(&bytes).len();
    }
    assert_eq!(events, 20);
}

#[test]
fn a_run_that_ended_lingers_for_clients_that_come_back() {
    let (clock, hand) = Clock::manual(0);
    let hub = Hub::new(HubLimits::default(), clock);
    let (mut publisher, _watch) = open(&hub);
    publisher.publish(&mut vec![content("a")]);
    assert_eq!(hub.live_runs(), 1);
    publisher.finish(None, done("a"));
    assert_eq!(hub.live_runs(), 0);

    assert!(hub.watch(&task(), None).is_none(), "the store has it all");
    assert!(hub.watch(&task(), Some(7)).is_none());
    let mut watch = resumed(hub.watch(&task(), Some(event_id(1, 1))));
    assert_eq!(lines(poll(&mut watch).unwrap()), [r#"2 done {"finalResponse":"a","status":"completed"}"#]);
    assert_eq!(poll(&mut watch), Some(None));
    let mut watch = resumed(hub.watch(&task(), Some(event_id(1, 2))));
    assert_eq!(poll(&mut watch), Some(None), "nothing came after done");

    hand.advance(Duration::from_secs(59));
    hub.forget_expired();
    assert!(hub.watch(&task(), Some(event_id(1, 1))).is_some());
    hand.advance(Duration::from_secs(2));
    hub.forget_expired();
    assert!(hub.watch(&task(), Some(event_id(1, 1))).is_none());
}

#[test]
fn runs_linger_in_bounded_number_and_size() {
    let task = |number: usize| TaskId(format!("task{number}"));
    for (limits, kept) in [
        (HubLimits { lingering_runs: 2, ..HubLimits::default() }, 2),
        (HubLimits { lingering_bytes: 3500, ..HubLimits::default() }, 3),
    ] {
        let hub = limited(limits);
        for number in 0..5 {
            let (publisher, _watch, _control) = hub.open(task(number), 1, "answer".into());
            publisher.finish(None, done(&"x".repeat(1000)));
        }
        let found: Vec<_> = (0..5).filter(|&number| hub.watch(&task(number), Some(event_id(1, 0))).is_some()).collect();
        assert_eq!(found, (5 - kept..5).collect::<Vec<_>>());
    }
}

#[test]
fn a_lingering_run_makes_way_for_the_next_of_its_task() {
    let (clock, hand) = Clock::manual(0);
    let hub = Hub::new(HubLimits::default(), clock);
    let (publisher, _watch) = open(&hub);
    publisher.finish(None, done(""));
    let (_publisher, _watch, _control) = hub.open(task(), 2, "second".into());
    hand.advance(Duration::from_secs(120));
    hub.forget_expired();
    fresh(hub.watch(&task(), Some(event_id(1, 1))));
}

#[test]
fn a_certain_run_can_be_watched_from_its_beginning() {
    let hub = limited(HubLimits { resume_bytes: 100, ..HubLimits::default() });
    let (mut publisher, _) = open(&hub);
    publisher.publish(&mut vec![content("a")]);
    let mut whole = hub.watch_run(&task(), 1).unwrap();
    assert_eq!(lines(poll(&mut whole).unwrap()), [r#"1 content {"text":"a","isPartial":true}"#]);
    drop(whole);
    publisher.publish(&mut vec![content("b")]);
    publisher.publish(&mut vec![content("c")]);
    let mut short = hub.watch_run(&task(), 1).unwrap();
    assert_eq!(lines(poll(&mut short).unwrap()), [r#"3 content {"text":"abc","isPartial":true}"#]);
    publisher.finish(None, done("abc"));
    assert_eq!(lines(poll(&mut short).unwrap()), [r#"4 done {"finalResponse":"abc","status":"completed"}"#]);

    let mut lingering = hub.watch_run(&task(), 1).unwrap();
    assert_eq!(
        lines(poll(&mut lingering).unwrap()),
        [r#"0 content {"text":"abc","isPartial":true}"#, r#"4 done {"finalResponse":"abc","status":"completed"}"#,]
    );
    assert_eq!(poll(&mut lingering), Some(None));
    assert!(hub.watch_run(&task(), 2).is_none());
}

#[test]
fn a_publisher_that_vanishes_ends_its_watches_without_done() {
    let hub = hub();
    let (mut publisher, mut watch) = open(&hub);
    publisher.publish(&mut vec![content("a")]);
    drop(publisher);
    assert_eq!(lines(poll(&mut watch).unwrap()).len(), 1);
    assert_eq!(poll(&mut watch), Some(None));
    assert!(hub.watch(&task(), Some(event_id(1, 1))).is_none());
    assert_eq!(hub.live_runs(), 0);
}

#[tokio::test]
async fn a_run_can_be_told_something_while_it_lasts() {
    let hub = hub();
    assert!(hub.control(&task()).is_none());
    let (publisher, _watch, mut told) = hub.open(task(), 1, "answer".into());
    let control = hub.control(&task()).unwrap();
    control.send(Control::Cancel).unwrap();
    assert!(matches!(told.recv().await, Some(Control::Cancel)));
    assert_eq!(hub.control_all().len(), 1);
    assert!(hub.is_live(&task(), 1) && !hub.is_live(&task(), 2));
    publisher.finish(None, done(""));
    drop(told);
    control.closed().await;
    assert!(hub.control(&task()).is_none());
    assert!(hub.control_all().is_empty() && !hub.is_live(&task(), 1));
}

#[tokio::test]
async fn whoever_wants_to_watch_waits_for_a_run_that_is_announced() {
    let hub = hub();
    let task_id = task();
    hub.settled(&task_id).await;
    let (one, other) = (hub.announce(task()), hub.announce(task()));
    hub.settled(&"another".into()).await;
    let mut settled = pin!(hub.settled(&task_id));
    assert!(settled.as_mut().now_or_never().is_none());
    drop(one);
    let mut settled = pin!(hub.settled(&task_id));
    assert!(settled.as_mut().now_or_never().is_none(), "the other one still comes");
    let waiting = tokio::spawn({
        let hub = hub.clone();
        async move { hub.settled(&task()).await }
    });
    let _run = open(&hub);
    drop(other);
    waiting.await.unwrap();
    settled.await;
}
