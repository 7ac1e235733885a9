//! `sigmic init`

use crate::{clock::Clock, config::SettingFlags, secrets::keyring};
use anyhow::{Context as _, bail};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write},
    path::Path,
};
use zeroize::Zeroizing;

/// Writes a configuration with fresh secrets that nobody else may read, unless there is one.
pub(super) fn run(settings: &SettingFlags, clock: &Clock) -> anyhow::Result<Value> {
    let path = settings.config.as_deref().unwrap_or(Path::new("sigmic.toml"));
    let shown = path.display();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = match options.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{shown} is already there and is left as it is: its secrets are needed to read what they encrypted")
        }
        Err(error) => return Err(error).with_context(|| format!("{shown} cannot be written")),
    };
    let text = configuration(clock);
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(|| format!("{shown} cannot be written"))?;
    Ok(json!({ "config": path }))
}

fn configuration(clock: &Clock) -> Zeroizing<String> {
    let jwt_secret = keyring::generate_jwt_secret(clock);
    let encryption_key = keyring::generate_encryption_key(clock);
    Zeroizing::new(format!(
        r#"# Sigmic's configuration. It holds secrets: keep it out of version control, and keep a copy somewhere safe.
# Each setting is also a variable of the environment (SIGMIC_LISTEN) and, except for the two keys,
# a flag (--listen). Flags win over the environment, and that wins over this file.

# Address and port of the server. 0.0.0.0:8080 is reached from other machines.
listen = "127.0.0.1:8080"

# Where the database lies.
data_dir = "./sigmic-data"

# The server's address as browsers see it, once it is public.
# public_url = "https://chat.example.com"

# Postgres instead of SQLite in the data directory.
# database_url = "postgres://user:password@localhost/sigmic"

# pretty, or json.
# log_format = "pretty"

# Signs tokens. To replace it put the new one in front, "new,old", and drop the old one when all
# tokens it signed have expired.
jwt_secret = "{}"

# Encrypts what end users' tokens carry and the keys of model providers. Replaced in the same way.
# Whoever loses it loses those.
encryption_key = "{}"
"#,
        jwt_secret.expose_secret(),
        encryption_key.expose_secret()
    ))
}
