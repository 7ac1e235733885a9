//! Opens one MCP server of a project, to see which tools it has.

use super::{Agent, RunContext};
use crate::{auth::context::Context, store::ProjectRecord};
use secrecy::SecretString;
use sigmic_shared::TaskId;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::time::timeout;

/// Longer than any server is waited for by default.
const PATIENCE: Duration = Duration::from_secs(90);

/// What a server has, or why it cannot be had. Nothing in it holds a value of the context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolCheck {
    /// Its tools: their names for the model, and what they do.
    Tools(Vec<(String, String)>),
    /// Why there are none, as a sentence.
    Unavailable(String),
}

impl Agent {
    /// Opens the project's server called `name`, enabled or not, with `variables` as a token would bring them along.
    pub async fn check_tools(
        &self,
        project: &ProjectRecord,
        name: &str,
        variables: BTreeMap<String, SecretString>,
    ) -> ToolCheck {
        let mut project = project.clone();
        project.mcp_servers.0.retain(|known, _| known == name);
        if let Some(config) = project.mcp_servers.0.get_mut(name) {
            config["enabled"] = true.into();
        }
        // An id nobody else has: no connection is shared with a visitor's.
        let id = self.clock().new_uuid_v7().to_string();
        let variables = Context { env: BTreeMap::new(), secrets: variables };
        let context = RunContext::Program { api_key_id: id.clone(), variables };
        let opening = self.open_tools(Arc::new(project), TaskId(id), context);
        let Ok(opened) = timeout(PATIENCE, opening).await else {
            return ToolCheck::Unavailable("The server took longer than 90 seconds to answer.".to_owned());
        };
        if let Some(sentence) = opened.unavailable.into_iter().next() {
            return ToolCheck::Unavailable(sentence);
        }
        let tools = opened.tools.definitions();
        ToolCheck::Tools(tools.iter().map(|tool| (tool.name.clone(), tool.description.clone())).collect())
    }
}
