//! Packages of the operating system.

use super::announce;
use crate::process::{find_program, run};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    process::{Command, Stdio},
};

/// A package, by the name Debian and Ubuntu give it.
pub(super) struct Package {
    /// Its name.
    pub name: &'static str,
    /// Whether what is needed of it is there, wherever it came from.
    pub is_there: fn() -> bool,
    /// What the project needs it for.
    pub why: &'static str,
}

/// Installs what is missing, as root or with a sudo that asks no password.
pub(super) fn ensure(packages: &[Package]) -> Result<()> {
    let missing: Vec<&Package> = packages.iter().filter(|package| !(package.is_there)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    let (Some(_), Some(apt_get)) = (find_program("apt-get"), apt_get()) else {
        let needs: Vec<String> = missing.iter().map(|package| format!("{} ({})", package.name, package.why)).collect();
        bail!("please install {}; on Debian: sudo apt-get install {}", needs.join(", "), names.join(" "));
    };
    for package in &missing {
        announce(&format!("Debian's {}", package.name), package.why, None);
    }
    let run_apt = |args: &[&str]| {
        let mut command = Command::new(apt_get[0]);
        command.args(&apt_get[1..]).args(["-q=2", "-o", "Dpkg::Use-Pty=0"]).args(args).stdin(Stdio::null());
        run(command.env("DEBIAN_FRONTEND", "noninteractive"))
    };
    run_apt(&["update"]).context("is a Debian mirror reachable?")?;
    run_apt(&[&["install", "--yes", "--no-install-recommends"], &names[..]].concat())
        .with_context(|| format!("could not install {}", names.join(", ")))
}

/// Whether Postgres's programs are where Debian puts them.
pub(super) fn has_postgres() -> bool {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    versions.into_iter().any(|version| version.path().join("bin/initdb").exists())
}

/// How to call apt-get with the rights it needs.
fn apt_get() -> Option<&'static [&'static str]> {
    use std::os::unix::fs::MetadataExt;
    if fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
        return Some(&["apt-get"]);
    }
    let asked = Command::new("sudo").args(["-n", "true"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success()).then_some(&["sudo", "-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"])
}
