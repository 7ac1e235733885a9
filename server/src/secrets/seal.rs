//! Encryption at rest: XChaCha20-Poly1305, bound to the place a value belongs to.
//!
//! A sealed value is `version (1) | key id (1) | nonce (24) | ciphertext and tag`. Version, key id and
//! the [`Binding`] are authenticated with it, so a value copied into another row, or into another
//! column of the same row, does not open.

use super::Keyring;
use crate::clock::Clock;
use chacha20poly1305::{
    XNonce,
    aead::{Aead, Payload},
};
use secrecy::SecretString;
use sigmic_shared::{AppId, EndUserId};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
const HEADER_BYTES: usize = 2 + NONCE_BYTES;

/// What a value is sealed for. Each purpose has a key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The env and secrets of a token.
    TokenContext,
    /// A project's key to its model provider.
    ProviderKey,
}

/// The place a sealed value belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    purpose: Purpose,
    place: Vec<u8>,
}

/// Which half of a token's context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextField {
    /// Variables that are no secret.
    Env,
    /// Variables that are.
    Secrets,
}

/// Why a value could not be sealed or opened. Never holds any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// No encryption key is configured.
    #[error("no ENCRYPTION_KEY is configured")]
    NoKey,
    /// Too large to encrypt.
    #[error("the value is too large to encrypt")]
    TooLarge,
    /// Sealed by a later version of this program.
    #[error("sealed in a form this version does not know")]
    UnknownVersion,
    /// Altered, moved, or sealed with a key that is no longer listed.
    #[error("it does not open with any listed ENCRYPTION_KEY: it was altered or moved, or its key is gone")]
    Unopenable,
}

impl Purpose {
    pub(super) const ALL: [Self; 2] = [Self::TokenContext, Self::ProviderKey];

    /// Goes into the derivation of this purpose's key. Changing it loses everything sealed for it.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::TokenContext => "sigmic token context v1",
            Self::ProviderKey => "sigmic provider key v1",
        }
    }
}

impl Binding {
    /// A place named by `parts`, from the general to the particular.
    pub fn new(purpose: Purpose, parts: &[&str]) -> Self {
        let mut place = Vec::new();
        for part in parts {
            // Each part carries its length, so that no two lists of parts read the same.
            place.extend_from_slice(&(part.len() as u64).to_le_bytes());
            place.extend_from_slice(part.as_bytes());
        }
        Self { purpose, place }
    }

    /// One half of the context of the token named `jti`.
    pub fn token_context(app_id: &AppId, end_user_id: &EndUserId, jti: &str, field: ContextField) -> Self {
        let field = match field {
            ContextField::Env => "env",
            ContextField::Secrets => "secrets",
        };
        Self::new(Purpose::TokenContext, &[app_id.as_str(), end_user_id.as_str(), jti, field])
    }

    /// A project's key to its model provider.
    pub fn provider_key(project_id: &str) -> Self {
        Self::new(Purpose::ProviderKey, &[project_id])
    }

    fn authenticated_with(&self, key_id: u8) -> Vec<u8> {
        [&[VERSION, key_id], self.place.as_slice()].concat()
    }
}

