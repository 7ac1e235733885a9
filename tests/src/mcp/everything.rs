//! MCP's own reference server, `@modelcontextprotocol/server-everything`.

use super::Protocol;
use crate::eventually;
use serde_json::{Value, json};
use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::{
    net::{TcpListener, TcpStream},
    process::{Child, Command},
};

const PROGRAM: &str = "mcp-server-everything";

/// The reference server as a process that listens. It is killed when this is dropped.
#[derive(Debug)]
pub struct Everything {
    url: String,
    protocol: Protocol,
    _process: Child,
}

impl Everything {
    /// Its configuration as a local server.
    pub fn stdio_config() -> Value {
        json!({ "command": program(), "args": ["stdio"] })
    }

    /// Starts it as a remote one.
    pub async fn start(protocol: Protocol) -> Self {
        let port = free_port().await;
        let (word, path) = match protocol {
            Protocol::Http => ("streamableHttp", "mcp"),
            Protocol::Sse => ("sse", "sse"),
        };
        let process = Command::new(program())
            .arg(word)
            .env("PORT", port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the reference server starts: is node there?");
        eventually("the reference server listens", async || TcpStream::connect(("127.0.0.1", port)).await.ok()).await;
        Self { url: format!("http://127.0.0.1:{port}/{path}"), protocol, _process: process }
    }

    /// Its configuration.
    pub fn config(&self) -> Value {
        json!({ "url": self.url, "type": if self.protocol == Protocol::Http { "http" } else { "sse" } })
    }
}

/// It cannot be told to take a free port and say which.
async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}

/// The program: `cargo xtask test` puts it on the PATH; without that, the one it installed last.
fn program() -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).map(|folder| folder.join(PROGRAM)).find(|file| file.exists());
    on_path
        .or_else(newest_installed)
        .unwrap_or_else(|| panic!("{PROGRAM} is not there: `cargo xtask test` installs it and puts it on the PATH"))
}

fn newest_installed() -> Option<PathBuf> {
    let tools = env::var_os("SIGMIC_TOOLS").map(PathBuf::from);
    let tools = tools.or_else(|| Some(env::home_dir()?.join(".cache/sigmic/tools")))?;
    let installed = |folder: &Path| Some(folder.join("node_modules/.bin").join(PROGRAM)).filter(|file| file.exists());
    let folders = tools.read_dir().ok()?.flatten();
    let programs =
        folders.filter_map(|folder| Some((folder.metadata().ok()?.modified().ok()?, installed(&folder.path())?)));
    programs.max().map(|(_, program)| program)
}
