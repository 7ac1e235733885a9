//! `sigmic demo-orders`

use crate::demo::orders::{self, API_TOKEN, Credentials, TENANT_ID};
use std::{ffi::OsString, path::PathBuf};

/// What the demo's order system needs to know.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where refunds are noted
    refunds: PathBuf,
}

/// Runs the order system until its client goes away. Its credentials come from the environment, as an MCP server's do.
pub(super) async fn run(args: Args, environment: impl Fn(&str) -> Option<OsString>) -> anyhow::Result<()> {
    let text = |name: &str| environment(name).and_then(|value| value.into_string().ok()).unwrap_or_default();
    let credentials = Credentials { tenant_id: text(TENANT_ID), api_token: text(API_TOKEN).into() };
    orders::serve(credentials, args.refunds).await
}