impl Keyring {
    /// Encrypts with the newest key.
    pub fn seal(&self, clock: &Clock, binding: &Binding, plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        let key = self.newest().ok_or(SealError::NoKey)?;
        let nonce = clock.random_bytes::<NONCE_BYTES>();
        let payload = Payload { msg: plaintext, aad: &binding.authenticated_with(key.id) };
        let ciphertext =
            key.cipher(binding.purpose).encrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::TooLarge)?;
        Ok([&[VERSION, key.id], nonce.as_slice(), &ciphertext].concat())
    }

    /// Decrypts a text with whichever listed key sealed it.
    pub fn open_text(&self, binding: &Binding, sealed: &[u8]) -> Result<SecretString, SealError> {
        let text = self.open(binding, sealed)?;
        str::from_utf8(&text).map(SecretString::from).map_err(|_| SealError::UnknownVersion)
    }

    /// Decrypts with whichever listed key sealed it.
    pub fn open(&self, binding: &Binding, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        if self.is_empty() {
            return Err(SealError::NoKey);
        }
        let (header, ciphertext) = sealed.split_first_chunk::<HEADER_BYTES>().ok_or(SealError::Unopenable)?;
        let [version, key_id, nonce @ ..] = header;
        if *version != VERSION {
            return Err(SealError::UnknownVersion);
        }
        let aad = binding.authenticated_with(*key_id);
        self.with_id(*key_id)
            .find_map(|key| {
                let payload = Payload { msg: ciphertext, aad: &aad };
                key.cipher(binding.purpose).decrypt(&XNonce::from(*nonce), payload).ok()
            })
            .map(Zeroizing::new)
            .ok_or(SealError::Unopenable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::keyring::generate_encryption_key;
    use proptest::prelude::*;
    use secrecy::ExposeSecret;

    fn context(app: &str, user: &str, jti: &str, field: ContextField) -> Binding {
        Binding::token_context(&app.into(), &user.into(), jti, field)
    }

    fn ring(keys: &[&secrecy::SecretString]) -> Keyring {
        let list: Vec<_> = keys.iter().map(|key| key.expose_secret()).collect();
        Keyring::parse(&list.join(",").into()).unwrap()
    }

    #[test]
    fn a_value_opens_only_where_it_belongs() {
        let clock = Clock::system();
        let keys = ring(&[&generate_encryption_key(&clock)]);
        let place = context("wapp_1", "user", "j1", ContextField::Secrets);
        let sealed = keys.seal(&clock, &place, b"value").unwrap();
        assert_eq!(keys.open(&place, &sealed).unwrap().as_slice(), b"value");
        for elsewhere in [
            context("wapp_2", "user", "j1", ContextField::Secrets),
            context("wapp_1", "other", "j1", ContextField::Secrets),
            context("wapp_1", "user", "j2", ContextField::Secrets),
            context("wapp_1", "user", "j1", ContextField::Env),
            context("wapp_1user", "", "j1", ContextField::Secrets),
            context("wapp_", "1user", "j1", ContextField::Secrets),
            Binding::new(Purpose::ProviderKey, &["wapp_1", "user", "j1", "secrets"]),
            Binding::provider_key("wapp_1"),
        ] {
            assert_eq!(keys.open(&elsewhere, &sealed), Err(SealError::Unopenable), "{elsewhere:?}");
        }
    }

    #[test]
    fn listed_keys_open_and_the_newest_seals() {
        let clock = Clock::system();
        let (old, new) = (generate_encryption_key(&clock), generate_encryption_key(&clock));
        let place = Binding::provider_key("p");
        let before = ring(&[&old]).seal(&clock, &place, b"value").unwrap();
        let both = ring(&[&new, &old]);
        assert_eq!(both.open(&place, &before).unwrap().as_slice(), b"value");
        let after = both.seal(&clock, &place, b"value").unwrap();
        assert_eq!(ring(&[&new]).open(&place, &after).unwrap().as_slice(), b"value");
        assert_eq!(ring(&[&old]).open(&place, &after), Err(SealError::Unopenable));
        assert_eq!(ring(&[&new]).open(&place, &before), Err(SealError::Unopenable));
    }

    #[test]
    fn keys_that_share_an_id_are_both_tried() {
        let clock = Clock::system();
        let place = Binding::provider_key("p");
        let first = generate_encryption_key(&clock);
        let id = ring(&[&first]).newest().unwrap().id;
        let twin = std::iter::repeat_with(|| generate_encryption_key(&clock))
            .find(|key| ring(&[key]).newest().unwrap().id == id)
            .unwrap();
        let sealed = ring(&[&first]).seal(&clock, &place, b"value").unwrap();
        assert_eq!(ring(&[&twin, &first]).open(&place, &sealed).unwrap().as_slice(), b"value");
    }

    #[test]
    fn the_same_value_never_seals_the_same() {
        let clock = Clock::system();
        let keys = ring(&[&generate_encryption_key(&clock)]);
        let place = Binding::provider_key("p");
        assert_ne!(keys.seal(&clock, &place, b"v").unwrap(), keys.seal(&clock, &place, b"v").unwrap());
    }

    #[test]
    fn without_a_key_nothing_is_sealed_or_opened() {
        let place = Binding::provider_key("p");
        assert_eq!(Keyring::default().seal(&Clock::system(), &place, b"v"), Err(SealError::NoKey));
        assert_eq!(Keyring::default().open(&place, &[VERSION; 80]), Err(SealError::NoKey));
    }

    proptest! {
        #[test]
        fn whatever_is_sealed_opens(value in prop::collection::vec(any::<u8>(), 0..200)) {
            let clock = Clock::system();
            let keys = ring(&[&generate_encryption_key(&clock)]);
            let place = Binding::provider_key("p");
            let sealed = keys.seal(&clock, &place, &value).unwrap();
            prop_assert_eq!(&*keys.open(&place, &sealed).unwrap(), &value);
        }

        #[test]
        fn one_altered_bit_or_a_cut_and_it_does_not_open(at in any::<prop::sample::Index>(), bit in 0_u8..8, cut in any::<bool>()) {
            let clock = Clock::system();
            let keys = ring(&[&generate_encryption_key(&clock)]);
            let place = Binding::provider_key("p");
            let mut sealed = keys.seal(&clock, &place, b"a value of some length").unwrap();
            let at = at.index(sealed.len());
            if cut { sealed.truncate(at) } else { sealed[at] ^= 1 << bit }
            prop_assert!(keys.open(&place, &sealed).is_err());
        }

        #[test]
        fn garbage_is_refused(garbage in prop::collection::vec(any::<u8>(), 0..120)) {
            let keys = ring(&[&generate_encryption_key(&Clock::system())]);
            prop_assert!(keys.open(&Binding::provider_key("p"), &garbage).is_err());
        }
    }
}
