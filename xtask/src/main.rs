//! `cargo xtask`: everything one does with this project, from a bare machine on.
//!
//! Each command installs what it needs and says why; what is there already is left alone. Tools go
//! to a folder of their own, so that nothing of the machine's own set-up changes.

mod bench;
mod build;
mod process;
mod run;
mod stamp;
mod test;
mod tidy;
mod tools;
mod widget;
mod workspace;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;
use tools::Tools;

/// Builds, runs and tests the project.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Measures what the server costs, beside nginx and a model asked directly.
    Bench(bench::BenchArguments),
    /// Builds `target/release/sigmic`, with the widget inside.
    Build,
    /// Builds and starts everything, ready to be tried.
    Run(run::RunArguments),
    /// Tests everything, with a real browser and a real Postgres.
    Test,
    /// Checks that every part of the project uses only what it may.
    Tidy,
    /// Builds the widget into `dist/`.
    Widget,
}

fn main() -> ExitCode {
    match perform(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> Result<()> {
    match task {
        Task::Bench(arguments) => bench::run(arguments),
        Task::Build => build::release().map(drop),
        Task::Run(arguments) => run::run(arguments),
        Task::Test => test::everything(),
        Task::Tidy => tidy::check(),
        Task::Widget => build::widget(&Tools::for_widget()?),
    }
}
