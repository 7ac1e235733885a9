//! App secrets, API keys and sessions: how they are made, and the hash that is kept of them.
//!
//! All are 256 random bits, which nobody guesses from a hash; slow hashes are for passwords. The
//! HMAC's key is fixed and only tells the kinds apart. Were it derived from `ENCRYPTION_KEY`,
//! replacing that key would end every customer's credentials; and whoever can write a hash of their
//! own into the database could as well point a project at a server of theirs.

use crate::clock::Clock;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use sigmic_shared::AppId;
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// What every API key starts with.
pub const API_KEY_PREFIX: &str = "sigmic_";
const APP_SECRET_PREFIX: &str = "wsec_";
const APP_ID_PREFIX: &str = "wapp_";

/// What a credential opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// A widget app's secret, `wsec_` and 64 hexadecimal digits.
    AppSecret,
    /// An API key, `sigmic_` and 64 hexadecimal digits.
    ApiKey,
    /// What a cookie of the Console holds: 64 hexadecimal digits.
    Session,
    /// What lets somebody make the very first account: 64 hexadecimal digits.
    Setup,
}

/// The hash that is kept of a credential.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CredentialHash([u8; 32]);

impl CredentialHash {
    /// A hash that no credential has: something to compare with where there is no app, so that the
    /// comparison takes its time there too.
    pub const NONE: Self = Self([0; 32]);

    /// The hash of `credential`, whatever it looks like.
    pub fn of(kind: CredentialKind, credential: &str) -> Self {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(kind.label().as_bytes()) else {
            unreachable!("HMAC takes a key of any length");
        };
        mac.update(credential.as_bytes());
        Self(mac.finalize().into_bytes().into())
    }

    /// Reads a hash as the database keeps it.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The hash as the database keeps it.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether both are the same, in a time that does not tell where they differ.
    pub fn matches(self, other: Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for CredentialHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CredentialHash(…)")
    }
}

impl CredentialKind {
    /// Makes a new credential. It is shown once; only [`CredentialHash::of`] it is kept.
    pub fn generate(self, clock: &Clock) -> SecretString {
        let bytes = Zeroizing::new(clock.random_bytes::<32>());
        let digits = Zeroizing::new(hex::encode(*bytes));
        format!("{}{}", self.prefix(), *digits).into()
    }

    /// The hash to keep of a credential made by [`CredentialKind::generate`].
    pub fn hash(self, credential: &SecretString) -> CredentialHash {
        CredentialHash::of(self, credential.expose_secret())
    }

    const fn prefix(self) -> &'static str {
        match self {
            Self::AppSecret => APP_SECRET_PREFIX,
            Self::ApiKey => API_KEY_PREFIX,
            Self::Session | Self::Setup => "",
        }
    }

    /// Keys the hash, so that no two kinds ever share one. Changing it ends all credentials.
    const fn label(self) -> &'static str {
        match self {
            Self::AppSecret => "sigmic app secret v1",
            Self::ApiKey => "sigmic api key v1",
            Self::Session => "sigmic session v1",
            Self::Setup => "sigmic setup v1",
        }
    }
}

/// A new app's public id: `wapp_` and 12 hexadecimal digits.
pub fn generate_app_id(clock: &Clock) -> AppId {
    AppId(format!("{APP_ID_PREFIX}{}", hex::encode(clock.random_bytes::<6>())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_have_the_documented_shape() {
        let clock = Clock::system();
        for (text, prefix, digits) in [
            (CredentialKind::AppSecret.generate(&clock).expose_secret().to_owned(), "wsec_", 64),
            (CredentialKind::ApiKey.generate(&clock).expose_secret().to_owned(), "sigmic_", 64),
            (CredentialKind::Session.generate(&clock).expose_secret().to_owned(), "", 64),
            (generate_app_id(&clock).0, "wapp_", 12),
        ] {
            let random = text.strip_prefix(prefix).unwrap();
            assert_eq!(random.len(), digits);
            assert!(random.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{random}");
        }
    }

    #[test]
    fn a_hash_matches_its_own_credential_only() {
        let clock = Clock::system();
        let (one, two) = (CredentialKind::AppSecret.generate(&clock), CredentialKind::AppSecret.generate(&clock));
        let kept = CredentialHash::from_bytes(CredentialKind::AppSecret.hash(&one).as_bytes()).unwrap();
        assert!(kept.matches(CredentialKind::AppSecret.hash(&one)));
        assert!(!kept.matches(CredentialKind::AppSecret.hash(&two)));
        assert!(!kept.matches(CredentialKind::ApiKey.hash(&one)));
        assert!(!CredentialHash::NONE.matches(CredentialKind::AppSecret.hash(&one)));
    }

    #[test]
    fn hashes_outlive_releases() {
        // Kept in every database: if this fails, all credentials are lost.
        assert_eq!(
            hex::encode(CredentialHash::of(CredentialKind::AppSecret, "wsec_00").as_bytes()),
            "5fa585320a9a7f317250fedece26c316f4ccd4160ec2e44d637a1283f3c5e466"
        );
        assert_eq!(
            hex::encode(CredentialHash::of(CredentialKind::ApiKey, "sigmic_00").as_bytes()),
            "393948ba584c196764645dcd0fdbb7565324147e9c8d2a150c2350a01c6b0072"
        );
    }
}
