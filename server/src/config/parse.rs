//! One function for each kind of setting. What it returns on failure completes "expected …".

use super::LogFormat;
use crate::secrets::{Keyring, keyring};
use secrecy::SecretString;
use std::{net::SocketAddr, ops::RangeInclusive, path::PathBuf, time::Duration};
use tracing_subscriber::EnvFilter;
use url::Url;

/// The longest time runs may go on after SIGTERM.
const MAX_SHUTDOWN_GRACE: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "an address and a port, such as 127.0.0.1:8080 or [::]:8080".to_owned())
}

pub(super) fn folder(text: &str) -> Result<PathBuf, String> {
    if text.contains('\0') { Err("the path of a folder".to_owned()) } else { Ok(text.into()) }
}

pub(super) fn database_url(text: &str) -> Result<SecretString, String> {
    let known = ["postgres://", "postgresql://", "sqlite:"].iter().any(|scheme| text.starts_with(scheme));
    if known {
        Ok(text.into())
    } else {
        Err("postgres://user:password@host/database, or sqlite:path/of/a/file".to_owned())
    }
}

pub(super) fn public_url(text: &str) -> Result<Url, String> {
    Url::parse(text)
        .ok()
        .filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.username().is_empty()
                && url.password().is_none()
                && url.path() == "/"
                && url.query().is_none()
                && url.fragment().is_none()
        })
        .ok_or_else(|| "an http or https URL without a path, such as https://chat.example.com".to_owned())
}

pub(super) fn jwt_secrets(text: &str) -> Result<Vec<SecretString>, String> {
    keyring::parse_jwt_secrets(&text.into()).map_err(|error| error.to_string())
}

pub(super) fn encryption_keys(text: &str) -> Result<Keyring, String> {
    Keyring::parse(&text.into()).map_err(|error| error.to_string())
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "pretty" => Ok(LogFormat::Pretty),
        "json" => Ok(LogFormat::Json),
        _ => Err("pretty or json".to_owned()),
    }
}

pub(super) fn log_filter(text: &str) -> Result<String, String> {
    match EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("a log filter such as info, or warn,sigmic=debug".to_owned()),
    }
}

pub(super) fn grace(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .ok()
        .filter(|grace| *grace <= MAX_SHUTDOWN_GRACE)
        .ok_or_else(|| "a duration of at most a day, such as 20s or 2m".to_owned())
}

pub(super) fn per_minute(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| "a whole number a minute, 0 for no limit".to_owned())
}

pub(super) fn count(text: &str, allowed: RangeInclusive<usize>) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| allowed.contains(number));
    number.ok_or_else(|| format!("a whole number from {} to {}", allowed.start(), allowed.end()))
}

pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text {
        "on" | "true" | "1" => Ok(true),
        "off" | "false" | "0" => Ok(false),
        _ => Err("on or off".to_owned()),
    }
}
