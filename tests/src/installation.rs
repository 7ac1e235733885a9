//! One installation of the server: its folder, its settings, and its command line.

use crate::{DEADLINE, model::ModelServer, server::Server};
use serde_json::{Value, json};
use std::{collections::BTreeMap, env, path::PathBuf, process::Stdio, sync::Arc};
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt, process::Command};

/// The signing secret every installation starts with.
pub const JWT_SECRET: &str = "a signing secret for tests of 32 bytes or more";
/// The encryption key every installation starts with: 32 bytes of the letter k.
pub const ENCRYPTION_KEY: &str = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=";

/// A folder and settings. The server can be started on it any number of times, so that a test can
/// kill it and look at what is left.
#[derive(Clone, Debug)]
pub struct Installation {
    folder: Arc<TempDir>,
    settings: BTreeMap<String, String>,
}

/// What a widget app is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppCredentials {
    /// `wapp_…`
    pub app_id: String,
    /// `wsec_…`
    pub app_secret: String,
}

/// What a command left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandOutput {
    /// Its exit status; `None` when a signal ended it.
    pub status: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

impl Installation {
    /// An installation on SQLite with signing and encryption set up, without a demo and without a project.
    pub fn new() -> Self {
        let folder = TempDir::with_prefix("sigmic-test-").expect("a temporary folder can be made");
        let installation = Self { folder: Arc::new(folder), settings: BTreeMap::new() };
        let data_dir = installation.folder.path().join("data").display().to_string();
        installation
            .set("LISTEN", "127.0.0.1:0")
            .set("DATA_DIR", data_dir)
            .set("JWT_SECRET", JWT_SECRET)
            .set("ENCRYPTION_KEY", ENCRYPTION_KEY)
            .set("LOG_FORMAT", "json")
            .set("DEMO", "off")
    }

    /// Sets a setting, named without its `SIGMIC_`.
    pub fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.settings.insert(format!("SIGMIC_{name}"), value.into());
        self
    }

    /// Leaves a setting at the server's own default.
    pub fn unset(mut self, name: &str) -> Self {
        self.settings.remove(&format!("SIGMIC_{name}"));
        self
    }

    /// Sets a variable of the environment that is no setting, a provider's API key for example.
    pub fn set_env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.settings.insert(name.to_owned(), value.into());
        self
    }

    /// The folder that commands run in; `sigmic.toml` would lie here.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Where the server keeps its data.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts the server and waits until it is ready.
    pub async fn start(&self) -> Server {
        Server::start(self).await
    }

    /// Runs `sigmic ARGS` to its end.
    pub async fn run(&self, args: &[&str]) -> CommandOutput {
        self.run_with_input(args, "").await
    }

    /// Runs `sigmic ARGS` to its end with `input` on standard input.
    pub async fn run_with_input(&self, args: &[&str], input: &str) -> CommandOutput {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().expect("the sigmic binary starts");
        let mut stdin = child.stdin.take().expect("standard input is piped");
        // A command that ends without reading its input closes the pipe; that is its own affair.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        let output = tokio::time::timeout(DEADLINE, child.wait_with_output())
            .await
            .unwrap_or_else(|_| panic!("`sigmic {}` did not end", args.join(" ")))
            .expect("the command can be waited for");
        CommandOutput {
            status: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs `sigmic ARGS`, which has to succeed, and reads the JSON it prints.
    pub async fn run_json(&self, args: &[&str]) -> Value {
        self.run_json_with_input(args, "").await
    }

    /// The same with `input` on standard input.
    pub async fn run_json_with_input(&self, args: &[&str], input: &str) -> Value {
        self.run_with_input(args, input).await.json(args)
    }

    /// Applies a declaration of projects.
    pub async fn apply(&self, declaration: Value) -> Value {
        self.run_json_with_input(&["apply", "-"], &declaration.to_string()).await
    }

    /// Creates or updates `project` so that it asks `model`.
    pub async fn use_model(&self, project: &str, model: &ModelServer) {
        self.apply(json!({ "projects": [{
            "name": project,
            "provider": "openai",
            "model": "scripted",
            "baseUrl": model.base_url(),
            "apiKey": "sk-scripted",
        }] }))
        .await;
    }

    /// Creates a widget app that the given origins may use.
    pub async fn create_app(&self, project: &str, origins: &[&str]) -> AppCredentials {
        let mut args = vec!["app", "create", "--project", project, "--name", "Test"];
        args.extend(origins.iter().flat_map(|origin| ["--origin", origin]));
        let app = self.run_json(&args).await;
        let field = |name: &str| app[name].as_str().unwrap_or_else(|| panic!("{name} in {app}")).to_owned();
        AppCredentials { app_id: field("appId"), app_secret: field("appSecret") }
    }

    /// Creates an API key.
    pub async fn create_api_key(&self, project: &str) -> String {
        let key = self.run_json(&["key", "create", "--project", project, "--name", "Test"]).await;
        key["apiKey"].as_str().unwrap_or_else(|| panic!("apiKey in {key}")).to_owned()
    }

    /// `sigmic ARGS` in this installation, not started yet. Nothing of the test's own environment
    /// reaches it, except where programs and the home folder are.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(
                env::vars().filter(|(name, _)| matches!(name.as_str(), "PATH" | "HOME" | "TMPDIR" | "RUST_BACKTRACE")),
            )
            .envs(&self.settings)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}

impl Default for Installation {
    fn default() -> Self {
        Self::new()
    }
}

impl CommandOutput {
    fn json(&self, args: &[&str]) -> Value {
        let command = args.join(" ");
        assert_eq!(self.status, Some(0), "`sigmic {command}` failed:\n{}{}", self.stdout, self.stderr);
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("`sigmic {command}` printed no JSON ({error}):\n{}", self.stdout))
    }
}

/// The binary under test: `SIGMIC_BIN`, else the one built beside this test.
fn binary() -> PathBuf {
    if let Some(path) = env::var_os("SIGMIC_BIN") {
        return path.into();
    }
    let test = env::current_exe().expect("a test knows its own path");
    let built = test.ancestors().nth(2).expect("tests lie in target/<profile>/deps").join("sigmic");
    assert!(built.exists(), "{} is not there: `cargo build -p sigmic` first, or set SIGMIC_BIN", built.display());
    built
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_command_sees_its_settings_and_nothing_else_of_the_environment() {
        let installation = Installation::new().set("LISTEN", "1.2.3.4:5").unset("JWT_SECRET").set_env("OTHER", "x");
        let command = installation.command(&["--version"]);
        let envs: BTreeMap<_, _> = command.as_std().get_envs().collect();
        let value = |name: &str| envs.get(std::ffi::OsStr::new(name)).and_then(|value| value.and_then(|v| v.to_str()));
        assert_eq!(value("SIGMIC_LISTEN"), Some("1.2.3.4:5"));
        assert_eq!(value("SIGMIC_JWT_SECRET"), None);
        assert_eq!(value("OTHER"), Some("x"));
        assert_eq!(value("CARGO_PKG_NAME"), None);
    }
}
