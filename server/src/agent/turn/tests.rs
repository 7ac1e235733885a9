//! Tables of what goes in and what comes out. Effects are written as short lines, so that a row shows a whole run.

mod ends;
mod model;
mod opening;
mod parked;
mod properties;
mod table;
mod tools;

use super::*;
use crate::{
    agent::conversation::{ContextWindow, Conversation, PastMessage},
    llm::provider::ToolDefinition,
};
use serde_json::json;
use sigmic_shared::{Role, stream::ToolProgress};
use std::time::Duration;

const TOOLS: [&str; 4] = ["shop__find", "shop__order", "shop__refund", "shop__erase"];

fn spec(questions: &[&str], tokens: u64, max_steps: u32) -> TurnSpec {
    let past = questions.iter().map(|content| PastMessage {
        role: Role::User,
        content: (*content).into(),
        tool_calls: vec![],
    });
    TurnSpec {
        model: "m".into(),
        system: String::new(),
        conversation: Conversation::new(ContextWindow { tokens, estimate: |text| text.len() as u64 }, past),
        before: None,
        opens_tools: true,
        max_steps,
        policy: Box::new(|tool| match tool {
            "shop__refund" | "shop__order" => Decision::Ask,
            "shop__erase" => Decision::Deny,
            _ => Decision::Allow,
        }),
        jitter: Box::new(|| 1.0),
    }
}

/// Tools of these names, whose arguments may be anything.
fn tools_opened(names: &[&str], unavailable: &[&str]) -> Input {
    Input::ToolsOpened {
        definitions: definitions(names),
        unavailable: unavailable.iter().map(|sentence| (*sentence).to_owned()).collect(),
    }
}

fn definitions(names: &[&str]) -> Arc<[ToolDefinition]> {
    let define =
        |name: &&str| ToolDefinition { name: (*name).to_owned(), description: String::new(), parameters: json!({}) };
    names.iter().map(define).collect()
}

fn turn() -> Turn {
    Turn::new(spec(&["question"], u64::MAX, 3))
}

fn text(text: &str) -> Input {
    Input::Model(ModelEvent::Text(text.into()))
}

fn thought(text: &str) -> Input {
    Input::Model(ModelEvent::Thought(text.into()))
}

fn usage(input_tokens: u64, output_tokens: u64) -> Input {
    Input::Model(ModelEvent::Usage(Usage { input_tokens, output_tokens }))
}

fn wants(id: &str, tool: &str) -> Input {
    wants_with(id, tool, "{}")
}

fn wants_with(id: &str, tool: &str, arguments: &str) -> Input {
    Input::Model(ModelEvent::ToolCall(ModelToolCall {
        call_id: id.into(),
        tool_name: tool.into(),
        arguments: arguments.into(),
    }))
}

fn finished(reason: FinishReason) -> Input {
    Input::Model(ModelEvent::Finished(reason))
}

fn complete() -> Input {
    finished(FinishReason::Complete)
}

fn failed(kind: ModelErrorKind) -> Input {
    failed_asking_for(kind, None)
}

fn failed_asking_for(kind: ModelErrorKind, wait: Option<u64>) -> Input {
    let retry_after = wait.map(Duration::from_millis);
    Input::ModelFailed(ModelError { kind, detail: "https://internal key=abc".into(), retry_after })
}

fn result(id: &str, outcome: Result<&str, &str>) -> Input {
    let outcome = outcome.map(str::to_owned).map_err(str::to_owned);
    Input::ToolFinished { call_id: id.into(), outcome, duration_ms: 7 }
}

fn progress(id: &str) -> Input {
    Input::ToolProgress(ToolProgress { call_id: id.into(), progress: 0.5, total: None, message: None })
}

fn approval(id: &str, outcome: ApprovalOutcome) -> Input {
    Input::Approval { call_id: id.into(), outcome }
}

fn line(effect: &Effect) -> String {
    match effect {
        Effect::OpenTools => "open".to_owned(),
        Effect::CallModel(request) => format!("ask {}", request.messages.len()),
        Effect::RetryAfter(wait) => format!("wait {}", wait.as_millis()),
        Effect::CallTool(call) => format!("call {} {}", call.call_id, wire(&call.args)),
        Effect::Store(status) => format!("store {}", status.as_str()),
        Effect::Park => "park".to_owned(),
        Effect::Publish(event) => match event {
            StreamEvent::Status(status) => wire(&status.status),
            StreamEvent::Content(piece) if piece.is_partial => format!("text {:?}", piece.text),
            StreamEvent::Content(piece) => format!("last {:?}", piece.text),
            StreamEvent::Thought(thought) => format!("thought {}: {}", thought.subject, thought.description),
            StreamEvent::ToolCall(call) => format!("tool {} {} {}", call.call_id, call.tool_name, wire(&call.status)),
            StreamEvent::Error(error) => format!("error {}: {}", error.code, error.message),
            StreamEvent::ToolProgress(progress) => format!("progress {}", progress.call_id),
            StreamEvent::ToolResult(result) => {
                format!("result {} {}: {}", result.call_id, wire(&result.status), result.output)
            }
            other => panic!("a turn publishes no {}", other.name()),
        },
        Effect::Finish(end) => {
            let code = end.error.as_ref().map(|error| format!(" {}", error.code)).unwrap_or_default();
            let usage = end.usage.map(|usage| format!(" {}/{}", usage.input_tokens, usage.output_tokens));
            format!("{}{code}{}", end.status.as_str(), usage.unwrap_or_default())
        }
    }
}

fn wire(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap().trim_matches('"').to_owned()
}

/// Feeds inputs one by one, as if each arrived alone. When tools are to be opened, they are at once, without a line.
fn run(turn: &mut Turn, inputs: impl IntoIterator<Item = Input>) -> String {
    let mut lines = Vec::new();
    for input in inputs {
        let mut effects = feed(turn, input);
        if effects.last() == Some(&Effect::OpenTools) {
            effects.pop();
            effects.extend(feed(turn, tools_opened(&TOOLS, &[])));
        }
        lines.extend(effects.iter().map(line));
    }
    lines.join(" | ")
}

/// Feeds one input.
fn feed(turn: &mut Turn, input: Input) -> Vec<Effect> {
    let mut effects = Vec::new();
    turn.handle(input, &mut effects);
    effects
}

/// Feeds inputs one by one and does nothing else.
fn step(turn: &mut Turn, inputs: impl IntoIterator<Item = Input>) -> String {
    let effects: Vec<_> = inputs.into_iter().flat_map(|input| feed(turn, input)).collect();
    effects.iter().map(line).collect::<Vec<_>>().join(" | ")
}

/// Feeds inputs to a run whose model was just asked.
#[track_caller]
fn check(name: &str, inputs: impl IntoIterator<Item = Input>, expected: &str) {
    let mut turn = turn();
    assert_eq!(run(&mut turn, [Input::Start]), "connecting | ask 1");
    assert_eq!(run(&mut turn, inputs), expected, "{name}");
}
