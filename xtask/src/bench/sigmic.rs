//! The server under test, as an operator would set it up; only its limits on requests are off.

use super::machine::{Machine, Running, free_address, wait_until_it_listens};
use crate::process::{read, read_from};
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::{
    env, fs,
    io::{Read, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

/// A server's folder, with a project that asks the scripted model and a widget app.
pub struct Installation {
    /// The binary.
    pub sigmic: PathBuf,
    folder: PathBuf,
    /// `wapp_…`
    pub app_id: String,
    /// `wsec_…`
    pub app_secret: String,
}

/// A server that answers.
pub struct Server {
    /// The process.
    pub process: Running,
    /// Where it listens.
    pub address: SocketAddr,
    /// From starting the process to its first answer.
    pub start: Duration,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credentials {
    app_id: String,
    app_secret: String,
}

impl Installation {
    /// Sets one up in `folder`.
    pub fn make(sigmic: PathBuf, folder: &Path, model: SocketAddr) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let mut new = Self { sigmic, folder: folder.to_owned(), app_id: String::new(), app_secret: String::new() };
        read(&mut new.command(&["init"]))?;
        let project = serde_json::json!({ "projects": [{
            "name": "bench",
            "provider": "openai",
            "model": "scripted",
            "baseUrl": format!("http://{model}/v1"),
            "apiKey": "sk-scripted",
        }] });
        read_from(&mut new.command(&["apply", "-"]), &project.to_string())?;
        let app = read(&mut new.command(&["app", "create", "--project", "bench", "--name", "bench"]))?;
        let app: Credentials = serde_json::from_str(&app).context("`sigmic app create` printed something else")?;
        (new.app_id, new.app_secret) = (app.app_id, app.app_secret);
        Ok(new)
    }

    /// Starts the server on its core and waits for its first answer.
    pub fn start(&self, machine: &Machine, log: &Path) -> Result<Server> {
        let address = free_address()?;
        let mut command = machine.on_servers_core(&self.sigmic);
        self.place(&mut command);
        command.arg("serve").envs([
            ("SIGMIC_LISTEN", address.to_string().as_str()),
            ("SIGMIC_RATE_LIMIT_TOKENS", "0"),
            ("SIGMIC_RATE_LIMIT_MESSAGES", "0"),
            ("SIGMIC_DEMO", "off"),
        ]);
        let start = Instant::now();
        let process = Running::start(command, log)?;
        let mut stream = wait_until_it_listens(address)?;
        write!(stream, "GET /readyz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        ensure!(answer.starts_with("HTTP/1.1 200"), "the server is not ready: {answer}");
        Ok(Server { process, address, start: start.elapsed() })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.sigmic);
        self.place(&mut command);
        command.args(arguments);
        command
    }

    /// In its folder, and without settings from around it.
    fn place(&self, command: &mut Command) {
        command.current_dir(&self.folder);
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SIGMIC_")) {
            command.env_remove(name);
        }
    }
}
