//! `sigmic serve`

use crate::{config::Config, telemetry};
use anyhow::Context as _;

/// Runs the server until it is told to stop.
pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    telemetry::start(config.log_format, &config.log_filter).context("logging cannot be started")?;
    crate::serve(config).await
}
