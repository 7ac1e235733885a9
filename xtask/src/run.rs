//! `cargo xtask run`: from a fresh clone to a working page.

mod model;
mod server;

use crate::{build, process, stamp, workspace};
use anyhow::{Context, Result};
use model::Model;
use serde_json::json;
use server::RunningServer;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// What can be chosen on the command line.
#[derive(clap::Args)]
pub struct RunArguments {
    /// Whose model answers: openai (or anything that speaks its API), anthropic, gemini or demo.
    #[arg(long, requires = "model")]
    provider: Option<String>,
    /// The model's name.
    #[arg(long)]
    model: Option<String>,
    /// Where the model's API is, for example http://127.0.0.1:8000/v1
    #[arg(long, requires = "model")]
    base_url: Option<String>,
}

/// The project that the demo page uses.
const PROJECT: &str = "default";

/// Builds, configures, starts, and tells where everything is. Ends when the server does.
pub fn run(arguments: RunArguments) -> Result<()> {
    let sigmic = build::release()?;
    if !workspace::root().join("sigmic.toml").exists() {
        eprintln!("Making sigmic.toml with fresh secrets.");
        process::read(sigmic_command(&sigmic).arg("init"))?;
    }
    let model = Model::choose(arguments.provider, arguments.model, arguments.base_url);
    apply_once(&sigmic, &model)?;
    let server = RunningServer::start(sigmic_command(&sigmic).args(["serve", "--demo", "on"]))?;
    let addresses = server.wait_until_ready()?;
    eprintln!("\n{}\n", welcome(&addresses, &model));
    server.wait()
}

/// Gives the project its model. A choice that was made before is not made again, so that what an
/// operator has changed since stays changed.
fn apply_once(sigmic: &Path, model: &Model) -> Result<()> {
    let declaration = json!({ "projects": [{
        "name": PROJECT,
        "provider": model.provider,
        "model": model.name,
        "baseUrl": model.base_url.as_deref().unwrap_or_default(),
        "apiKey": "",
    }] })
    .to_string();
    let remembered = data_dir()?.join("xtask-model.json");
    if stamp::is_fresh(&remembered, &declaration) {
        return Ok(());
    }
    let mut apply = sigmic_command(sigmic);
    apply.args(["apply", "-"]).stdout(Stdio::null());
    process::feed(&mut apply, &declaration).context("the model could not be set")?;
    stamp::write(&remembered, &declaration)
}

fn sigmic_command(sigmic: &Path) -> Command {
    let mut command = Command::new(sigmic);
    command.current_dir(workspace::root());
    command
}

/// Where the server keeps its data, by the settings it reads.
fn data_dir() -> Result<PathBuf> {
    if let Some(folder) = env::var_os("SIGMIC_DATA_DIR") {
        return Ok(workspace::root().join(folder));
    }
    let settings: toml::Table =
        fs::read_to_string(workspace::root().join("sigmic.toml"))?.parse().context("sigmic.toml is no TOML")?;
    let folder = settings.get("data_dir").and_then(|folder| folder.as_str()).unwrap_or("sigmic-data");
    Ok(workspace::root().join(folder))
}

fn welcome(addresses: &server::Addresses, model: &Model) -> String {
    let server::Addresses { api, demo, setup } = addresses;
    let console = setup.clone().unwrap_or_else(|| format!("{api}/console"));
    let lines = [
        format!("  Demo page    {}", demo.as_deref().unwrap_or("off")),
        format!("  Console      {console}"),
        format!("  API          {api}/api/v1"),
        format!("  Reference    {api}/docs"),
        String::new(),
        format!("  Model        {} ({})", model.name, model.why),
        format!("               {}", model.how_to_change()),
        String::new(),
        "  Ctrl-C stops it.".to_owned(),
    ];
    format!("Sigmic runs.\n\n{}", lines.join("\n"))
}
