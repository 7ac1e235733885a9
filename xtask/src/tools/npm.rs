//! Tools from npm, in folders whose `package.json` and `package-lock.json` pin them.

use super::{Store, announce};
use crate::{process::run, stamp, workspace};
use anyhow::{Context, Result};
use std::{fs, path::PathBuf, process::Command};

/// Packages that are installed together.
pub(super) struct Packages {
    /// The folder that pins them, from the workspace's root.
    pub pinned: &'static str,
    /// Their names, for people.
    pub what: &'static str,
    /// What the project needs them for.
    pub why: &'static str,
}

impl Packages {
    /// Installs them unless they are there. Gives the folder of their programs.
    pub(super) fn ensure(&self, store: &Store) -> Result<PathBuf> {
        let Self { pinned, what, why } = self;
        let source = workspace::root().join(pinned);
        let folder = store.folder_of("npm", &stamp::of(&[&source])?);
        let programs = folder.join("node_modules/.bin");
        let complete = folder.join("complete");
        if complete.exists() {
            return Ok(programs);
        }
        announce(what, why, Some(&folder));
        fs::create_dir_all(&folder)?;
        for file in ["package.json", "package-lock.json"] {
            fs::copy(source.join(file), folder.join(file)).with_context(|| format!("{pinned}/{file} is missing"))?;
        }
        let mut install = Command::new("npm");
        install
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"])
            .arg(&folder);
        run(&mut install)
            .with_context(|| format!("{what} could not be installed: is registry.npmjs.org reachable?"))?;
        fs::write(complete, "")?;
        Ok(programs)
    }
}
