//! `sigmic apply`

use crate::{
    auth::Operator,
    clock::Clock,
    project::{self, Document, Format},
    secrets::Keyring,
    store::Store,
};
use anyhow::Context as _;
use serde_json::Value;
use std::{
    io::Read,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// TOML or JSON; - for standard input
    file: PathBuf,
    /// Remove projects that are not named, with their apps, keys and conversations, and MCP servers
    /// and policies that are not among those a project names
    #[arg(long)]
    prune: bool,
}

/// Makes the store hold what the file declares.
pub(super) async fn run(
    args: &Args,
    input: impl Read,
    store: &Store,
    clock: &Clock,
    keys: &Keyring,
) -> anyhow::Result<Value> {
    let text = read(&args.file, input)?;
    let extension = args.file.extension().and_then(|extension| extension.to_str());
    let document = Document::read(Format::guess(extension, &text), &text)?;
    for place in document.projects.iter().flat_map(|project| &project.ignored) {
        eprintln!("warning: {place} means nothing here and is ignored");
    }
    let applied = project::apply::apply(&Operator::command_line(store, clock), keys, &document, args.prune).await?;
    Ok(serde_json::to_value(applied)?)
}

fn read(file: &Path, mut input: impl Read) -> anyhow::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    if file == Path::new("-") {
        input.read_to_string(&mut text).context("standard input cannot be read")?;
    } else {
        *text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    }
    Ok(text)
}
