//! The plan for following a run: which request comes next, and when it is over. Pure; `follow.rs` carries it out.

use super::{Failure, retry::Backoff};
use serde::Serialize;
use sigmic_shared::{
    RunErrorCode, StreamEvent, TaskId,
    envelope::Success,
    error::FailureDetail,
    json,
    sse::Frame,
    stream::{HistoryDone, RunError},
    task::TaskStarted,
};

/// Retries while it is not known whether the message got there: about 15 seconds of them.
const RETRIES_BEFORE_START: u32 = 5;
/// Reconnections in a row: about a minute of them.
const RETRIES_AFTER_START: u32 = 8;
/// A connection that lived this long was a good one.
const GOOD_CONNECTION_MS: u64 = 20_000;

/// What is to be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// A new task.
    Create,
    /// A further message of a task.
    FollowUp(TaskId),
    /// A task as it is.
    Watch(TaskId),
}

/// The next request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// `POST`, with the message and its idempotency key.
    Send {
        /// The task, unless it is to be created.
        task_id: Option<TaskId>,
    },
    /// `GET` of a task's stream.
    Watch {
        /// The task.
        task_id: TaskId,
        /// `Last-Event-ID`
        last_event_id: Option<String>,
    },
}

/// What comes after a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It is over.
    End(Result<(), Failure>),
    /// Another request, after a wait.
    RetryAfter {
        /// In milliseconds.
        wait_ms: u64,
    },
}

/// The body of both `POST`s: of [`CreateTaskRequest`](sigmic_shared::task::CreateTaskRequest) and
/// [`FollowUpRequest`](sigmic_shared::task::FollowUpRequest) the one field that a widget may send.
#[derive(Serialize)]
pub(super) struct MessageBody<'a> {
    /// The text.
    pub message: &'a str,
}

/// Follows one run.
#[derive(Clone, Debug)]
pub(super) struct Follower {
    start: Start,
    /// The task, once its stream is known to exist: from then on the message is never sent again.
    task_id: Option<TaskId>,
    last_event_id: Option<String>,
    is_over: bool,
    backoff: Backoff,
}

impl Follower {
    pub fn new(start: Start, last_event_id: Option<String>) -> Self {
        let task_id = match &start {
            Start::Watch(task_id) => Some(task_id.clone()),
            Start::Create | Start::FollowUp(_) => None,
        };
        let limit = if task_id.is_some() { RETRIES_AFTER_START } else { RETRIES_BEFORE_START };
        Self { start, task_id, last_event_id, is_over: false, backoff: Backoff::new(limit) }
    }

    /// The request to make now.
    pub fn request(&self) -> Request {
        match (&self.task_id, &self.start) {
            (Some(task_id), _) => {
                Request::Watch { task_id: task_id.clone(), last_event_id: self.last_event_id.clone() }
            }
            (None, Start::FollowUp(task_id)) => Request::Send { task_id: Some(task_id.clone()) },
            (None, _) => Request::Send { task_id: None },
        }
    }

    /// Takes a frame of the stream. Events of a later version, and what cannot be read, are passed over.
    pub fn take(&mut self, frame: Frame) -> Option<StreamEvent> {
        let event = read(&frame)?;
        if let Some(id) = frame.id {
            self.last_event_id = Some(id);
        }
        match &event {
            StreamEvent::Task(started) => self.started(started.id.clone()),
            StreamEvent::HistoryDone(HistoryDone { is_streaming: false, .. }) | StreamEvent::Done(_) => {
                self.is_over = true;
            }
            _ => {}
        }
        Some(event)
    }

    /// Takes the answer of a server that gave JSON instead of a stream.
    pub fn take_json(&mut self, body: &str) -> Result<StreamEvent, Failure> {
        let started = match &self.start {
            Start::FollowUp(task_id) => {
                TaskStarted { id: task_id.clone(), status: sigmic_shared::TaskStatus::Running, message_id: None }
            }
            _ => json::from_str::<Success<TaskStarted>>(body).map_err(|_| Failure::Unreadable)?.data,
        };
        self.started(started.id.clone());
        Ok(StreamEvent::Task(started))
    }

    /// Whether nothing follows, so that the connection can be closed.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// What to do after a connection that ended, with `failure` if it did so badly, `alive_ms` after its first byte.
    /// `random` is from 0 to 1.
    pub fn next(&mut self, failure: Option<Failure>, alive_ms: u64, random: f64) -> Next {
        if self.is_over {
            return Next::End(Ok(()));
        }
        if alive_ms >= GOOD_CONNECTION_MS {
            self.backoff.reset();
        }
        // A stream that just ends before its run does was cut by something on the way.
        let failure = failure.unwrap_or(Failure::Network);
        match self.backoff.after(&failure, random) {
            Some(wait_ms) => Next::RetryAfter { wait_ms },
            None => Next::End(Err(failure)),
        }
    }

    fn started(&mut self, task_id: TaskId) {
        if self.task_id.replace(task_id).is_none() {
            self.backoff = Backoff::new(RETRIES_AFTER_START);
        }
    }
}

