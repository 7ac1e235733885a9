//! Sees to it that there is a `dist/` to embed, and that the server is built anew when it changes.
//! `cargo xtask widget` fills it; without that the server builds and runs, only without its widget.

use std::{fs, path::Path};

fn main() {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist");
    fs::create_dir_all(&dist).expect("the folder for the built widget can be made");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", dist.display());
}
