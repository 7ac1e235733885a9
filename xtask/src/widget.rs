//! Building the widget: Trunk compiles it to WebAssembly, and the result goes to `dist/`.

use crate::{process::run, tools::Tools};
use anyhow::Result;

/// Builds the widget into `dist/`.
pub fn build(tools: &Tools) -> Result<()> {
    run(tools.command("trunk").args(["build", "--locked", "--cargo-profile", "widget"]))
}
