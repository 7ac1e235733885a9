//! The tools of one run.

use serde_json::{Map, Value};
use std::fmt;

/// A tool, as a model may see it. None of it holds a secret.
#[derive(Clone, Debug, PartialEq)]
pub struct McpTool {
    /// `<server>__<tool>`: letters, digits, `_` and `-`, at most 64, unique among all servers.
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
    unavailable: Vec<Unavailable>,
}

impl Toolset {
    /// What there is at present; a server may change its tools at any time.
    pub fn tools(&self) -> Vec<McpTool> {
        Vec::new()
    }

    /// The servers that could not be used.
    pub fn unavailable(&self) -> &[Unavailable] {
        &self.unavailable
    }

    /// Calls the tool `name`. Its output, or what went wrong, is text for the model, masked and cut to the limit.
    /// Dropping the future cancels the call.
    pub fn call(
        &self,
        name: &str,
        _arguments: Map<String, Value>,
        _progress: impl Fn(f64, Option<f64>, Option<String>) + Send + Sync + 'static,
    ) -> impl Future<Output = Result<String, String>> + Send + 'static {
        let name = name.to_owned();
        async move { Err(format!("There is no tool named {name}.")) }
    }
}
