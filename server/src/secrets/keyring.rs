//! Lists of keys, newest first: the first one is used for new things, all of them for old ones.

use super::seal::Purpose;
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use std::{fmt, sync::Arc};
use zeroize::Zeroizing;

/// Bytes of an encryption key.
pub const ENCRYPTION_KEY_BYTES: usize = 32;
/// The fewest bytes of a signing secret: what HS256 asks for.
pub const MIN_JWT_SECRET_BYTES: usize = 32;

/// All keys of a server. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// Signing secrets, newest first. None: no tokens are issued or accepted.
    pub signing: Vec<SecretString>,
    /// Encryption keys.
    pub encryption: Arc<Keyring>,
}

/// The encryption keys of this server, newest first. Empty when none is configured.
#[derive(Default)]
pub struct Keyring(Vec<EncryptionKey>);

/// What is derived from one encryption key. The key itself is not kept.
pub(super) struct EncryptionKey {
    /// Written in front of what this key seals. One byte tells the keys of a list apart well enough:
    /// where two share it, both are tried.
    pub(super) id: u8,
    ciphers: [XChaCha20Poly1305; Purpose::ALL.len()],
}

/// A list of keys that cannot be used. Never holds a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyListError {
    /// An entry is not base64 of 32 bytes.
    #[error(
        "base64 of exactly 32 bytes (make one with `openssl rand -base64 32`), or several separated by commas, newest first"
    )]
    EncryptionKey,
    /// An entry is too short.
    #[error("a secret of at least 32 bytes, or several separated by commas, newest first")]
    JwtSecret,
}

impl Keyring {
    /// Reads a comma-separated list of base64 keys.
    pub fn parse(list: &SecretString) -> Result<Self, KeyListError> {
        let entries = list.expose_secret().split(',').map(|entry| {
            let bytes = Zeroizing::new(BASE64.decode(entry.trim()).map_err(|_| KeyListError::EncryptionKey)?);
            let key = <&[u8; ENCRYPTION_KEY_BYTES]>::try_from(bytes.as_slice());
            key.map(EncryptionKey::derive).map_err(|_| KeyListError::EncryptionKey)
        });
        entries.collect::<Result<_, _>>().map(Self)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no key at all, so that nothing can be sealed or opened.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `sealed` says it is by the newest key, so that sealing it anew would change nothing.
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        self.newest().is_some_and(|key| sealed.get(1) == Some(&key.id))
    }

    /// The key that seals.
    pub(super) fn newest(&self) -> Option<&EncryptionKey> {
        self.0.first()
    }

    /// The keys that may open what is marked with `id`, newest first.
    pub(super) fn with_id(&self, id: u8) -> impl Iterator<Item = &EncryptionKey> {
        self.0.iter().filter(move |key| key.id == id)
    }
}

impl EncryptionKey {
    fn derive(key: &[u8; ENCRYPTION_KEY_BYTES]) -> Self {
        let hkdf = Hkdf::<Sha256>::new(None, key);
        let [id] = expand(&hkdf, "sigmic key id v1");
        let ciphers = Purpose::ALL.map(|purpose| {
            let subkey = Zeroizing::new(expand::<ENCRYPTION_KEY_BYTES>(&hkdf, purpose.label()));
            XChaCha20Poly1305::new((&*subkey).into())
        });
        Self { id, ciphers }
    }

    /// The cipher for one purpose; its key opens nothing sealed for another.
    pub(super) fn cipher(&self, purpose: Purpose) -> &XChaCha20Poly1305 {
        &self.ciphers[purpose as usize]
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({} keys)", self.0.len())
    }
}

/// Reads a comma-separated list of signing secrets. Spaces around an entry do not belong to it.
pub fn parse_jwt_secrets(list: &SecretString) -> Result<Vec<SecretString>, KeyListError> {
    let entries = list.expose_secret().split(',').map(|entry| {
        let entry = entry.trim();
        if entry.len() < MIN_JWT_SECRET_BYTES { Err(KeyListError::JwtSecret) } else { Ok(SecretString::from(entry)) }
    });
    entries.collect()
}

/// A fresh encryption key as the configuration writes it.
pub fn generate_encryption_key(clock: &crate::clock::Clock) -> SecretString {
    let bytes = Zeroizing::new(clock.random_bytes::<ENCRYPTION_KEY_BYTES>());
    BASE64.encode(*bytes).into()
}

/// A fresh signing secret as the configuration writes it.
pub fn generate_jwt_secret(clock: &crate::clock::Clock) -> SecretString {
    let bytes = Zeroizing::new(clock.random_bytes::<MIN_JWT_SECRET_BYTES>());
    hex::encode(*bytes).into()
}

/// Padding may be there or not: people lose it when they copy.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn expand<const N: usize>(hkdf: &Hkdf<Sha256>, info: &str) -> [u8; N] {
    const { assert!(N <= 255 * 32, "HKDF-SHA256 gives no more") };
    let mut bytes = [0; N];
    if hkdf.expand(info.as_bytes(), &mut bytes).is_err() {
        unreachable!("the length is checked when this is compiled");
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    #[test]
    fn encryption_keys_are_base64_of_32_bytes() {
        let unpadded = KEY.trim_end_matches('=');
        for (list, keys) in [
            (KEY.to_owned(), Some(1)),
            (unpadded.to_owned(), Some(1)),
            (format!("{KEY},{KEY}"), Some(2)),
            (format!(" {KEY} , {KEY}\n"), Some(2)),
            (String::new(), None),
            (format!("{KEY},"), None),
            (format!(",{KEY}"), None),
            ("AAAA".to_owned(), None),
            (format!("AA{KEY}"), None),
            ("x".repeat(32), None),
            ("not base64 at all, really".to_owned(), None),
        ] {
            let parsed = Keyring::parse(&list.clone().into());
            assert_eq!(parsed.map(|ring| ring.0.len()).ok(), keys, "{list:?}");
        }
    }

    #[test]
    fn signing_secrets_have_at_least_32_bytes() {
        let long = "s".repeat(32);
        for (list, secrets) in [
            (long.clone(), Some(1)),
            (format!("{long}, {long}!"), Some(2)),
            ("ü".repeat(16), Some(1)),
            ("s".repeat(31), None),
            (format!("{long},"), None),
            (format!("{long},short"), None),
            (format!("{}{}", " ".repeat(20), "s".repeat(20)), None),
            (String::new(), None),
        ] {
            let parsed = parse_jwt_secrets(&list.clone().into());
            assert_eq!(parsed.map(|secrets| secrets.len()).ok(), secrets, "{list:?}");
        }
    }

    #[test]
    fn fresh_keys_are_accepted_and_differ() {
        let clock = Clock::system();
        let (one, two) = (generate_encryption_key(&clock), generate_encryption_key(&clock));
        assert!(Keyring::parse(&one).is_ok());
        assert_ne!(one.expose_secret(), two.expose_secret());
        let (one, two) = (generate_jwt_secret(&clock), generate_jwt_secret(&clock));
        assert!(parse_jwt_secrets(&one).is_ok());
        assert_ne!(one.expose_secret(), two.expose_secret());
    }

    #[test]
    fn printing_a_keyring_shows_no_key() {
        assert_eq!(format!("{:?}", Keyring::parse(&KEY.into()).unwrap()), "Keyring(1 keys)");
    }
}
