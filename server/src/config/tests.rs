use super::*;
use crate::secrets::keyring::{generate_encryption_key, generate_jwt_secret};
use secrecy::ExposeSecret;
use std::{collections::HashMap, path::Path};

const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Settings from an environment, and from a file that may be empty.
fn load(environment: &[(&str, &str)], file: &str, flags: SettingFlags) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sigmic.toml");
    std::fs::write(&path, file).unwrap();
    let environment: HashMap<_, _> = environment.iter().copied().collect();
    let flags = SettingFlags { config: Some(path.clone()), ..flags };
    Config::load(&flags, |name| environment.get(name).map(OsString::from)).map_err(|error| ConfigError {
        place: error.place.replace(&path.display().to_string(), "sigmic.toml"),
        ..error
    })
}

fn from_environment(name: &str, value: &str) -> Result<Config, ConfigError> {
    load(&[(name, value)], "", SettingFlags::default())
}

#[test]
fn nothing_needs_to_be_set() {
    let config = load(&[], "", SettingFlags::default()).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.data_dir, Path::new("./sigmic-data"));
    assert!(config.database_url.is_none() && config.public_url.is_none());
    assert!(config.keys.signing.is_empty() && config.keys.encryption.is_empty());
    assert_eq!((config.log_format, config.log_filter.as_str()), (LogFormat::Pretty, "info"));
    assert_eq!(config.shutdown_grace, Duration::from_secs(20));
    assert_eq!(config.demo_listen.to_string(), "127.0.0.1:8081");
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let file = r#"listen = "127.0.0.1:1""#;
    let flag = SettingFlags { listen: Some("127.0.0.1:3".into()), ..SettingFlags::default() };
    for (environment, flags, port) in [
        (&[][..], SettingFlags::default(), 1),
        (&[("SIGMIC_LISTEN", "")], SettingFlags::default(), 1),
        (&[("SIGMIC_LISTEN", "127.0.0.1:2")], SettingFlags::default(), 2),
        (&[("SIGMIC_LISTEN", "127.0.0.1:2")], flag, 3),
    ] {
        assert_eq!(load(environment, file, flags).unwrap().listen.port(), port);
    }
}

#[test]
fn the_file_takes_numbers_and_switches() {
    let file = format!("rate_limit_tokens = 7\ndemo = false\nencryption_key = \"{KEY}\"\njwt_secret = \"{SECRET}\"");
    let config = load(&[], &file, SettingFlags::default()).unwrap();
    assert_eq!(config.rate_limit_tokens, 7);
    assert!(!config.demo);
    assert_eq!(config.keys.signing.len(), 1);
}

#[test]
fn a_secret_of_digits_stays_a_text() {
    let digits = "1".repeat(40);
    let environment = [("SIGMIC_JWT_SECRET", digits.as_str()), ("SIGMIC_ENCRYPTION_KEY", KEY)];
    let config = load(&environment, "", SettingFlags::default()).unwrap();
    assert_eq!(config.keys.signing[0].expose_secret(), digits);
}

#[test]
fn a_bad_value_is_one_line_that_names_the_setting_and_what_is_expected() {
    for (name, value, expected) in [
        ("SIGMIC_LISTEN", "8080", "127.0.0.1:8080"),
        ("SIGMIC_LISTEN", "localhost", "127.0.0.1:8080"),
        ("SIGMIC_LISTEN", "127.0.0.1:99999", "127.0.0.1:8080"),
        ("SIGMIC_DATABASE_URL", "mysql://x", "postgres://"),
        ("SIGMIC_REDIS_URL", "redis://x", "not supported yet"),
        ("SIGMIC_PUBLIC_URL", "chat.example.com", "https://chat.example.com"),
        ("SIGMIC_PUBLIC_URL", "ftp://chat.example.com", "https://chat.example.com"),
        ("SIGMIC_PUBLIC_URL", "https://chat.example.com/path", "without a path"),
        ("SIGMIC_PUBLIC_URL", "https://user@chat.example.com", "without a path"),
        ("SIGMIC_JWT_SECRET", "hunter2", "at least 32 bytes"),
        ("SIGMIC_ENCRYPTION_KEY", "hunter2", "base64 of exactly 32 bytes"),
        ("SIGMIC_LOG_FORMAT", "xml", "pretty or json"),
        ("SIGMIC_LOG", "sigmic=loud", "a log filter"),
        ("SIGMIC_SHUTDOWN_GRACE", "20", "such as 20s"),
        ("SIGMIC_SHUTDOWN_GRACE", "-1s", "such as 20s"),
        ("SIGMIC_SHUTDOWN_GRACE", "2days", "at most a day"),
        ("SIGMIC_RATE_LIMIT_TOKENS", "-1", "whole number"),
        ("SIGMIC_RATE_LIMIT_MESSAGES", "many", "whole number"),
        ("SIGMIC_MCP_CONNECTIONS", "0", "from 1 to 100000"),
        ("SIGMIC_TOOL_RESULT_BYTES", "lots", "from 1024 to 4194304"),
        ("SIGMIC_DEMO", "maybe", "on or off"),
        ("SIGMIC_DEMO_LISTEN", "x", "127.0.0.1:8080"),
    ] {
        let error = from_environment(name, value).unwrap_err();
        let line = error.to_string();
        assert_eq!(error.place, name, "{line}");
        assert!(line.contains(expected), "{line}");
        assert!(!line.contains('\n') && !line.contains("hunter2"), "{line}");
    }
}

