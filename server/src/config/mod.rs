//! The settings, and the only reader of the environment.
//!
//! Flags win over the environment (`SIGMIC_…`), which wins over `sigmic.toml`, which wins over the
//! defaults. Every source gives text and every setting is read by one function, whatever the source.
//! An empty text counts as not set.

mod flags;
mod parse;
mod sources;

pub use flags::SettingFlags;

use crate::secrets::Keys;
use secrecy::SecretString;
use sources::Sources;
use std::{
    collections::BTreeMap,
    ffi::OsString,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use url::Url;

/// Everything that can be set.
#[derive(Debug)]
pub struct Config {
    /// `LISTEN`: where the server is reached. Port 0 lets the system choose.
    pub listen: SocketAddr,
    /// `DATA_DIR`: where the database and workspaces lie.
    pub data_dir: PathBuf,
    /// `DATABASE_URL`: `postgres://…` or `sqlite:…`; without it, SQLite in the data directory.
    pub database_url: Option<SecretString>,
    /// `PUBLIC_URL`: the server's address as browsers see it, without a path.
    pub public_url: Option<Url>,
    /// `JWT_SECRET` and `ENCRYPTION_KEY`.
    pub keys: Keys,
    /// `LOG_FORMAT`: how logs are written.
    pub log_format: LogFormat,
    /// `LOG`: which logs are written, as `tracing` filters.
    pub log_filter: String,
    /// `SHUTDOWN_GRACE`: how long runs may go on after SIGTERM.
    pub shutdown_grace: Duration,
    /// `RATE_LIMIT_TOKENS`: token exchanges a minute and app; 0 for no limit.
    pub rate_limit_tokens: u32,
    /// `RATE_LIMIT_MESSAGES`: messages a minute and caller; 0 for no limit.
    pub rate_limit_messages: u32,
    /// `MCP_CONNECTIONS`: most connections to MCP servers at once.
    pub mcp_connections: usize,
    /// `TOOL_RESULT_BYTES`: the longest result of a tool that a model gets to read, in bytes.
    pub tool_result_bytes: usize,
    /// `DEMO`: whether there is a demo page, which hands a token to whoever opens it.
    pub demo: bool,
    /// `DEMO_LISTEN`: where the demo page is served, so that it has an origin of its own.
    pub demo_listen: SocketAddr,
    /// Keys to model providers that the environment holds, for projects without one.
    pub provider_keys: ProviderKeys,
    /// PATH, HOME and LANG as far as there are, for local MCP servers: they get nothing else of the environment.
    pub local_server_environment: BTreeMap<String, OsString>,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// The providers' usual environment variables.
#[derive(Clone, Debug, Default)]
pub struct ProviderKeys {
    /// `OPENAI_API_KEY`
    pub openai: Option<SecretString>,
    /// `ANTHROPIC_API_KEY`
    pub anthropic: Option<SecretString>,
    /// `GEMINI_API_KEY`
    pub gemini: Option<SecretString>,
}

impl ProviderKeys {
    /// The key in this environment variable.
    pub fn named(&self, variable: &str) -> Option<SecretString> {
        match variable {
            "OPENAI_API_KEY" => self.openai.clone(),
            "ANTHROPIC_API_KEY" => self.anthropic.clone(),
            "GEMINI_API_KEY" => self.gemini.clone(),
            _ => None,
        }
    }
}

/// A setting that cannot be used. Says where it was set and what is expected, in one line and
/// without its value, which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {expected}")]
pub struct ConfigError {
    /// `SIGMIC_LISTEN`, or `listen in sigmic.toml`, or `--listen`.
    pub place: String,
    /// What would be right.
    pub expected: String,
}

impl Config {
    /// Reads the settings. `environment` is [`process_environment`], unless it is a test's.
    pub fn load(flags: &SettingFlags, environment: impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let sources = Sources::gather(flags, &environment)?;
        sources.refuse("REDIS_URL", "not supported yet; leave it out and run a single server")?;
        let listen = sources.read("LISTEN", parse::address)?.unwrap_or(DEFAULT_LISTEN);
        let public_url = sources.read("PUBLIC_URL", parse::public_url)?;
        let signing = sources.read("JWT_SECRET", parse::jwt_secrets)?.unwrap_or_default();
        let encryption = sources.read("ENCRYPTION_KEY", parse::encryption_keys)?.unwrap_or_default();
        if !signing.is_empty() && encryption.is_empty() {
            return Err(ConfigError {
                place: "SIGMIC_ENCRYPTION_KEY".into(),
                expected: format!(
                    "must be set when JWT_SECRET is, to encrypt env and secrets; expected {}",
                    crate::secrets::KeyListError::EncryptionKey
                ),
            });
        }
        let demo = sources
            .read("DEMO", parse::switch)?
            .unwrap_or_else(|| is_private_to_this_machine(listen, public_url.as_ref()));
        let demo_listen = sources.read("DEMO_LISTEN", parse::address)?.unwrap_or_else(|| beside(listen));
        Ok(Self {
            listen,
            data_dir: sources.read("DATA_DIR", parse::folder)?.unwrap_or_else(|| "./sigmic-data".into()),
            database_url: sources.read("DATABASE_URL", parse::database_url)?,
            public_url,
            keys: Keys { signing, encryption: Arc::new(encryption) },
            log_format: sources.read("LOG_FORMAT", parse::log_format)?.unwrap_or(LogFormat::Pretty),
            log_filter: sources.read("LOG", parse::log_filter)?.unwrap_or_else(|| "info".into()),
            shutdown_grace: sources.read("SHUTDOWN_GRACE", parse::grace)?.unwrap_or(DEFAULT_SHUTDOWN_GRACE),
            rate_limit_tokens: sources
                .read("RATE_LIMIT_TOKENS", parse::per_minute)?
                .unwrap_or(DEFAULT_RATE_LIMIT_TOKENS),
            rate_limit_messages: sources
                .read("RATE_LIMIT_MESSAGES", parse::per_minute)?
                .unwrap_or(DEFAULT_RATE_LIMIT_MESSAGES),
            mcp_connections: sources
                .read("MCP_CONNECTIONS", |text| parse::count(text, 1..=100_000))?
                .unwrap_or(DEFAULT_MCP_CONNECTIONS),
            tool_result_bytes: sources
                .read("TOOL_RESULT_BYTES", |text| parse::count(text, 1024..=4 * 1024 * 1024))?
                .unwrap_or(DEFAULT_TOOL_RESULT_BYTES),
            demo,
            demo_listen,
            provider_keys: ProviderKeys {
                openai: provider_key(&environment, "OPENAI_API_KEY")?,
                anthropic: provider_key(&environment, "ANTHROPIC_API_KEY")?,
                gemini: provider_key(&environment, "GEMINI_API_KEY")?,
            },
            local_server_environment: ["PATH", "HOME", "LANG"]
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), environment(name)?)))
                .collect(),
        })
    }
}

