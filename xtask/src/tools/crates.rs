//! Tools from crates.io.

use super::{Store, announce};
use crate::process::run;
use anyhow::{Context, Result};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// A tool that `cargo install` builds.
pub(super) struct CrateTool<'a> {
    /// The crate.
    pub name: &'a str,
    /// Its exact version.
    pub version: &'a str,
    /// The program that proves it is there.
    pub program: &'a str,
    /// Further flags for `cargo install`.
    pub flags: &'a [&'a str],
    /// What the project needs it for.
    pub why: &'a str,
}

impl CrateTool<'_> {
    /// Builds it unless it is there. Gives the folder of its programs.
    pub(super) fn ensure(&self, store: &Store) -> Result<PathBuf> {
        let Self { name, version, .. } = self;
        let root = store.folder_of(name, version);
        let programs = root.join("bin");
        if programs.join(self.program).exists() {
            return Ok(programs);
        }
        announce(&format!("{name} {version}"), self.why, Some(&root));
        // The versions its authors tried come first. A registry's mirror may not have the newest of them yet.
        if run(&mut self.install(&root, &["--locked"])).is_err() {
            eprintln!("Trying {name} {version} again with the newest versions of its dependencies that are there.");
            run(&mut self.install(&root, &[]))
                .with_context(|| format!("{name} {version} could not be installed: is crates.io reachable?"))?;
        }
        Ok(programs)
    }

    fn install(&self, root: &Path, lock: &[&str]) -> Command {
        let mut install = Command::new("cargo");
        install
            .args(["install", "--quiet", &format!("{}@{}", self.name, self.version), "--root"])
            .arg(root)
            .args(lock)
            .args(self.flags);
        // These run for seconds; building them fast matters more than how fast they run.
        for (setting, value) in [("OPT_LEVEL", "1"), ("LTO", "off"), ("CODEGEN_UNITS", "16"), ("DEBUG", "false")] {
            install.env(format!("CARGO_PROFILE_RELEASE_{setting}"), value);
        }
        install.env_remove("CARGO_TARGET_DIR");
        install
    }
}
