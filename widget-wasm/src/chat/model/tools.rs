//! Tool calls in a conversation, and what the visitor decides about them.

use super::{
    super::{
        change::Change,
        entry::{Answer, Body, Decision, Progress, ToolEntry},
        passage::byte_of,
    },
    ChatModel,
};
use sigmic_shared::{
    CallId, ToolCallStatus,
    stream::{ToolCallStarted, ToolProgress, ToolResult},
};

impl ChatModel {
    /// Tool calls that wait for the user's approval.
    pub fn pending_approvals(&self) -> impl Iterator<Item = &ToolEntry> {
        let answer = self.entries.iter().rev().find_map(|entry| match &entry.body {
            Body::Answer(answer) => Some(answer),
            Body::User(_) => None,
        });
        let tools = answer.map(|answer| answer.tools.as_slice()).unwrap_or_default();
        tools.iter().filter(|tool| tool.status == ToolCallStatus::AwaitingApproval)
    }

    /// The user decides about a call that waits. No change if it does not, or if a decision is on its way already.
    pub fn decide(&mut self, call_id: &CallId) -> Vec<Change> {
        let is_open = |tool: &ToolEntry| tool.decision != Some(Decision::Sending);
        self.set_decision(call_id, Decision::Sending, is_open)
    }

    /// The server did not take the decision: it can be made again.
    pub fn decision_failed(&mut self, call_id: &CallId) -> Vec<Change> {
        self.set_decision(call_id, Decision::Failed, |tool| tool.decision == Some(Decision::Sending))
    }

    fn set_decision(
        &mut self,
        call_id: &CallId,
        decision: Decision,
        is_right: impl Fn(&ToolEntry) -> bool,
    ) -> Vec<Change> {
        for entry in self.entries.iter_mut().rev() {
            let Body::Answer(Answer { tools, .. }) = &mut entry.body else { continue };
            let waiting = tools.iter_mut().find(|tool| {
                tool.call_id == *call_id && tool.status == ToolCallStatus::AwaitingApproval && is_right(tool)
            });
            if let Some(tool) = waiting {
                tool.decision = Some(decision);
                return vec![Change::Tool(entry.key, call_id.clone())];
            }
        }
        Vec::new()
    }

    pub(super) fn tool_called(&mut self, call: ToolCallStarted, now_ms: u64, changes: &mut Vec<Change>) {
        let is_executing = call.status == ToolCallStatus::Executing;
        let started_ms = match self.tools_started_ms.iter().find(|(call_id, _)| *call_id == call.call_id) {
            Some(&(_, started_ms)) => Some(started_ms),
            None if is_executing => {
                self.tools_started_ms.push((call.call_id.clone(), now_ms));
                Some(now_ms)
            }
            None => None,
        };
        let (key, answer) = self.live_answer(changes);
        changes.push(Change::Tool(key, call.call_id.clone()));
        let index = answer.tools.iter().position(|tool| tool.call_id == call.call_id).unwrap_or_else(|| {
            let text_offset = call.text_offset.map_or(answer.text.len(), |offset| byte_of(&answer.text, offset));
            answer.tools.push(ToolEntry { text_offset, ..ToolEntry::new(call.call_id) });
            answer.tools.len() - 1
        });
        let tool = &mut answer.tools[index];
        tool.tool_name = call.tool_name;
        tool.args = call.args;
        tool.status = call.status;
        tool.started_ms = started_ms;
    }

    pub(super) fn tool_progressed(&mut self, progress: ToolProgress, changes: &mut Vec<Change>) {
        let (key, answer) = self.live_answer(changes);
        if let Some(tool) = answer.tools.iter_mut().rfind(|tool| tool.call_id == progress.call_id) {
            tool.progress =
                Some(Progress { progress: progress.progress, total: progress.total, message: progress.message });
            changes.push(Change::Tool(key, progress.call_id));
        }
    }

