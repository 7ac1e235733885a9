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
    let is_built = workspace::root().join("dist/sigmic-chat.js").exists();
    if is_built && stamp::is_fresh(&widget_stamp_file(), &widget_stamp()?) {
        return Ok(());
    }
    widget(tools)
}

/// Builds the widget.
pub fn widget(tools: &Tools) -> Result<()> {
    eprintln!("Building the widget.");
    let stamp = widget_stamp()?;
    widget::build(tools).context("the widget could not be built")?;
    stamp::write(&widget_stamp_file(), &stamp)
}

fn widget_stamp() -> Result<String> {
    let sources: Vec<PathBuf> = WIDGET_SOURCES.iter().map(|source| workspace::root().join(source)).collect();
    stamp::of(&sources.iter().map(PathBuf::as_path).collect::<Vec<_>>())
}

fn widget_stamp_file() -> PathBuf {
    workspace::root().join("target/xtask/widget.stamp")
}

fn cargo_build(flags: &[&str]) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--locked", "--package", "sigmic", "--target-dir", "target"]).args(flags);
    run(cargo.current_dir(workspace::root())).context("the server could not be built")
}
