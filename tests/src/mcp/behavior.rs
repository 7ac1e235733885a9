//! What a server is told to do wrong.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a server behaves; well, unless something else is said.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Behavior {
    /// What it does instead of answering the first message.
    pub on_connect: Option<Fault>,
    /// What it does instead of listing its tools.
    pub on_list: Option<Fault>,
    /// What it offers.
    pub tools: ToolSet,
    /// It speaks the newest protocol, which has no sessions, instead of the last one that has them.
    pub newest_protocol: bool,
    /// A local server writes a line that is no message before each one that is.
    pub stray_lines: bool,
    /// A local server ends neither on SIGTERM nor when its input does.
    pub lingers: bool,
    /// A remote server answers everything with a redirect to this URL.
    pub redirect_to: Option<String>,
}

/// Something a server does instead of answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// Nothing, ever.
    Hang,
    /// A local server exits, a remote one breaks the connection off.
    Crash,
    /// It answers with something that is no message.
    Garbage,
    /// It answers with [`super::HUGE_BYTES`] in one message.
    Huge,
}

/// The tools a server offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToolSet {
    /// The usual ones.
    #[default]
    Usual,
    /// Five hundred.
    Many,
    /// Some whose names and schemas no model takes as they are.
    Odd,
}

impl Behavior {
    /// What to do instead of answering `message`.
    pub(super) fn fault_for(&self, message: &Value) -> Option<Fault> {
        match message["method"].as_str()? {
            // The newest protocol begins with the latter.
            "initialize" | "server/discover" => self.on_connect,
            "tools/list" => self.on_list,
            "tools/call" => match message["params"]["name"].as_str()? {
                "hang" => Some(Fault::Hang),
                "crash" => Some(Fault::Crash),
                "garbage" => Some(Fault::Garbage),
                "huge" => Some(Fault::Huge),
                _ => None,
            },
            _ => None,
        }
    }
}
