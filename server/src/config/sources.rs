//! Where settings are looked for, in order.

use super::{ConfigError, SettingFlags};
use std::{collections::BTreeMap, ffi::OsString, path::Path};
use zeroize::Zeroizing;

/// Every setting, as the environment names it after `SIGMIC_`. The file uses lower case.
pub(super) const NAMES: [&str; 16] = [
    "LISTEN",
    "DATA_DIR",
    "DATABASE_URL",
    "REDIS_URL",
    "PUBLIC_URL",
    "JWT_SECRET",
    "ENCRYPTION_KEY",
    "LOG_FORMAT",
    "LOG",
    "SHUTDOWN_GRACE",
    "RATE_LIMIT_TOKENS",
    "RATE_LIMIT_MESSAGES",
    "MCP_CONNECTIONS",
    "TOOL_RESULT_BYTES",
    "DEMO",
    "DEMO_LISTEN",
];

const DEFAULT_FILE: &str = "sigmic.toml";

/// All that was set anywhere, the winning text of each setting only.
pub(super) struct Sources(BTreeMap<&'static str, Setting>);

struct Setting {
    /// Where it was set, as an operator would look for it.
    place: String,
    text: Zeroizing<String>,
}

impl Sources {
    /// Reads all sources.
    pub(super) fn gather(
        flags: &SettingFlags,
        environment: &impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, ConfigError> {
        let mut settings = read_file(flags, environment)?;
        for name in NAMES {
            let variable_name = format!("SIGMIC_{name}");
            if let Some(text) = variable(environment, &variable_name)? {
                settings.insert(name, Setting { place: variable_name, text });
            }
            if let Some(text) = flags.find(name) {
                let place = format!("--{}", name.to_lowercase().replace('_', "-"));
                settings.insert(name, Setting { place, text: Zeroizing::new(text.to_owned()) });
            }
        }
        settings.retain(|_, setting| !setting.text.trim().is_empty());
        Ok(Self(settings))
    }

    /// The setting called `name`, if it is set, read by `parse`, which says what it expects.
    pub(super) fn read<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(setting) = self.0.get(name) else { return Ok(None) };
        parse(setting.text.trim())
            .map(Some)
            .map_err(|expected| ConfigError { place: setting.place.clone(), expected: format!("expected {expected}") })
    }

    /// Fails when the setting called `name` is set at all.
    pub(super) fn refuse(&self, name: &str, why: &str) -> Result<(), ConfigError> {
        match self.0.get(name) {
            None => Ok(()),
            Some(setting) => Err(ConfigError { place: setting.place.clone(), expected: why.to_owned() }),
        }
    }
}

/// A variable of the environment, if it is set.
pub(super) fn variable(
    environment: &impl Fn(&str) -> Option<OsString>,
    name: &str,
) -> Result<Option<Zeroizing<String>>, ConfigError> {
    let Some(value) = environment(name) else { return Ok(None) };
    let text = value
        .into_string()
        .map_err(|_| ConfigError { place: name.to_owned(), expected: "expected text in UTF-8".to_owned() })?;
    Ok((!text.trim().is_empty()).then_some(Zeroizing::new(text)))
}

fn read_file(
    flags: &SettingFlags,
    environment: &impl Fn(&str) -> Option<OsString>,
) -> Result<BTreeMap<&'static str, Setting>, ConfigError> {
    let named = match &flags.config {
        Some(path) => Some(path.clone()),
        None => variable(environment, "SIGMIC_CONFIG")?.map(|path| path.trim().into()),
    };
    let path = named.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
    let file = path.display();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => {
            return Err(ConfigError { place: file.to_string(), expected: format!("cannot be read: {error}") });
        }
    };
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| ConfigError { place: file.to_string(), expected: not_toml(&text, &error) })?;
    let mut settings = BTreeMap::new();
    for (key, value) in table {
        let place = format!("{key} in {file}");
        let Some(name) = NAMES.into_iter().find(|name| name.to_lowercase() == key) else {
            let known = NAMES.map(str::to_lowercase).join(", ");
            return Err(ConfigError { place, expected: format!("there is no such setting; there are {known}") });
        };
        let text = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(switch) => switch.to_string(),
            _ => return Err(ConfigError { place, expected: "expected a text, a number, true or false".to_owned() }),
        };
        settings.insert(name, Setting { place, text: Zeroizing::new(text) });
    }
    Ok(settings)
}

/// What is wrong, and in which line; never the line itself, which may hold a secret.
fn not_toml(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().and_then(|span| text.get(..span.start)).map(|before| before.matches('\n').count() + 1);
    let message = error.message().lines().next().unwrap_or_default();
    match line {
        Some(line) => format!("is not valid TOML in line {line}: {message}"),
        None => format!("is not valid TOML: {message}"),
    }
}
