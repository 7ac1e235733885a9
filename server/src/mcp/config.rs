//! The configuration of an MCP server, once read.

use super::template::Template;
use std::{collections::BTreeMap, time::Duration};

/// An MCP server that a project's agent may use.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct McpServer {
    /// How it is reached.
    pub transport: Transport,
    /// How long connecting and each call may take, if that was set.
    pub timeout: Option<Duration>,
    /// Whether it is used at all.
    pub enabled: bool,
    /// The only tools to offer, by the server's own names; none: all.
    pub include_tools: Option<Vec<String>>,
    /// Tools not to offer, by the server's own names.
    pub exclude_tools: Vec<String>,
}

/// How an MCP server is reached.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// At a URL.
    Remote(Remote),
    /// As a process of this machine.
    Local(Local),
}

/// A server at a URL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Remote {
    /// What it speaks.
    pub protocol: Protocol,
    /// Where it is.
    pub url: Template,
    /// Sent with every request.
    pub headers: BTreeMap<String, Template>,
    /// Whether the context may decide which host is asked.
    pub allow_templated_host: bool,
    /// Whether such a host may be private.
    pub allow_private: bool,
}

/// What a server at a URL speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Streamable HTTP.
    Http,
    /// The older one with server-sent events.
    Sse,
}

/// A server that is started as a process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Local {
    /// The program.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables it gets besides the usual few.
    pub env: BTreeMap<String, Template>,
    /// Where it runs.
    pub cwd: Option<String>,
}
