//! A token's context: the env and secrets that a customer's backend gave with it.

use crate::{
    clock::Clock,
    secrets::{Binding, ContextField, Keyring, SealError},
    store::ContextRecord,
};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use sigmic_shared::{AppId, EndUserId, token::is_variable_name};
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

pub use crate::secrets::Context;

/// Most names in env and secrets together; one that is in both counts once.
pub const MAX_KEYS: usize = 64;
/// The longest name.
pub const MAX_KEY_BYTES: usize = 128;
/// The longest value.
pub const MAX_VALUE_BYTES: usize = 8 * 1024;

/// Which rule env or secrets break. Holds names at most, never a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContextError {
    /// Not an object.
    #[error("`{0}` must be an object of strings.")]
    NotAnObject(&'static str),
    /// A name that is none, or too long. It is not repeated: it may be anything.
    #[error(
        "`{0}` has a key that is not a name: letters, digits and underscores, not starting with a digit, at most 128 bytes."
    )]
    Key(&'static str),
    /// A value that is not a string.
    #[error("`{0}.{1}` must be a string.")]
    NotAString(&'static str, String),
    /// A value that is too long.
    #[error("`{0}.{1}` is longer than 8 KiB.")]
    TooLong(&'static str, String),
    /// Too many names.
    #[error("`env` and `secrets` have more than 64 keys together.")]
    TooMany,
}

/// Reads env and secrets as a request gave them; null counts as left out.
pub fn check(env: Option<&Value>, secrets: Option<&Value>) -> Result<Context, ContextError> {
    let env = variables("env", env)?;
    let secrets = variables("secrets", secrets)?;
    if env.keys().chain(secrets.keys()).collect::<BTreeSet<_>>().len() > MAX_KEYS {
        return Err(ContextError::TooMany);
    }
    Ok(Context {
        env: env.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        secrets: secrets.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect(),
    })
}

impl Context {
    /// Encrypts it for the token called `jti`, so that it opens for that token only.
    pub fn seal(
        &self,
        keys: &Keyring,
        clock: &Clock,
        place: ContextPlace<'_>,
        expires_at_ms: i64,
    ) -> Result<ContextRecord, SealError> {
        let secrets = self.secrets.iter().map(|(key, value)| (key.as_str(), value.expose_secret())).collect();
        let env = self.env.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        Ok(ContextRecord {
            jti: place.jti.to_owned(),
            app_id: place.app_id.clone(),
            end_user_id: place.end_user_id.clone(),
            sealed_env: seal(keys, clock, &place.binding(ContextField::Env), &env)?,
            sealed_secrets: seal(keys, clock, &place.binding(ContextField::Secrets), &secrets)?,
            expires_at: expires_at_ms,
        })
    }

    /// Decrypts what was kept of a token's context.
    pub fn open(keys: &Keyring, record: &ContextRecord) -> Result<Self, SealError> {
        let place = ContextPlace { app_id: &record.app_id, end_user_id: &record.end_user_id, jti: &record.jti };
        let env = open(keys, &place.binding(ContextField::Env), record.sealed_env.as_deref())?;
        let secrets = open(keys, &place.binding(ContextField::Secrets), record.sealed_secrets.as_deref())?;
        let secrets = secrets.into_iter().map(|(key, value)| (key, value.into())).collect();
        Ok(Self { env, secrets })
    }
}

/// The token a context belongs to.
#[derive(Clone, Copy, Debug)]
pub struct ContextPlace<'a> {
    /// The app it was issued for.
    pub app_id: &'a AppId,
    /// The end user it was issued for.
    pub end_user_id: &'a EndUserId,
    /// Its id.
    pub jti: &'a str,
}

impl ContextPlace<'_> {
    fn binding(&self, field: ContextField) -> Binding {
        Binding::token_context(self.app_id, self.end_user_id, self.jti, field)
    }
}

fn seal(
    keys: &Keyring,
    clock: &Clock,
    binding: &Binding,
    variables: &BTreeMap<&str, &str>,
) -> Result<Option<Vec<u8>>, SealError> {
    if variables.is_empty() {
        return Ok(None);
    }
    // Strings always have a JSON form.
    let json = Zeroizing::new(serde_json::to_vec(variables).unwrap_or_default());
    keys.seal(clock, binding, &json).map(Some)
}

fn open(keys: &Keyring, binding: &Binding, sealed: Option<&[u8]>) -> Result<BTreeMap<String, String>, SealError> {
    let Some(sealed) = sealed else { return Ok(BTreeMap::new()) };
    serde_json::from_slice(&keys.open(binding, sealed)?).map_err(|_| SealError::UnknownVersion)
}

