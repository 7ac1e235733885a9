//! Tools from npm: the packages that `xtask/npm/package.json` pins.

use super::{Store, announce};
use crate::{process::run, stamp, workspace};
use anyhow::{Context, Result};
use std::{fs, path::PathBuf, process::Command};

/// Installs the packages unless they are there. Gives the folder of their programs.
pub(super) fn ensure(store: &Store) -> Result<PathBuf> {
    let pinned = workspace::root().join("xtask/npm");
    let folder = store.folder_of("npm", &stamp::of(&[&pinned])?);
    let programs = folder.join("node_modules/.bin");
    let complete = folder.join("complete");
    if complete.exists() {
        return Ok(programs);
    }
    announce("wasm-opt and the minifier from npm", "they make the widget small", Some(&folder));
    fs::create_dir_all(&folder)?;
    for file in ["package.json", "package-lock.json"] {
        fs::copy(pinned.join(file), folder.join(file)).with_context(|| format!("xtask/npm/{file} is missing"))?;
    }
    let mut install = Command::new("npm");
    install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]).arg(&folder);
    run(&mut install).context("the npm packages could not be installed: is registry.npmjs.org reachable?")?;
    fs::write(complete, "")?;
    Ok(programs)
}
