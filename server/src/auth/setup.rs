//! The one-time link with which the very first account is made.

use super::{
    accounts::{self, AccountError},
    operator::{Operator, Role},
};
use crate::{
    clock::Clock,
    secrets::credential::{CredentialHash, CredentialKind},
    store::{AccountRecord, Store, StoreError},
};
use secrecy::SecretString;
use std::sync::Arc;

/// Holds the link's token, which lives in this process only, and only while there is no account.
#[derive(Clone)]
pub struct Setup(Option<Arc<CredentialHash>>);

impl Setup {
    /// A new token, if there is no account yet.
    pub async fn begin(store: &Store, clock: &Clock) -> Result<(Self, Option<SecretString>), StoreError> {
        if store.has_accounts().await? {
            return Ok((Self(None), None));
        }
        let token = CredentialKind::Setup.generate(clock);
        Ok((Self(Some(Arc::new(CredentialKind::Setup.hash(&token)))), Some(token)))
    }

    /// Whether whoever holds `token` may make the first account now.
    pub async fn admits(&self, store: &Store, token: &str) -> Result<bool, StoreError> {
        let given = CredentialHash::of(CredentialKind::Setup, token);
        Ok(self.0.as_deref().is_some_and(|kept| kept.matches(given)) && !store.has_accounts().await?)
    }

    /// Makes the first account, an owner.
    pub async fn finish(
        &self,
        store: &Store,
        clock: &Clock,
        email: &str,
        password: &SecretString,
    ) -> Result<AccountRecord, AccountError> {
        let operator = Operator { store, clock, name: "setup link", role: Role::Owner };
        accounts::create_first(&operator, email, password).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::tests::Bench;
    use secrecy::ExposeSecret;

    #[tokio::test]
    async fn the_link_is_useless_once_there_is_an_account() {
        let Bench { store, clock, .. } = &Bench::new().await;
        let (setup, token) = Setup::begin(store, clock).await.unwrap();
        let token = token.unwrap();
        assert!(setup.admits(store, token.expose_secret()).await.unwrap());
        for wrong in ["", "0", &"0".repeat(64)] {
            assert!(!setup.admits(store, wrong).await.unwrap(), "{wrong}");
        }
        setup.finish(store, clock, "ada@example.com", &"correct horse battery".into()).await.unwrap();
        assert!(!setup.admits(store, token.expose_secret()).await.unwrap());
        let second = setup.finish(store, clock, "eve@example.com", &"correct horse battery".into()).await;
        assert!(matches!(second, Err(AccountError::NotTheFirst)));
        let (later, token) = Setup::begin(store, clock).await.unwrap();
        assert!(token.is_none() && !later.admits(store, "").await.unwrap());
    }
}