/// The variables of one field, none of which breaks a rule.
fn variables<'v>(field: &'static str, value: Option<&'v Value>) -> Result<BTreeMap<&'v str, &'v str>, ContextError> {
    let given: &Map<String, Value> = match value {
        None | Some(Value::Null) => return Ok(BTreeMap::new()),
        Some(Value::Object(given)) => given,
        Some(_) => return Err(ContextError::NotAnObject(field)),
    };
    let variables = given.iter().map(|(key, value)| {
        if key.len() > MAX_KEY_BYTES || !is_variable_name(key) {
            return Err(ContextError::Key(field));
        }
        match value {
            Value::String(value) if value.len() > MAX_VALUE_BYTES => Err(ContextError::TooLong(field, key.clone())),
            Value::String(value) => Ok((key.as_str(), value.as_str())),
            _ => Err(ContextError::NotAString(field, key.clone())),
        }
    });
    variables.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::keyring::generate_encryption_key;
    use serde_json::json;

    fn many(prefix: &str, count: usize) -> Value {
        (0..count).map(|n| (format!("{prefix}{n}"), json!(""))).collect::<Map<_, _>>().into()
    }

    #[test]
    fn what_the_rules_allow_is_taken() {
        for (env, secrets) in [
            (None, None),
            (Some(Value::Null), Some(Value::Null)),
            (Some(json!({})), Some(json!({}))),
            (Some(json!({ "A": "", "_": "x", "_1": "y", "aZ_09": "\n\u{0}é" })), None),
            (Some(json!({ "A".repeat(128): "v" })), None),
            (None, Some(json!({ "A": "v".repeat(8192) }))),
            (Some(many("E", 64)), None),
            (Some(many("E", 32)), Some(many("S", 32))),
            (Some(many("K", 64)), Some(many("K", 64))),
        ] {
            let context = check(env.as_ref(), secrets.as_ref()).unwrap();
            let keys = |value: &Option<Value>| value.as_ref().and_then(Value::as_object).map_or(0, Map::len);
            assert_eq!((context.env.len(), context.secrets.len()), (keys(&env), keys(&secrets)));
        }
    }

    #[test]
    fn what_they_do_not_is_refused() {
        for (env, secrets, error) in [
            (Some(json!([])), None, ContextError::NotAnObject("env")),
            (Some(json!("A=b")), None, ContextError::NotAnObject("env")),
            (Some(json!(0)), None, ContextError::NotAnObject("env")),
            (Some(json!(false)), None, ContextError::NotAnObject("env")),
            (None, Some(json!([["A", "b"]])), ContextError::NotAnObject("secrets")),
            (Some(json!({ "A": 1 })), None, ContextError::NotAString("env", "A".into())),
            (Some(json!({ "A": null })), None, ContextError::NotAString("env", "A".into())),
            (Some(json!({ "A": true })), None, ContextError::NotAString("env", "A".into())),
            (Some(json!({ "A": {} })), None, ContextError::NotAString("env", "A".into())),
            (None, Some(json!({ "A": ["b"] })), ContextError::NotAString("secrets", "A".into())),
            (Some(json!({ "A": "v".repeat(8193) })), None, ContextError::TooLong("env", "A".into())),
            (Some(json!({ "A": "é".repeat(4097) })), None, ContextError::TooLong("env", "A".into())),
            (Some(json!({ "A".repeat(129): "v" })), None, ContextError::Key("env")),
            (Some(many("E", 65)), None, ContextError::TooMany),
            (None, Some(many("S", 65)), ContextError::TooMany),
            (Some(many("E", 33)), Some(many("S", 32)), ContextError::TooMany),
        ] {
            assert_eq!(check(env.as_ref(), secrets.as_ref()).unwrap_err(), error);
        }
        for key in ["", "1A", "A-B", "A.B", "A B", " A", "A\n", "Ä", "А", "A\0", "$A", "A=", "{{mcp.A}}", "A١"] {
            assert_eq!(check(Some(&json!({ key: "v" })), None).unwrap_err(), ContextError::Key("env"), "{key:?}");
            assert_eq!(check(None, Some(&json!({ key: "v" }))).unwrap_err(), ContextError::Key("secrets"), "{key:?}");
        }
    }

    #[test]
    fn a_refusal_repeats_no_value() {
        let long = format!("hunter2{}", "v".repeat(9000));
        for value in [json!({ "hunter2 is no name": "hunter2" }), json!({ "A": ["hunter2"] }), json!({ "A": long })] {
            assert!(!check(None, Some(&value)).unwrap_err().to_string().contains("hunter2"));
        }
    }

    #[test]
    fn a_secret_wins_over_an_env_of_the_same_name() {
        let context =
            check(Some(&json!({ "A": "env", "B": "env" })), Some(&json!({ "A": "secret", "C": "" }))).unwrap();
        assert_eq!(["A", "B", "C", "D"].map(|key| context.find(key)), [Some("secret"), Some("env"), Some(""), None]);
        assert!(!format!("{context:?}").contains("\"secret\""));
    }

    #[test]
    fn a_sealed_context_opens_for_its_own_token_only() {
        let clock = Clock::system();
        let keys = Keyring::parse(&generate_encryption_key(&clock)).unwrap();
        let context = check(Some(&json!({ "A": "1" })), Some(&json!({ "B": "2" }))).unwrap();
        let (app_id, end_user_id) = ("wapp_1".into(), "user".into());
        let place = ContextPlace { app_id: &app_id, end_user_id: &end_user_id, jti: "j1" };
        let record = context.seal(&keys, &clock, place, 5).unwrap();
        let opened = Context::open(&keys, &record).unwrap();
        assert_eq!((opened.find("A"), opened.find("B")), (Some("1"), Some("2")));
        for moved in [
            ContextRecord { jti: "j2".into(), ..record.clone() },
            ContextRecord { app_id: "wapp_2".into(), ..record.clone() },
            ContextRecord { end_user_id: "other".into(), ..record.clone() },
            ContextRecord { sealed_env: record.sealed_secrets.clone(), ..record.clone() },
        ] {
            assert_eq!(Context::open(&keys, &moved).unwrap_err(), SealError::Unopenable);
        }
    }

    #[test]
    fn half_a_context_is_kept_as_half() {
        let clock = Clock::system();
        let keys = Keyring::parse(&generate_encryption_key(&clock)).unwrap();
        let place = ContextPlace { app_id: &"a".into(), end_user_id: &"u".into(), jti: "j" };
        let record = check(Some(&json!({ "A": "1" })), None).unwrap().seal(&keys, &clock, place, 5).unwrap();
        assert!(record.sealed_env.is_some() && record.sealed_secrets.is_none());
        assert!(Context::open(&keys, &record).unwrap().secrets.is_empty());
    }
}
