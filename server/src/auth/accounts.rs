//! Accounts: who may sign in to the Console.

use super::{
    operator::{Deed, Operator, Role},
    password::{self, PasswordError},
};
use crate::store::{AccountRecord, StoreError};
use secrecy::SecretString;

const MAX_EMAIL_CHARS: usize = 254;

/// Why an account could not be created or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// No address.
    #[error("An email address has a name, an @ and a domain, such as ada@example.com.")]
    Email,
    /// Somebody has it already.
    #[error("There is an account with this email address already.")]
    EmailTaken,
    /// There is an account already.
    #[error("The first account has been made already: sign in.")]
    NotTheFirst,
    /// No such account.
    #[error("there is no such account")]
    NoSuchAccount,
    /// The present password is another.
    #[error("This is not your present password.")]
    WrongPassword,
    /// The only owner cannot go.
    #[error("the last owner cannot be removed: make another one first")]
    LastOwner,
    /// The password cannot be used.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Creates an account.
pub async fn create(
    operator: &Operator<'_>,
    email: &str,
    role: Role,
    password: &SecretString,
) -> Result<AccountRecord, AccountError> {
    let account = new_record(operator, email, role, password).await?;
    let store = operator.noting(created(&account));
    if store.insert_account(account.clone()).await? { Ok(account) } else { Err(AccountError::EmailTaken) }
}

/// Creates the very first account, an owner.
pub async fn create_first(
    operator: &Operator<'_>,
    email: &str,
    password: &SecretString,
) -> Result<AccountRecord, AccountError> {
    let account = new_record(operator, email, Role::Owner, password).await?;
    let store = operator.noting(created(&account));
    if store.insert_first_account(account.clone()).await? { Ok(account) } else { Err(AccountError::NotTheFirst) }
}

/// Replaces the password of the account with this address, and signs it out everywhere.
pub async fn set_password(operator: &Operator<'_>, email: &str, password: &SecretString) -> Result<(), AccountError> {
    let account = operator.store.find_account_by_email(&check_email(email)?).await?;
    replace_password(operator, account.ok_or(AccountError::NoSuchAccount)?, password).await
}

/// Replaces one's own password, and signs one out everywhere.
pub async fn change_password(
    operator: &Operator<'_>,
    account_id: &str,
    present: &SecretString,
    new: &SecretString,
) -> Result<(), AccountError> {
    let account = operator.store.find_account(account_id).await?.ok_or(AccountError::NoSuchAccount)?;
    if !password::is_right(present, Some(account.password_hash.clone())).await? {
        return Err(AccountError::WrongPassword);
    }
    replace_password(operator, account, new).await
}

/// Deletes the account with this address, and signs it out everywhere. One owner stays.
pub async fn delete(operator: &Operator<'_>, email: &str) -> Result<(), AccountError> {
    let accounts = operator.store.list_accounts().await?;
    let email = check_email(email)?;
    let account = accounts.iter().find(|account| account.email == email).ok_or(AccountError::NoSuchAccount)?;
    let is_owner = |account: &AccountRecord| account.role == Role::Owner.as_str();
    if is_owner(account) && accounts.iter().filter(|account| is_owner(account)).count() == 1 {
        return Err(AccountError::LastOwner);
    }
    let store = operator.noting(deed("account.deleted", account));
    if store.delete_account(account.id.clone()).await? { Ok(()) } else { Err(AccountError::NoSuchAccount) }
}

/// The address as it is kept: without the spaces around it, in lower case.
pub fn check_email(text: &str) -> Result<String, AccountError> {
    let email = text.trim().to_lowercase();
    let is_address = email.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty() && !domain.is_empty() && !domain.contains('@') && !domain.starts_with('.')
    });
    let fits =
        email.chars().count() <= MAX_EMAIL_CHARS && !email.contains(|c: char| c.is_whitespace() || c.is_control());
    if is_address && fits { Ok(email) } else { Err(AccountError::Email) }
}

async fn new_record(
    operator: &Operator<'_>,
    email: &str,
    role: Role,
    password: &SecretString,
) -> Result<AccountRecord, AccountError> {
    Ok(AccountRecord {
        email: check_email(email)?,
        id: operator.clock.new_uuid_v7().to_string(),
        role: role.as_str().to_owned(),
        password_hash: password::hash(operator.clock, password).await?,
        created_at: operator.clock.now_ms(),
    })
}

async fn replace_password(
    operator: &Operator<'_>,
    account: AccountRecord,
    password: &SecretString,
) -> Result<(), AccountError> {
    let hash = password::hash(operator.clock, password).await?;
    let store = operator.noting(deed("account.password_changed", &account));
    if store.set_password(account.id, hash).await? { Ok(()) } else { Err(AccountError::NoSuchAccount) }
}

fn created(account: &AccountRecord) -> Deed<'_> {
    Deed { detail: &account.role, ..deed("account.created", account) }
}

fn deed<'a>(action: &'a str, account: &'a AccountRecord) -> Deed<'a> {
    Deed { action, subject: &account.id, subject_name: &account.email, detail: "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::tests::Bench;

    #[test]
    fn addresses_are_kept_in_one_form() {
        for (text, kept) in [
            ("ada@example.com", Some("ada@example.com")),
            (" Ada@Example.COM ", Some("ada@example.com")),
            ("ada@localhost", Some("ada@localhost")),
            ("", None),
            ("ada", None),
            ("@example.com", None),
            ("ada@", None),
            ("a@b@c", None),
            ("a b@c.d", None),
            ("a\0@c.d", None),
            (&format!("{}@c.d", "a".repeat(251)), None),
        ] {
            assert_eq!(check_email(text).ok().as_deref(), kept, "{text}");
        }
    }

    #[tokio::test]
    async fn an_address_has_one_account_and_the_first_comes_once() {
        let bench = Bench::new().await;
        let operator = bench.operator();
        let password = SecretString::from("correct horse battery");
        let first = create_first(&operator, "ada@example.com", &password).await.unwrap();
        assert_eq!(first.role, "owner");
        let second = create_first(&operator, "bob@example.com", &password).await;
        assert!(matches!(second, Err(AccountError::NotTheFirst)));
        let again = create(&operator, "ADA@example.com", Role::Viewer, &password).await;
        assert!(matches!(again, Err(AccountError::EmailTaken)));
        create(&operator, "bob@example.com", Role::Viewer, &password).await.unwrap();
        assert!(matches!(delete(&operator, "ada@example.com").await, Err(AccountError::LastOwner)));
        delete(&operator, "bob@example.com").await.unwrap();
        let log = bench.store.list_audit(&Default::default(), 10).await.unwrap();
        let said: Vec<_> = log.iter().map(|entry| (entry.action.as_str(), entry.subject_name.as_str())).collect();
        assert_eq!(
            said[..3],
            [
                ("account.deleted", "bob@example.com"),
                ("account.created", "bob@example.com"),
                ("account.created", "ada@example.com"),
            ],
            "what was refused is not noted"
        );
    }
}
