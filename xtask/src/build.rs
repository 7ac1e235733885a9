//! Building: the widget into `dist/`, and the server with the widget inside.

use crate::{process::run, stamp, tools::Tools, widget, workspace};
use anyhow::{Context, Result};
use std::{path::PathBuf, process::Command};

/// Everything the widget is made of.
const WIDGET_SOURCES: &[&str] =
    &["widget-wasm", "shared", "assets", "Trunk.toml", "Cargo.lock", "Cargo.toml", "xtask/npm", "xtask/src/widget.rs"];

/// Builds the release binary, which is all one needs to run Sigmic. Gives its path.
pub fn release() -> Result<PathBuf> {
    widget_if_stale(&Tools::for_widget()?)?;
    eprintln!("Building the server.");
    cargo_build(&["--release"])?;
    Ok(workspace::root().join("target/release/sigmic"))
}

/// Builds the binary that tests drive: quicker to build, slower to run. Gives its path.
pub fn debug() -> Result<PathBuf> {
    cargo_build(&[])?;
    Ok(workspace::root().join("target/debug/sigmic"))
}

/// Builds the widget unless it was built from the very same sources.
pub fn widget_if_stale(tools: &Tools) -> Result<()> {
    let root = workspace::root();
    let sources: Vec<PathBuf> = WIDGET_SOURCES.iter().map(|source| root.join(source)).collect();
    let stamp = stamp::of(&sources.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
    let stamp_file = root.join("target/xtask/widget.stamp");
    if root.join("dist").exists() && stamp::is_fresh(&stamp_file, &stamp) {
        return Ok(());
    }
    eprintln!("Building the widget.");
    widget::build(tools).context("the widget could not be built")?;
    stamp::write(&stamp_file, &stamp)
}

fn cargo_build(flags: &[&str]) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--locked", "--package", "sigmic", "--target-dir", "target"]).args(flags);
    run(cargo.current_dir(workspace::root())).context("the server could not be built")
}
