//! Joins the agent to MCP servers: a project's configuration becomes the tools of one run.

use crate::{
    agent::{
        ContextOwner,
        tools::{OpenTools, ProgressReporter, ToolBox, ToolRequest, ToolSource},
        turn::ToolInvocation,
    },
    llm::provider::ToolDefinition,
    mcp::{McpPool, McpTool, OpenRequest, Principal, Toolset},
    project::McpServer,
};
use futures::future::BoxFuture;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Tools of the project's MCP servers, reached as whoever the run works for.
#[derive(Clone)]
pub struct ProjectTools(McpPool);

impl ProjectTools {
    /// Takes connections from `pool`.
    pub fn new(pool: McpPool) -> Self {
        Self(pool)
    }
}

impl ToolSource for ProjectTools {
    fn open(&self, request: ToolRequest) -> BoxFuture<'static, OpenTools> {
        let pool = self.0.clone();
        Box::pin(async move {
            let ToolRequest { project, task_id, context } = request;
            let mut servers = BTreeMap::new();
            let mut unavailable = Vec::new();
            for (name, value) in project.mcp_servers.iter() {
                match McpServer::read(name, name, value) {
                    Ok(server) => drop(servers.insert(name.clone(), server)),
                    Err(problem) => {
                        // It was checked when it was saved; rules may have become stricter since.
                        tracing::error!(project = project.name, %problem, "an MCP server's configuration cannot be read");
                        unavailable.push(format!("The MCP server \"{name}\" is not configured correctly."));
                    }
                }
            }
            let principal = match context.owner {
                ContextOwner::Visitor { app_id, end_user_id } => Principal::EndUser { app_id, end_user_id },
                ContextOwner::Program { .. } => Principal::Task(task_id),
            };
            let toolset = pool
                .open(OpenRequest {
                    project_id: project.id.clone(),
                    servers,
                    principal,
                    variables: context.variables,
                    expires_at_ms: context.expires_at_ms,
                })
                .await;
            unavailable.extend(toolset.unavailable().iter().map(ToString::to_string));
            OpenTools { tools: Arc::new(RunTools { toolset, offered: Mutex::default() }), unavailable }
        })
    }
}

/// The tools of one run.
struct RunTools {
    toolset: Toolset,
    /// What was offered last.
    offered: Mutex<Offer>,
}

#[derive(Default)]
struct Offer {
    tools: Vec<McpTool>,
    definitions: Arc<[ToolDefinition]>,
}

impl ToolBox for RunTools {
    fn definitions(&self) -> Arc<[ToolDefinition]> {
        let tools = self.toolset.tools();
        let mut offered = self.offered.lock().unwrap_or_else(PoisonError::into_inner);
        if offered.tools != tools {
            offered.definitions = tools.iter().map(definition).collect();
            offered.tools = tools;
        }
        offered.definitions.clone()
    }

    fn call(&self, call: ToolInvocation, progress: ProgressReporter) -> BoxFuture<'static, Result<String, String>> {
        let report = move |done, total, message| progress.report(done, total, message);
        Box::pin(self.toolset.call(&call.tool_name, call.args, report))
    }
}

fn definition(tool: &McpTool) -> ToolDefinition {
    ToolDefinition {
        name: tool.name.clone(),
        description: tool.description.clone(),
        parameters: tool.input_schema.clone(),
    }
}
