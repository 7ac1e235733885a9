//! `cargo xtask tidy`: the order of the house, kept by a machine.
//!
//! The rules are a table, [`rules::ARROWS`] and its neighbours; this file only walks over the sources.

mod rules;
mod source;

use crate::workspace;
use anyhow::{Context, Result, bail};
use source::Source;
use std::{fmt, fs, path::Path};
use walkdir::WalkDir;

/// Folders with sources of our own.
const SOURCES: &[&str] = &["shared", "server", "widget-wasm", "tests", "xtask"];

/// Checks every source file and prints what breaks a rule, and why the rule is there.
pub fn check() -> Result<()> {
    let mut sources = read_sources(workspace::root())?;
    mark_tests(&mut sources);
    let violations: Vec<Violation> = sources.iter().flat_map(rules::check).collect();
    for violation in &violations {
        eprintln!("{violation}");
    }
    if !violations.is_empty() {
        bail!("{} places break a rule of the house; each line says which and why", violations.len());
    }
    Ok(())
}

/// One place that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
struct Violation {
    file: String,
    line: usize,
    what: String,
    why: &'static str,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}. {}", self.file, self.line, self.what, self.why)
    }
}

fn read_sources(root: &Path) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for folder in SOURCES {
        for entry in WalkDir::new(root.join(folder)).sort_by_file_name() {
            let entry = entry.context("the sources cannot be read")?;
            if entry.path().extension().is_some_and(|extension| extension == "rs") {
                let file =
                    entry.path().strip_prefix(root).expect("the walk stays in the workspace").display().to_string();
                let text = fs::read_to_string(entry.path()).with_context(|| format!("{file} cannot be read"))?;
                sources.push(Source::parse(&file, &text).with_context(|| format!("{file} is no Rust"))?);
            }
        }
    }
    Ok(sources)
}

/// Marks the files that are compiled for tests only because their parent declares them so.
fn mark_tests(sources: &mut [Source]) {
    let modules: Vec<String> = sources.iter().flat_map(|source| source.test_modules.clone()).collect();
    let is_test = |file: &str| modules.iter().any(|module| rules::lies_in(file, module));
    sources.iter_mut().filter(|source| is_test(&source.file)).for_each(Source::mark_as_test);
}

#[cfg(test)]
mod tests;
