//! Stored records as the wire shows them.

use crate::{
    clock::timestamp,
    store::{MessageRecord, TaskRecord},
};
use sigmic_shared::{
    Message, TaskStatus, ToolCallStatus,
    task::{Task, TaskDetail, TaskListItem, TaskOutput},
    tool_call::{PendingApproval, ToolCall},
};

/// A task.
pub fn task(record: TaskRecord) -> Task {
    Task {
        session_id: record.id.clone(),
        conversation_id: record.id.clone(),
        id: record.id,
        api_key_id: record.api_key_id,
        username: record.username,
        status: record.status,
        title: record.title,
        message: record.message,
        system_prompt: record.system_prompt,
        show_in_history: record.show_in_history,
        auto_execute: record.auto_execute,
        env: record.env.map(|env| env.0),
        error: record.error,
        created_at: timestamp(record.created_at),
        started_at: record.started_at.map(timestamp),
        completed_at: record.completed_at.map(timestamp),
    }
}

/// A task in a list.
pub fn list_item(record: TaskRecord) -> TaskListItem {
    TaskListItem {
        last_activity_at: timestamp(record.last_activity_at),
        message_count: record.message_count.unsigned_abs(),
        task: task(record),
    }
}

/// A task with its last answer. A run that has not said anything yet has no output.
pub fn detail(record: TaskRecord, answer: Option<MessageRecord>) -> TaskDetail {
    let waiting = record.status == TaskStatus::AwaitingApproval;
    let output = answer
        .filter(|answer| !(record.status.is_active() && answer.content.is_empty() && answer.tool_calls.is_empty()))
        .map(|answer| TaskOutput {
            content: answer.content,
            updated_at: timestamp(answer.updated_at),
            thoughts: answer.thoughts.0,
            tool_calls: answer.tool_calls.0.into_iter().map(|record| record.call).collect(),
        });
    let calls = output.iter().flat_map(|output| &output.tool_calls);
    let pending_approvals = calls
        .filter(|call| waiting && call.status == ToolCallStatus::AwaitingApproval)
        .map(|ToolCall { call_id, tool_name, args, .. }| PendingApproval {
            call_id: call_id.clone(),
            tool_name: tool_name.clone(),
            args: args.clone(),
        })
        .collect();
    TaskDetail { task: task(record), output, pending_approvals }
}

/// A message of a conversation.
pub fn message(record: MessageRecord) -> Message {
    Message {
        id: record.id,
        role: record.role,
        content: record.content,
        created_at: timestamp(record.created_at),
        attached_files: record.attached_files.0,
        thoughts: record.thoughts.0,
        tool_calls: record.tool_calls.0.into_iter().map(|record| record.call).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Json, ToolCallRecord};
    use serde_json::json;
    use sigmic_shared::Role;

    fn call(id: &str, status: ToolCallStatus, output: Option<&str>) -> ToolCallRecord {
        let call = ToolCall {
            call_id: id.into(),
            tool_name: "files__list".into(),
            status,
            args: json!({ "path": "/uploads" }),
            output: output.map(str::to_owned),
            duration_ms: output.map(|_| 7),
            text_offset: None,
        };
        ToolCallRecord { call, step: 1, text_offset: 0, allows_always: true }
    }

    fn record(status: TaskStatus) -> TaskRecord {
        TaskRecord {
            id: "t".into(),
            project_id: "p".into(),
            app_id: None,
            end_user_id: None,
            api_key_id: None,
            username: "u".into(),
            title: "title".into(),
            message: "message".into(),
            system_prompt: None,
            show_in_history: true,
            auto_execute: false,
            env: None,
            status,
            error: None,
            run_no: 1,
            node_id: None,
            lease_until: None,
            message_count: 2,
            created_at: 0,
            started_at: None,
            completed_at: None,
            last_activity_at: 0,
        }
    }

    fn answer() -> MessageRecord {
        MessageRecord {
            id: "m".into(),
            seq: 2,
            role: Role::Assistant,
            content: String::new(),
            attached_files: Json(vec![]),
            thoughts: Json(vec![]),
            tool_calls: Json(vec![
                call("1", ToolCallStatus::Success, Some("two files")),
                call("2", ToolCallStatus::AwaitingApproval, None),
            ]),
            created_at: 0,
            updated_at: 0,
        }
    }

    #[test]
    fn calls_are_told_as_they_are_and_those_that_wait_once_more() {
        let told = serde_json::to_value(detail(record(TaskStatus::AwaitingApproval), Some(answer()))).unwrap();
        let args = json!({ "path": "/uploads" });
        let done = json!({
            "callId": "1", "toolName": "files__list", "status": "success", "args": args, "output": "two files",
            "durationMs": 7
        });
        let waiting = json!({ "callId": "2", "toolName": "files__list", "status": "awaiting_approval", "args": args });
        assert_eq!(told["output"]["toolCalls"], json!([done, waiting]));
        let pending = json!([{ "callId": "2", "toolName": "files__list", "args": args }]);
        assert_eq!((&told["status"], &told["pendingApprovals"]), (&json!("awaiting_approval"), &pending));
        let in_history = serde_json::to_value(message(answer())).unwrap();
        assert_eq!(in_history["toolCalls"], told["output"]["toolCalls"]);
    }

    #[test]
    fn only_a_task_that_waits_has_pending_approvals() {
        for &status in TaskStatus::ALL {
            let told = serde_json::to_value(detail(record(status), Some(answer()))).unwrap();
            let waits = told.get("pendingApprovals").is_some();
            assert_eq!(waits, status == TaskStatus::AwaitingApproval, "{}", status.as_str());
        }
    }
}
