//! What the server says about itself: structured logs on standard error.

use crate::config::LogFormat;
use std::io::IsTerminal;
use tracing::Metadata;
use tracing_subscriber::{EnvFilter, filter::filter_fn, fmt, layer::SubscriberExt, util::TryInitError};

/// Starts logging. `filter` is `info`, or `warn,sigmic=debug`; one that cannot be read logs `info`,
/// but the settings have been checked by then.
pub fn start(format: LogFormat, filter: &str) -> Result<(), TryInitError> {
    use tracing_subscriber::util::SubscriberInitExt;
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    // Standard output belongs to what commands print. Colours would be noise in a file.
    let logs = fmt().with_env_filter(filter).with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr);
    match format {
        LogFormat::Pretty => logs.with_target(false).finish().with(filter_fn(may_be_logged)).try_init(),
        LogFormat::Json => {
            let logs = logs.json().flatten_event(true).with_current_span(true).with_span_list(false);
            logs.finish().with(filter_fn(may_be_logged)).try_init()
        }
    }
}

/// The library behind two of the providers logs questions and answers, the one behind MCP every message and what
/// servers say; those are nobody's business.
fn may_be_logged(event: &Metadata<'_>) -> bool {
    let is_of = |path: &str, name: &str| path.split("::").next().is_some_and(|krate| krate == name);
    !event.module_path().is_some_and(|path| path.starts_with("rig") || is_of(path, "rmcp"))
}