#[test]
fn the_file_is_checked_too() {
    for (file, place, expected) in [
        ("listn = 1", "listn in sigmic.toml", "no such setting; there are listen,"),
        ("LISTEN = \"127.0.0.1:1\"", "LISTEN in sigmic.toml", "no such setting"),
        ("[server]\nlisten = 1", "server in sigmic.toml", "no such setting"),
        ("listen = [1]", "listen in sigmic.toml", "a text, a number"),
        ("listen = \"x\"", "listen in sigmic.toml", "an address and a port"),
        ("log_format = \"pretty\"\njwt_secret = hunter2", "sigmic.toml", "in line 2"),
    ] {
        let error = load(&[], file, SettingFlags::default()).unwrap_err();
        assert_eq!(error.place, place, "{error}");
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!error.to_string().contains('\n') && !error.to_string().contains("hunter2"), "{error}");
    }
}

#[test]
fn a_named_file_must_be_there() {
    let flags = SettingFlags { config: Some("/nowhere/sigmic.toml".into()), ..SettingFlags::default() };
    let error = Config::load(&flags, |_| None).unwrap_err();
    assert!(error.to_string().starts_with("/nowhere/sigmic.toml: cannot be read"), "{error}");
}

#[test]
fn signing_needs_an_encryption_key() {
    let error = from_environment("SIGMIC_JWT_SECRET", SECRET).unwrap_err();
    assert_eq!(error.place, "SIGMIC_ENCRYPTION_KEY");
    assert!(from_environment("SIGMIC_ENCRYPTION_KEY", KEY).unwrap().keys.signing.is_empty());
}

#[test]
fn the_demo_is_on_only_where_nobody_else_comes() {
    for (environment, demo_listen) in [
        (&[("SIGMIC_LISTEN", "127.0.0.1:0")][..], Some("127.0.0.1:0")),
        (&[("SIGMIC_LISTEN", "[::1]:9000")], Some("[::1]:9001")),
        (&[("SIGMIC_LISTEN", "127.0.0.1:65535")], Some("127.0.0.1:0")),
        (&[("SIGMIC_LISTEN", "0.0.0.0:8080")], None),
        (&[("SIGMIC_LISTEN", "0.0.0.0:8080"), ("SIGMIC_DEMO", "on")], Some("0.0.0.0:8081")),
        (&[("SIGMIC_PUBLIC_URL", "https://chat.example.com")], None),
        (&[("SIGMIC_PUBLIC_URL", "http://localhost:8080")], Some("127.0.0.1:8081")),
        (&[("SIGMIC_DEMO", "off")], None),
        (&[("SIGMIC_DEMO_LISTEN", "127.0.0.1:4000")], Some("127.0.0.1:4000")),
    ] {
        let config = load(environment, "", SettingFlags::default()).unwrap();
        assert_eq!(config.demo.then(|| config.demo_listen.to_string()).as_deref(), demo_listen, "{environment:?}");
    }
}

#[test]
fn provider_keys_come_under_their_usual_names() {
    let environment = [("OPENAI_API_KEY", "sk-1"), ("ANTHROPIC_API_KEY", " "), ("GEMINI_API_KEY", "g\n")];
    let keys = load(&environment, "", SettingFlags::default()).unwrap().provider_keys;
    let shown = |key: &Option<SecretString>| key.as_ref().map(|key| key.expose_secret().to_owned());
    assert_eq!(
        (shown(&keys.openai), shown(&keys.anthropic), shown(&keys.gemini)),
        (Some("sk-1".into()), None, Some("g".into()))
    );
}

#[test]
fn printing_the_settings_shows_no_secret() {
    let clock = crate::clock::Clock::system();
    let (key, secret) = (generate_encryption_key(&clock), generate_jwt_secret(&clock));
    let environment = [
        ("SIGMIC_ENCRYPTION_KEY", key.expose_secret()),
        ("SIGMIC_JWT_SECRET", secret.expose_secret()),
        ("SIGMIC_DATABASE_URL", "postgres://user:hunter2@host/db"),
        ("OPENAI_API_KEY", "sk-hunter2"),
    ];
    let printed = format!("{:?}", load(&environment, "", SettingFlags::default()).unwrap());
    assert!(!printed.contains("hunter2"), "{printed}");
    assert!(!printed.contains(key.expose_secret()) && !printed.contains(secret.expose_secret()), "{printed}");
}

#[test]
fn every_setting_has_its_flag_except_the_keys() {
    use clap::CommandFactory;
    #[derive(clap::Parser)]
    struct Flags {
        #[command(flatten)]
        _settings: SettingFlags,
    }
    let flags: Vec<_> =
        Flags::command().get_arguments().filter_map(|flag| flag.get_long().map(str::to_owned)).collect();
    for name in sources::NAMES {
        let flag = name.to_lowercase().replace('_', "-");
        assert_eq!(flags.contains(&flag), !matches!(name, "JWT_SECRET" | "ENCRYPTION_KEY"), "{name}");
    }
}
