use sigmic_shared::{
    StreamEvent, Thought,
    stream::{Content, RunError, RunStatus, ToolCallStarted, ToolProgress, ToolResult},
};

/// What all events of a run so far amount to.
#[derive(Default)]
pub(super) struct Snapshot {
    status: Option<RunStatus>,
    thoughts: Vec<Thought>,
    errors: Vec<RunError>,
    text: String,
    passage_is_open: bool,
    tool_calls: Vec<Call>,
}

struct Call {
    started: ToolCallStarted,
    progress: Option<ToolProgress>,
    result: Option<ToolResult>,
}

impl Snapshot {
    pub(super) fn apply(&mut self, event: StreamEvent) {
        match event {
            StreamEvent::Status(status) => self.status = Some(status),
            StreamEvent::Thought(thought) => self.thoughts.push(thought),
            StreamEvent::Error(error) => self.errors.push(error),
            StreamEvent::Content(piece) => {
                self.text.push_str(&piece.text);
                self.passage_is_open = piece.is_partial;
            }
            StreamEvent::ToolCall(started) => {
                // An approved call is announced a second time, as executing.
                match self.tool_calls.iter_mut().find(|call| call.started.call_id == started.call_id) {
                    Some(call) => call.started = started,
                    None => self.tool_calls.push(Call { started, progress: None, result: None }),
                }
            }
            StreamEvent::ToolProgress(progress) => {
                if let Some(call) = self.tool_calls.iter_mut().find(|call| call.started.call_id == progress.call_id) {
                    call.progress = Some(progress);
                }
            }
            StreamEvent::ToolResult(result) => {
                if let Some(call) = self.tool_calls.iter_mut().find(|call| call.started.call_id == result.call_id) {
                    call.result = Some(result);
                }
            }
            // The end of a run is kept as it was published; the others are no events of a run, or have no state.
            StreamEvent::Done(_)
            | StreamEvent::Task(_)
            | StreamEvent::HistoryMessage(_)
            | StreamEvent::HistoryDone(_)
            | StreamEvent::SubagentStart(_)
            | StreamEvent::SubagentThought(_)
            | StreamEvent::SubagentTool(_)
            | StreamEvent::SubagentEnd(_) => {}
        }
    }

    /// The fewest events that lead to the same state.
    pub(super) fn events(&self) -> Vec<StreamEvent> {
        let mut events = Vec::new();
        events.extend(self.status.clone().map(StreamEvent::Status));
        events.extend(self.errors.iter().cloned().map(StreamEvent::Error));
        events.extend(self.thoughts.iter().cloned().map(StreamEvent::Thought));
        if !self.text.is_empty() {
            let piece = Content { text: self.text.clone(), is_partial: self.passage_is_open };
            events.push(StreamEvent::Content(piece));
        }
        for call in &self.tool_calls {
            events.push(StreamEvent::ToolCall(call.started.clone()));
            match (&call.result, &call.progress) {
                (Some(result), _) => events.push(StreamEvent::ToolResult(result.clone())),
                (None, Some(progress)) => events.push(StreamEvent::ToolProgress(progress.clone())),
                (None, None) => {}
            }
        }
        events
    }

    /// Bytes it takes, roughly.
    pub(super) fn bytes(&self) -> usize {
        let thoughts = self.thoughts.iter().map(|thought| thought.subject.len() + thought.description.len());
        let results = self.tool_calls.iter().filter_map(|call| call.result.as_ref());
        self.text.len() + thoughts.sum::<usize>() + results.map(|result| result.output.len()).sum::<usize>()
    }
}