/// A variable of the process's own environment.
pub fn process_environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);
const DEFAULT_SHUTDOWN_GRACE: Duration = Duration::from_secs(20);
/// A thousand a second: enough for any honest backend, too few to keep a server from its work.
const DEFAULT_RATE_LIMIT_TOKENS: u32 = 60_000;
/// Ten a second: nobody types that fast.
const DEFAULT_RATE_LIMIT_MESSAGES: u32 = 600;
const DEFAULT_MCP_CONNECTIONS: usize = 256;
/// About 16,000 tokens: room for a page of records, and for several such results in one context.
const DEFAULT_TOOL_RESULT_BYTES: usize = 64 * 1024;

/// The demo hands a token to whoever opens it, so it is only on by itself where nobody else comes.
fn is_private_to_this_machine(listen: SocketAddr, public_url: Option<&Url>) -> bool {
    let is_local = |url: &Url| match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    listen.ip().is_loopback() && public_url.is_none_or(is_local)
}

/// The next port, or one the system chooses where that is how the server's own was chosen.
fn beside(listen: SocketAddr) -> SocketAddr {
    let port = if listen.port() == 0 { 0 } else { listen.port().checked_add(1).unwrap_or(0) };
    SocketAddr::new(listen.ip(), port)
}

fn provider_key(
    environment: &impl Fn(&str) -> Option<OsString>,
    name: &str,
) -> Result<Option<SecretString>, ConfigError> {
    let text = sources::variable(environment, name)?;
    Ok(text.map(|text| SecretString::from(text.trim())))
}

#[cfg(test)]
mod tests;