    pub(super) fn tool_ended(&mut self, result: ToolResult, now_ms: u64, changes: &mut Vec<Change>) {
        let (key, answer) = self.live_answer(changes);
        if let Some(tool) = answer.tools.iter_mut().rfind(|tool| tool.call_id == result.call_id) {
            tool.status = result.status;
            tool.output = Some(result.output);
            tool.progress = None;
            tool.duration_ms =
                tool.duration_ms.or_else(|| tool.started_ms.map(|started_ms| now_ms.saturating_sub(started_ms)));
            changes.push(Change::Tool(key, result.call_id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::entry::AnswerState;
    use super::*;
    use serde_json::json;
    use sigmic_shared::{
        Message, Role, StreamEvent, TaskStatus, Timestamp, ToolCall,
        stream::{Content, Done, HistoryDone},
    };

    fn called(id: &str, status: ToolCallStatus, text_offset: Option<u64>) -> StreamEvent {
        let (tool_name, args) = ("orders__refund".into(), json!({ "order": "A-1" }));
        StreamEvent::ToolCall(ToolCallStarted { call_id: id.into(), tool_name, status, args, text_offset })
    }

    fn said(text: &str) -> StreamEvent {
        StreamEvent::Content(Content { text: text.into(), is_partial: true })
    }

    fn ended(status: TaskStatus) -> StreamEvent {
        StreamEvent::Done(Done { final_response: "Let me see.".into(), status, usage: None })
    }

    fn result(id: &str, status: ToolCallStatus) -> StreamEvent {
        StreamEvent::ToolResult(ToolResult { call_id: id.into(), status, output: "out".into() })
    }

    /// A conversation whose answer said "Let me see." and asks for approval.
    fn waiting() -> ChatModel {
        let mut model = ChatModel::new();
        model.send("Refund it", "k1".into());
        model.apply(said("Let me see."), 0);
        model.apply(called("c1", ToolCallStatus::AwaitingApproval, None), 0);
        model
    }

    fn answer(model: &ChatModel) -> &Answer {
        let Some(Body::Answer(answer)) = model.entries().last().map(|entry| &entry.body) else { panic!("no answer") };
        answer
    }

    fn pending(model: &ChatModel) -> Vec<&str> {
        model.pending_approvals().map(|tool| tool.call_id.as_str()).collect()
    }

    #[test]
    fn a_tool_is_timed_from_its_execution_to_its_result() {
        let mut model = waiting();
        assert_eq!(pending(&model), ["c1"]);
        model.apply(called("c1", ToolCallStatus::Executing, None), 5_000);
        assert!(pending(&model).is_empty());
        model.apply(result("c1", ToolCallStatus::Error), 7_500);
        let tool = &answer(&model).tools[0];
        assert_eq!((tool.status, tool.duration_ms), (ToolCallStatus::Error, Some(2_500)));
        assert_eq!(tool.output.as_deref(), Some("out"));
    }

    #[test]
    fn a_decision_is_sent_once_and_can_be_made_again_when_it_failed() {
        let mut model = waiting();
        let key = model.entries()[1].key;
        let changed = [Change::Tool(key, "c1".into())];
        assert_eq!(model.decision_failed(&"c1".into()), [], "none was made");
        assert_eq!(model.decide(&"c1".into()), changed);
        assert_eq!(model.decide(&"c1".into()), [], "it is on its way");
        assert_eq!(model.decision_failed(&"c1".into()), changed);
        assert_eq!(answer(&model).tools[0].decision, Some(Decision::Failed));
        assert_eq!(model.decide(&"c1".into()), changed);
        model.apply(called("c1", ToolCallStatus::Executing, None), 0);
        assert_eq!(model.decide(&"c1".into()), [], "it runs");
        assert_eq!(model.decide(&"c9".into()), [], "it is unheard of");
    }

    #[test]
    fn what_somebody_else_decided_waits_no_more() {
        for event in [called("c1", ToolCallStatus::Executing, None), result("c1", ToolCallStatus::Cancelled)] {
            let mut model = waiting();
            model.apply(event, 0);
            assert!(pending(&model).is_empty());
            model.send("Thanks", "k2".into());
            assert!(pending(&model).is_empty());
        }
    }

    #[test]
    fn only_a_run_that_waits_on_leaves_its_calls_waiting() {
        for (status, waits, state) in [
            (TaskStatus::AwaitingApproval, true, AnswerState::Complete),
            (TaskStatus::Completed, false, AnswerState::Complete),
            (TaskStatus::Cancelled, false, AnswerState::Cancelled),
            (TaskStatus::Failed, false, AnswerState::Failed),
        ] {
            let mut model = waiting();
            model.apply(ended(status), 0);
            assert_eq!((!pending(&model).is_empty(), answer(&model).state), (waits, state), "{status:?}");
            assert!(!model.is_streaming());
        }
    }

    #[test]
    fn a_call_of_the_history_waits_too_with_its_place_in_the_text() {
        let call = ToolCall {
            call_id: "c1".into(),
            tool_name: "orders__refund".into(),
            status: ToolCallStatus::AwaitingApproval,
            args: json!({}),
            output: None,
            duration_ms: None,
            text_offset: Some(4),
        };
        let message = Message {
            id: "m2".into(),
            role: Role::Assistant,
            content: "Né, see. And more.".into(),
            created_at: Timestamp("2026-01-31T12:00:00.000Z".into()),
            attached_files: vec![],
            thoughts: vec![],
            tool_calls: vec![call],
        };
        let mut model = ChatModel::new();
        model.apply(StreamEvent::HistoryMessage(message), 0);
        model.apply(StreamEvent::HistoryDone(HistoryDone { message_count: 1, is_streaming: false }), 0);
        assert_eq!(pending(&model), ["c1"]);
        assert_eq!(answer(&model).passages()[0].text, 0..5);
        assert_eq!(model.decide(&"c1".into()).len(), 1);
    }

    #[test]
    fn calls_keep_their_place_when_the_text_is_told_before_them() {
        let mut live = waiting();
        live.apply(called("c1", ToolCallStatus::Executing, Some(11)), 0);
        live.apply(said("\n\nDone."), 0);
        let mut late = ChatModel::new();
        late.send("Refund it", "k1".into());
        late.apply(said("Let me see.\n\nDone."), 0);
        late.apply(called("c1", ToolCallStatus::Executing, Some(11)), 0);
        assert_eq!(answer(&live).passages(), answer(&late).passages());
        assert_eq!(answer(&live).passages().len(), 2);
    }
}
