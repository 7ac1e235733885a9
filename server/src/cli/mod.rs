//! The operator's command line, one file per command.
//!
//! Commands print JSON to standard output and everything else to standard error. The exit status is
//! 0 when all went well, 2 when the command line or a setting is wrong, and 1 otherwise.

mod admin;
mod app;
mod apply;
mod demo_orders;
mod init;
mod key;
mod serve;

use crate::{
    clock::Clock,
    config::{Config, ConfigError, SettingFlags, process_environment},
    store::{ProjectRecord, Store},
};
use anyhow::Context as _;
use clap::{Parser, Subcommand};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    ffi::OsString,
    io::{IsTerminal, Read, Write},
    process::ExitCode,
};

/// An AI chat widget for any website, with an agent that uses your tools.
#[derive(Debug, Parser)]
#[command(name = "sigmic", version, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    settings: SettingFlags,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write sigmic.toml with fresh secrets
    Init,
    /// Run the server
    Serve,
    /// Create or update projects from a TOML or JSON file
    Apply(apply::Args),
    /// Manage widget apps
    #[command(subcommand)]
    App(app::Action),
    /// Manage API keys
    #[command(subcommand)]
    Key(key::Action),
    /// Manage the accounts of the Console
    #[command(subcommand)]
    Admin(admin::Action),
    /// Print the OpenAPI document
    Openapi,
    /// Serve the demo's orders to an MCP client
    #[command(hide = true)]
    DemoOrders(demo_orders::Args),
}

/// Where a command finds the world. Tests bring their own.
pub struct Surroundings<E, I> {
    /// Variables of the environment.
    pub environment: E,
    /// Standard input.
    pub input: I,
    /// Whether a person sits at the standard input.
    pub is_terminal: bool,
    /// Time and randomness.
    pub clock: Clock,
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    // Prints help and usage errors by itself, and exits with 0 or 2.
    let cli = Cli::parse();
    let surroundings = Surroundings {
        environment: process_environment,
        is_terminal: std::io::stdin().is_terminal(),
        input: std::io::stdin(),
        clock: Clock::system(),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::Error::new(error).context("the runtime cannot be started")),
    };
    match runtime.block_on(run(cli, surroundings)) {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(answer)) => print(&answer),
        Err(error) => fail(&error),
    }
}

/// Runs a command and returns what it prints, if it prints anything.
pub async fn run<E, I>(cli: Cli, surroundings: Surroundings<E, I>) -> anyhow::Result<Option<Value>>
where
    E: Fn(&str) -> Option<OsString>,
    I: Read,
{
    let Surroundings { environment, input, is_terminal, clock } = surroundings;
    // The first three work without any settings.
    let config = || Config::load(&cli.settings, &environment);
    match cli.command {
        Command::Init => init::run(&cli.settings, &clock).map(Some),
        Command::Openapi => Ok(Some(serde_json::to_value(crate::http::openapi::document())?)),
        Command::DemoOrders(args) => demo_orders::run(args, &environment).await.map(|()| None),
        Command::Serve => serve::run(config()?).await.map(|()| None),
        Command::Apply(args) => {
            let config = config()?;
            let store = open(&config).await?;
            apply::run(&args, input, &store, &clock, &config.keys.encryption).await.map(Some)
        }
        Command::App(action) => app::run(action, &open(&config()?).await?, &clock).await.map(Some),
        Command::Admin(action) => {
            let store = open(&config()?).await?;
            admin::run(action, admin::PasswordSource { input, is_terminal }, &store, &clock).await.map(Some)
        }
        Command::Key(action) => key::run(action, &open(&config()?).await?, &clock).await.map(Some),
    }
}

async fn open(config: &Config) -> anyhow::Result<Store> {
    let url = config.database_url.as_ref().map(|url| url.expose_secret());
    Ok(Store::open(url, &config.data_dir).await?)
}

/// The project called `name`.
async fn get_project(store: &Store, name: &str) -> anyhow::Result<ProjectRecord> {
    let project = store.find_project_by_name(name).await?;
    project.with_context(|| format!("there is no project {name:?}: declare it in a file and run `sigmic apply FILE`"))
}

/// The projects a list is about.
struct Selection {
    /// The one that was named, by its id.
    project_id: Option<String>,
    /// Every project's name by its id.
    names: BTreeMap<String, String>,
}

impl Selection {
    /// The project called `name`, or all of them.
    async fn of(store: &Store, name: Option<&str>) -> anyhow::Result<Self> {
        let project_id = match name {
            Some(name) => Some(get_project(store, name).await?.id),
            None => None,
        };
        let names = store.list_projects().await?.into_iter().map(|project| (project.id, project.name)).collect();
        Ok(Self { project_id, names })
    }
}

fn print(answer: &Value) -> ExitCode {
    match writeln!(std::io::stdout().lock(), "{answer:#}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&anyhow::Error::new(error).context("the answer cannot be printed")),
    }
}

/// One line that says what was wrong and why.
fn fail(error: &anyhow::Error) -> ExitCode {
    // Nothing can be done about an error that cannot be shown.
    let _ = writeln!(std::io::stderr().lock(), "error: {error:#}");
    ExitCode::from(if error.is::<ConfigError>() { 2 } else { 1 })
}

#[cfg(test)]
mod tests;
