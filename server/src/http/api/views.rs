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