fn read(frame: &Frame) -> Option<StreamEvent> {
    match StreamEvent::deserialize_payload(&frame.event, &mut json::Reader::new(&frame.data))? {
        Ok(event) => Some(event),
        // An error must be shown even when its code is of a later version.
        Err(_) if frame.event == "error" => {
            let detail: FailureDetail = json::from_str(&frame.data).ok()?;
            Some(StreamEvent::Error(RunError { code: RunErrorCode::AgentError, message: detail.message }))
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::ApiFailure;
    use super::*;
    use sigmic_shared::{
        error::WireErrorCode,
        task::{CreateTaskRequest, FollowUpRequest},
    };

    fn frame(event: &str, data: &str, id: Option<&str>) -> Frame {
        Frame { event: event.into(), data: data.into(), id: id.map(Into::into) }
    }

    fn task_frame() -> Frame {
        frame("task", r#"{"id":"t1","status":"pending"}"#, Some("1"))
    }

    fn watch(last_event_id: Option<&str>) -> Request {
        Request::Watch { task_id: "t1".into(), last_event_id: last_event_id.map(Into::into) }
    }

    #[test]
    fn a_message_is_sent_again_until_its_task_is_known_and_never_after() {
        for start in [Start::Create, Start::FollowUp("t1".into())] {
            let send = Request::Send { task_id: (start != Start::Create).then(|| "t1".into()) };
            let mut follower = Follower::new(start, None);
            assert_eq!(follower.request(), send);
            assert_eq!(follower.next(Some(Failure::Network), 0, 1.0), Next::RetryAfter { wait_ms: 500 });
            assert_eq!(follower.request(), send);
            assert!(matches!(follower.take(task_frame()), Some(StreamEvent::Task(_))));
            assert_eq!(follower.request(), watch(Some("1")));
            follower.take(frame("content", r#"{"text":"a","isPartial":true}"#, Some("7")));
            assert_eq!(follower.next(None, 0, 1.0), Next::RetryAfter { wait_ms: 500 });
            assert_eq!(follower.request(), watch(Some("7")));
        }
    }

    #[test]
    fn a_run_is_over_with_done_or_with_a_history_that_does_not_go_on() {
        for (event, data, is_over) in [
            ("done", r#"{"finalResponse":"","status":"completed"}"#, true),
            ("history_done", r#"{"messageCount":0,"isStreaming":false}"#, true),
            ("history_done", r#"{"messageCount":0,"isStreaming":true}"#, false),
            ("error", r#"{"code":"AGENT_ERROR","message":"m"}"#, false),
        ] {
            let mut follower = Follower::new(Start::Watch("t1".into()), None);
            follower.take(frame(event, data, None));
            assert_eq!(follower.is_over(), is_over, "{event} {data}");
            assert_eq!(follower.next(None, 0, 1.0) == Next::End(Ok(())), is_over);
        }
    }

    #[test]
    fn what_is_unknown_is_passed_over_but_an_error_is_shown() {
        let mut follower = Follower::new(Start::Watch("t1".into()), Some("5".into()));
        assert_eq!(follower.take(frame("confetti", "{}", Some("6"))), None);
        assert_eq!(follower.take(frame("content", "not json", Some("7"))), None);
        assert_eq!(follower.take(frame("content", r#"{"text":5}"#, Some("8"))), None);
        assert_eq!(follower.request(), watch(Some("5")));
        let Some(StreamEvent::Error(error)) = follower.take(frame("error", r#"{"code":"NEW","message":"m"}"#, None))
        else {
            panic!("the error is lost")
        };
        assert_eq!(error.message, "m");
    }

    #[test]
    fn failures_in_a_row_end_it_and_a_good_connection_begins_the_count_anew() {
        let mut follower = Follower::new(Start::Watch("t1".into()), None);
        for _ in 0..RETRIES_AFTER_START {
            assert!(matches!(follower.next(None, 1_000, 1.0), Next::RetryAfter { .. }));
        }
        assert_eq!(follower.clone().next(None, 1_000, 1.0), Next::End(Err(Failure::Network)));
        assert_eq!(follower.next(None, GOOD_CONNECTION_MS, 1.0), Next::RetryAfter { wait_ms: 500 });
    }

    #[test]
    fn a_refusal_ends_it() {
        let refusal = Failure::Api(ApiFailure {
            code: WireErrorCode::Known(sigmic_shared::ErrorCode::TaskRunning),
            status: 409,
            message: String::new(),
            retry_after_ms: None,
        });
        let mut follower = Follower::new(Start::FollowUp("t1".into()), None);
        assert_eq!(follower.next(Some(refusal.clone()), 0, 1.0), Next::End(Err(refusal)));
    }

    #[test]
    fn a_server_that_answers_with_json_is_watched() {
        let mut follower = Follower::new(Start::Create, None);
        let event = follower.take_json(r#"{"success":true,"data":{"id":"t1","status":"pending"}}"#);
        assert!(matches!(event, Ok(StreamEvent::Task(started)) if started.id == "t1".into()));
        assert_eq!(follower.request(), watch(None));
        let mut follower = Follower::new(Start::FollowUp("t1".into()), None);
        assert!(follower.take_json(r#"{"success":true,"data":{"status":"running"}}"#).is_ok());
        assert_eq!(follower.request(), watch(None));
        assert_eq!(Follower::new(Start::Create, None).take_json("<html>"), Err(Failure::Unreadable));
    }

    #[test]
    fn the_body_is_what_the_server_reads() {
        let body = serde_json::to_string(&MessageBody { message: "a \"b\"\n" }).unwrap();
        let create: CreateTaskRequest = serde_json::from_str(&body).unwrap();
        assert_eq!(create, CreateTaskRequest { message: "a \"b\"\n".into(), ..Default::default() });
        let follow_up: FollowUpRequest = serde_json::from_str(&body).unwrap();
        assert_eq!(follow_up.message, "a \"b\"\n");
    }
}
