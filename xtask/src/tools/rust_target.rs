//! Targets of the Rust compiler.

use super::announce;
use crate::process::{find_program, read, run};
use anyhow::{Context, Result, bail};
use std::{path::Path, process::Command};

/// Adds a target to the toolchain in use unless it is there.
pub(super) fn ensure(target: &str, why: &str) -> Result<()> {
    let libraries = read(Command::new("rustc").args(["--print", "target-libdir", "--target", target]))?;
    if Path::new(libraries.trim()).exists() {
        return Ok(());
    }
    if find_program("rustup").is_none() {
        bail!("the Rust compiler lacks the target {target} ({why}): install it the way Rust was installed");
    }
    announce(&format!("the target {target}"), why, None);
    run(Command::new("rustup").args(["target", "add", target])).context("is static.rust-lang.org reachable?")
}
