//! Testing everything there is.

use crate::{build, process::run, tidy, tools::Tools};
use anyhow::{Result, bail};
use std::{
    env,
    path::Path,
    time::{Duration, Instant},
};

/// Runs every check, the quick ones first, and goes on after a failure, so that one run tells all.
pub fn everything() -> Result<()> {
    let start = Instant::now();
    let mut report = Report::default();
    let Some(tools) = report.step("tools", Tools::for_tests) else { return report.close(start) };
    let cargo = |args: &[&str]| run(tools.command("cargo").args(args));
    report.step("formatting", || cargo(&["fmt", "--all", "--check"]));
    report.step("tidy", tidy::check);
    report.step("licenses", || {
        cargo(&["deny", "--offline", "--log-level", "error", "check", "licenses", "bans", "sources"])
    });
    report.step("widget", || build::widget_if_stale(&tools));
    let server = report.step("server", build::debug);
    report.step("lints", || cargo(&["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]));
    if let Some(server) = server {
        report.step("tests", || run_tests(&tools, &server));
    }
    report.step("examples in the documentation", || cargo(&["test", "--locked", "--quiet", "--workspace", "--doc"]));
    report.close(start)
}

fn run_tests(tools: &Tools, server: &Path) -> Result<()> {
    let mut nextest = tools.command("cargo");
    nextest.args(["nextest", "run", "--locked", "--workspace", "--no-fail-fast"]).env("SIGMIC_BIN", server);
    if env::var_os("CI").is_some() {
        nextest.args(["--profile", "ci"]);
    }
    run(&mut nextest)
}

/// What was done, how long it took, and whether it went well.
#[derive(Default)]
struct Report {
    steps: Vec<(&'static str, Duration, bool)>,
}

impl Report {
    fn step<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        eprintln!("\n── {name}");
        let start = Instant::now();
        let outcome = work().inspect_err(|error| eprintln!("{name}: {error:#}")).ok();
        self.steps.push((name, start.elapsed(), outcome.is_some()));
        outcome
    }

    fn close(self, start: Instant) -> Result<()> {
        eprintln!("\n── summary");
        for (name, took, went_well) in &self.steps {
            eprintln!("{} {:>6.0} s  {name}", if *went_well { "ok    " } else { "FAILED" }, took.as_secs_f64());
        }
        eprintln!("       {:>6.0} s  altogether", start.elapsed().as_secs_f64());
        let failed = self.steps.iter().filter(|(.., went_well)| !went_well).count();
        if failed > 0 {
            bail!("{failed} of {} steps failed", self.steps.len());
        }
        Ok(())
    }
}
