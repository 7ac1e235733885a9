//! A model that calls the tools it is told to call, and what came of it.

use crate::scene::{Scene, task_id};
use serde_json::{Value, json};
use sigmic_shared::{RunErrorCode, StreamEvent, TaskId, ToolCallStatus, stream::ToolResult};
use sigmic_tests::{
    client::Client,
    installation::Installation,
    model::{ModelRequest, Script},
    stream::{Received, done},
};

/// What a run did.
#[derive(Debug)]
pub struct Errand {
    pub task: TaskId,
    pub events: Vec<Received>,
}

/// A scene whose project has these MCP servers, with a model that does what it is told: a message that is a list of
/// steps, each a list of calls `[tool, arguments]`, makes it call the tools of one step at a time and answer `done.`
pub async fn scene_with(servers: Value) -> Scene {
    scene_on(Installation::new(), json!({ "mcpServers": servers })).await
}

/// The same with settings and further fields of the project.
pub async fn scene_on(installation: Installation, fields: Value) -> Scene {
    let scene = Scene::with_project(installation, fields).await;
    scene.model.otherwise(obey);
    scene
}

/// Lets the model make these calls at once, and waits for the end of the run.
pub async fn run(user: &Client, calls: Value) -> Errand {
    run_steps(user, json!([calls])).await
}

/// Lets the model make these calls, one step after the other, and waits for the end of the run.
pub async fn run_steps(user: &Client, steps: Value) -> Errand {
    let events = user.create_task_streaming(&steps.to_string()).await.rest().await;
    Errand { task: task_id(&events), events }
}

/// One call alone: how it ended and what it said.
pub async fn call(user: &Client, tool: &str, arguments: Value) -> (ToolCallStatus, String) {
    let errand = run(user, json!([[tool, arguments]])).await;
    match errand.results().as_slice() {
        [result] => (result.status, result.output.clone()),
        other => panic!("one call gave {other:?} in {:#?}", errand.events),
    }
}

/// Decides what to say to a request, as [`scene_with`] has it.
pub fn obey(request: &ModelRequest) -> Script {
    let messages = request.messages();
    let Some(asked) = messages.iter().rposition(|message| message["role"] == "user") else {
        return Script::answer("nobody asked.");
    };
    let steps_made = messages[asked..].iter().filter(|message| message["role"] == "assistant").count();
    let text = request.conversation().swap_remove(asked).1;
    let steps: Vec<Vec<(String, Value)>> = serde_json::from_str(&text).expect("the message is a list of steps");
    let Some(step) = steps.get(steps_made) else { return Script::answer("done.") };
    let calls: Vec<_> = step
        .iter()
        .enumerate()
        .map(|(number, (tool, arguments))| {
            // A string stands for arguments as the model may write them, broken ones too.
            let arguments = arguments.as_str().map_or_else(|| arguments.to_string(), str::to_owned);
            (format!("call-{}-{number}", messages.len()), tool.clone(), arguments)
        })
        .collect();
    let calls: Vec<_> = calls.iter().map(|(id, tool, arguments)| (&**id, &**tool, &**arguments)).collect();
    Script::new().tool_calls(&calls).finish("tool_calls")
}

impl Errand {
    /// How the calls ended, in the order in which they did.
    pub fn results(&self) -> Vec<&ToolResult> {
        self.events
            .iter()
            .filter_map(|received| match &received.event {
                StreamEvent::ToolResult(result) => Some(result),
                _ => None,
            })
            .collect()
    }

    /// What the failed servers are said to be: each a sentence.
    pub fn unavailable(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|received| match &received.event {
                StreamEvent::Error(error) if error.code == RunErrorCode::McpUnavailable => Some(&*error.message),
                _ => None,
            })
            .collect()
    }

    /// The whole answer.
    pub fn answer(&self) -> &str {
        &done(&self.events).final_response
    }

    /// Fails unless the run went well, whatever became of its calls.
    pub fn expect_done(&self) -> &Self {
        assert_eq!(self.answer(), "done.", "{:#?}", self.events);
        self
    }
}
