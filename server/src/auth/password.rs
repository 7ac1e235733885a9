//! Passwords: argon2id, at most two at a time, each in a thread of its own.

use crate::clock::Clock;
use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use secrecy::{ExposeSecret, SecretString};
use std::sync::LazyLock;
use tokio::sync::Semaphore;

/// The shortest password, in characters.
pub const SHORTEST: usize = 12;
/// The longest, in bytes: nobody types more, and hashing takes it whole.
pub const LONGEST_BYTES: usize = 1024;

/// Each takes 19 MiB and some 50 ms of a core; more at once would keep a server from its work.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// What the password of an account that is not there is compared with, so that it takes as long.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now(b"the password of nobody", &[0; 16]).unwrap_or_default());

/// Why a password cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short, or absurdly long.
    #[error("A password has at least 12 characters, and at most 1024 bytes.")]
    Length,
    /// argon2 did not work, which it always does.
    #[error("the password could not be hashed: {0}")]
    Hashing(String),
}

/// What is kept of a password.
pub async fn hash(clock: &Clock, password: &SecretString) -> Result<String, PasswordError> {
    let text = password.expose_secret();
    if text.chars().count() < SHORTEST || text.len() > LONGEST_BYTES {
        return Err(PasswordError::Length);
    }
    let (salt, password) = (clock.random_bytes::<16>(), password.clone());
    in_its_turn(move || hash_now(password.expose_secret().as_bytes(), &salt)).await?.map_err(PasswordError::Hashing)
}

/// Whether the password is the one `kept` was made of. Without one it is not, after the same time.
pub async fn is_right(password: &SecretString, kept: Option<String>) -> Result<bool, PasswordError> {
    let (password, exists) = (password.clone(), kept.is_some());
    let matches = in_its_turn(move || {
        let kept = kept.as_deref().unwrap_or(&NOBODY);
        let password = password.expose_secret().as_bytes();
        // What no account's password can be is not worth hashing, whoever it is for.
        password.len() <= LONGEST_BYTES
            && PasswordHash::new(kept).is_ok_and(|kept| Argon2::default().verify_password(password, &kept).is_ok())
    })
    .await?;
    Ok(matches && exists)
}

fn hash_now(password: &[u8], salt: &[u8]) -> Result<String, String> {
    let hash: PasswordHash =
        Argon2::default().hash_password_with_salt(password, salt).map_err(|error| error.to_string())?;
    Ok(hash.to_string())
}

async fn in_its_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, PasswordError> {
    let broken = |error: &dyn std::fmt::Display| PasswordError::Hashing(error.to_string());
    let turn = AT_ONCE.acquire().await.map_err(|error| broken(&error))?;
    // The turn goes along: a caller who hangs up does not let the next one in early.
    let done = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    done.await.map_err(|error| broken(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let clock = Clock::system();
        let password = SecretString::from("correct horse battery");
        let kept = hash(&clock, &password).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert_ne!(kept, hash(&clock, &password).await.unwrap(), "each has a salt of its own");
        assert!(is_right(&password, Some(kept.clone())).await.unwrap());
        for (wrong, kept) in [
            ("correct horse batter", Some(kept.clone())),
            ("", Some(kept.clone())),
            ("correct horse battery", None),
            ("the password of nobody", None),
            ("correct horse battery", Some("no hash".into())),
        ] {
            assert!(!is_right(&wrong.into(), kept).await.unwrap(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn length_counts_in_characters() {
        let clock = Clock::system();
        for (password, fits) in [
            ("elevenchars".to_owned(), false),
            ("twelve chars".to_owned(), true),
            ("ääääääääääää".to_owned(), true),
            ("äääääääääää".to_owned(), false),
            ("x".repeat(1025), false),
        ] {
            assert_eq!(hash(&clock, &password.as_str().into()).await.is_ok(), fits, "{password}");
        }
    }
}
