//! The tools of one run.

use super::pool::Lease;
use serde_json::{Map, Value};
use std::{fmt, sync::Arc};

/// A tool, as a model may see it. None of it holds a secret.
#[derive(Clone, Debug, PartialEq)]
pub struct McpTool {
    /// `<server>__<tool>`: letters, digits, `_` and `-`, at most 64, unique among all servers. A tool's own name that
    /// does not fit is mended, the same way every time.
    pub name: String,
    /// What it does, in the words of its server.
    pub description: String,
    /// The JSON schema of its arguments: an object with `"type": "object"`.
    pub input_schema: Value,
}

/// A server whose tools this run goes without. Displays as one sentence, which holds no value of the context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// Its name in the project.
    pub server: String,
    /// Why, as the rest of a sentence that begins with the server.
    pub reason: String,
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The MCP server \"{}\" {}.", self.server, self.reason)
    }
}

/// The tools of one run. While it lives, its connections are kept.
#[derive(Default)]
pub struct Toolset {
    servers: Vec<Arc<Lease>>,
    unavailable: Vec<Unavailable>,
}

impl Toolset {
    pub(super) fn new(opened: Vec<Result<Lease, Unavailable>>) -> Self {
        let mut toolset = Self::default();
        for server in opened {
            match server {
                Ok(lease) => toolset.servers.push(Arc::new(lease)),
                Err(unavailable) => toolset.unavailable.push(unavailable),
            }
        }
        toolset
    }

    /// What there is at present; a server may change its tools at any time.
    pub fn tools(&self) -> Vec<McpTool> {
        let known = self.servers.iter().map(|server| server.connection().tools());
        known.flat_map(|tools| tools.iter().map(|known| known.tool.clone()).collect::<Vec<_>>()).collect()
    }

    /// The servers that could not be used.
    pub fn unavailable(&self) -> &[Unavailable] {
        &self.unavailable
    }

    /// Calls the tool `name`. Its output, or what went wrong, is text for the model, masked and cut to the limit.
    /// Dropping the future cancels the call. `progress` hears how far the call is, of how much, and what it says.
    pub fn call(
        &self,
        name: &str,
        arguments: Map<String, Value>,
        progress: impl Fn(f64, Option<f64>, Option<String>) + Send + Sync + 'static,
    ) -> impl Future<Output = Result<String, String>> + Send + 'static {
        let found = self.find(name);
        let name = name.to_owned();
        async move {
            match found {
                Some((server, own_name)) => server.connection().call(own_name, arguments, Box::new(progress)).await,
                None => Err(format!("There is no tool named {name}.")),
            }
        }
    }

    /// The server of a tool, and what it calls it.
    fn find(&self, name: &str) -> Option<(Arc<Lease>, String)> {
        self.servers.iter().find_map(|server| {
            let tools = server.connection().tools();
            let known = tools.iter().find(|known| known.tool.name == name)?;
            Some((server.clone(), known.own_name.clone()))
        })
    }
}
