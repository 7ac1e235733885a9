//! Sessions of the Console: 256 random bits in a cookie, of which only a hash is kept.

use super::{
    accounts,
    operator::{Deed, Operator, Role},
    password::{self, PasswordError},
    throttle::Throttle,
};
use crate::{
    clock::Clock,
    secrets::credential::{CredentialHash, CredentialKind},
    store::{SessionRecord, Store, StoreError},
};
use secrecy::SecretString;
use std::{sync::Arc, time::Duration};

/// A session ends this long after it was last used.
const IDLE: Duration = Duration::from_secs(12 * 60 * 60);
/// A session ends this long after it began, used or not.
pub const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// The last use is written down no more often than this.
const TOUCH_EVERY_MS: i64 = 60_000;

/// Signs people in and knows who is. Cheap to clone.
#[derive(Clone)]
pub struct Sessions(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    throttle: Throttle,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Session {
    hash: CredentialHash,
    /// The account.
    pub account_id: String,
    /// Its address.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// What their next page has to say, once.
    pub notice: Option<String>,
}

/// Why somebody was not signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// No such account, or another password: nobody learns which.
    #[error("The email address or the password is not right.")]
    Refused,
    /// Too many attempts.
    #[error("Too many attempts: wait a little, then try again.")]
    TooMany {
        /// When there may be another one.
        retry_after_seconds: u64,
    },
    /// argon2 did not work.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Sessions {
    /// Nobody has tried anything yet.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self(Arc::new(Inner { store, clock, throttle: Throttle::new() }))
    }

    /// Begins a session for whoever knows the password; the one that their browser had before, if any, ends. Gives what
    /// the cookie is to hold.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &SecretString,
        before: Option<&str>,
    ) -> Result<SecretString, SignInError> {
        let Inner { store, throttle, .. } = &*self.0;
        // What is no address is tried like one, so that it takes as long.
        let email = accounts::check_email(email).unwrap_or_default();
        throttle.count(&email).map_err(|retry_after_seconds| SignInError::TooMany { retry_after_seconds })?;
        let account = store.find_account_by_email(&email).await?;
        let kept = account.as_ref().map(|account| account.password_hash.clone());
        let is_right = password::is_right(password, kept).await?;
        let account = account.filter(|_| is_right).ok_or(SignInError::Refused)?;
        if let Some(before) = before {
            store.delete_session(hash(before).as_bytes().to_vec()).await?;
        }
        self.begin(&account.id, &account.email).await
    }

    /// Begins a session for an account that has just been made.
    pub async fn begin(&self, account_id: &str, email: &str) -> Result<SecretString, SignInError> {
        let Inner { store, clock, .. } = &*self.0;
        let token = CredentialKind::Session.generate(clock);
        let operator = Operator { store, clock, name: email, role: Role::Viewer };
        let store =
            operator.noting(Deed { action: "account.signed_in", subject: account_id, subject_name: email, detail: "" });
        let hash = CredentialKind::Session.hash(&token).as_bytes().to_vec();
        let begun = store.insert_session(hash, account_id.to_owned(), clock.now_ms()).await?;
        if begun { Ok(token) } else { Err(SignInError::Refused) }
    }

    /// Whoever the cookie's token belongs to, if their session counts now.
    pub async fn find(&self, token: &str) -> Result<Option<Session>, StoreError> {
        let Inner { store, clock, .. } = &*self.0;
        let hash = hash(token);
        let Some(record) = store.find_session(hash.as_bytes()).await? else { return Ok(None) };
        let now_ms = clock.now_ms();
        let Some(role) = Role::parse(&record.role).filter(|_| counts(&record, now_ms)) else { return Ok(None) };
        if now_ms - record.last_seen_at >= TOUCH_EVERY_MS {
            store.touch_session(record.token_hash, now_ms).await?;
        }
        Ok(Some(Session { hash, account_id: record.account_id, email: record.email, role, notice: record.notice }))
    }

    /// Has the session's next page say `notice`; none: it was said.
    pub async fn set_notice(&self, session: &Session, notice: Option<String>) -> Result<(), StoreError> {
        self.0.store.set_session_notice(session.hash.as_bytes().to_vec(), notice).await
    }

    /// Signs out here.
    pub async fn end(&self, session: &Session) -> Result<(), StoreError> {
        self.0.store.delete_session(session.hash.as_bytes().to_vec()).await
    }

    /// Signs out everywhere.
    pub async fn end_all(&self, session: &Session) -> Result<(), StoreError> {
        let Inner { store, clock, .. } = &*self.0;
        let operator = Operator { store, clock, name: &session.email, role: session.role };
        let deed = Deed {
            action: "account.signed_out_everywhere",
            subject: &session.account_id,
            subject_name: &session.email,
            detail: "",
        };
        operator.noting(deed).delete_sessions(session.account_id.clone()).await
    }

    /// Erases sessions that count no more, and forgets old attempts. How many sessions.
    pub async fn clean_up(&self) -> Result<u64, StoreError> {
        self.0.throttle.shrink();
        let now_ms = self.0.clock.now_ms();
        self.0.store.erase_old_sessions(now_ms - ms(LONGEST), now_ms - ms(IDLE)).await
    }
}

fn counts(record: &SessionRecord, now_ms: i64) -> bool {
    now_ms - record.last_seen_at < ms(IDLE) && now_ms - record.created_at < ms(LONGEST)
}

fn hash(token: &str) -> CredentialHash {
    CredentialHash::of(CredentialKind::Session, token)
}

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{auth::tests::Bench, store::AccountRecord};
    use secrecy::ExposeSecret;

    const PASSWORD: &str = "correct horse battery";

    async fn signed_up() -> (Bench, Sessions, AccountRecord) {
        let bench = Bench::new().await;
        let account =
            accounts::create(&bench.operator(), "ada@example.com", Role::Editor, &PASSWORD.into()).await.unwrap();
        let sessions = Sessions::new(bench.store.clone(), bench.clock.clone());
        (bench, sessions, account)
    }

    #[tokio::test]
    async fn a_session_ends_when_it_is_idle_or_old() {
        let hour = Duration::from_secs(3600);
        let (bench, sessions, account) = signed_up().await;
        let idle = sessions.begin(&account.id, &account.email).await.unwrap();
        assert!(sessions.find(idle.expose_secret()).await.unwrap().is_some_and(|session| session.role == Role::Editor));
        bench.hand.advance(hour * 12);
        assert!(sessions.find(idle.expose_secret()).await.unwrap().is_none());
        let used = sessions.begin(&account.id, &account.email).await.unwrap();
        for _ in 0..(24 * 7 / 8 - 1) {
            bench.hand.advance(hour * 8);
            assert!(sessions.find(used.expose_secret()).await.unwrap().is_some());
        }
        bench.hand.advance(hour * 8);
        assert!(sessions.find(used.expose_secret()).await.unwrap().is_none());
        assert_eq!(sessions.clean_up().await.unwrap(), 2);
    }

    #[tokio::test]
    async fn signing_in_begins_another_session_and_ends_the_one_before() {
        let (_bench, sessions, _) = signed_up().await;
        let planted = "0".repeat(64);
        let first = sessions.sign_in(" ADA@example.com", &PASSWORD.into(), Some(&planted)).await.unwrap();
        assert!(sessions.find(&planted).await.unwrap().is_none());
        let second = sessions.sign_in("ada@example.com", &PASSWORD.into(), Some(first.expose_secret())).await.unwrap();
        assert_ne!(first.expose_secret(), second.expose_secret());
        assert!(sessions.find(first.expose_secret()).await.unwrap().is_none());
        let third = sessions.sign_in("ada@example.com", &PASSWORD.into(), None).await.unwrap();
        let session = sessions.find(second.expose_secret()).await.unwrap().unwrap();
        sessions.end_all(&session).await.unwrap();
        for token in [second, third] {
            assert!(sessions.find(token.expose_secret()).await.unwrap().is_none());
        }
    }

    #[tokio::test]
    async fn nobody_learns_whether_an_account_exists() {
        let (_bench, sessions, _) = signed_up().await;
        for email in ["ada@example.com", "nobody@example.com", "no address", ""] {
            let refused = sessions.sign_in(email, &"wrong password".into(), None).await;
            assert!(matches!(refused, Err(SignInError::Refused)), "{email}");
        }
        for email in ["ada@example.com", "nobody@example.com"] {
            let mut last = None;
            for _ in 0..10 {
                last = sessions.sign_in(email, &"wrong password".into(), None).await.err();
            }
            assert!(matches!(last, Some(SignInError::TooMany { .. })), "{email}: {last:?}");
        }
        let right = sessions.sign_in("ada@example.com", &PASSWORD.into(), None).await;
        assert!(matches!(right, Err(SignInError::TooMany { .. })), "the right password is not tried either");
    }
}
