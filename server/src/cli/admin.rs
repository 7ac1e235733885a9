//! `sigmic admin`

use crate::{
    auth::{Operator, Role, accounts},
    clock::{self, Clock},
    store::Store,
};
use anyhow::Context as _;
use clap::Subcommand;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::io::Read;
use zeroize::Zeroizing;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Create an account of the Console; its password is asked for, or read from standard input
    Create {
        /// What it signs in with
        #[arg(long)]
        email: String,
        /// owner, editor or viewer
        #[arg(long, default_value = "owner", value_parser = parse_role)]
        role: Role,
    },
    /// List accounts
    List,
    /// Give an account a new password, and sign it out everywhere
    SetPassword {
        #[arg(long)]
        email: String,
    },
    /// Delete an account
    Delete {
        #[arg(long)]
        email: String,
    },
}

/// Where a password comes from.
pub(super) struct PasswordSource<I> {
    /// Standard input.
    pub(super) input: I,
    /// Whether a person sits there.
    pub(super) is_terminal: bool,
}

pub(super) async fn run<I: Read>(
    action: Action,
    source: PasswordSource<I>,
    store: &Store,
    clock: &Clock,
) -> anyhow::Result<Value> {
    let operator = &Operator::command_line(store, clock);
    match action {
        Action::Create { email, role } => {
            // Before somebody types a password for nothing.
            let email = accounts::check_email(&email)?;
            let account = accounts::create(operator, &email, role, &source.read()?).await?;
            Ok(json!({ "email": account.email, "role": account.role }))
        }
        Action::List => {
            let accounts = store.list_accounts().await?.into_iter();
            let shown = accounts.map(|account| {
                let created_at = clock::timestamp(account.created_at);
                json!({ "email": account.email, "role": account.role, "createdAt": created_at })
            });
            Ok(shown.collect())
        }
        Action::SetPassword { email } => {
            accounts::set_password(operator, &email, &source.read()?).await?;
            Ok(json!({ "email": email, "passwordChanged": true }))
        }
        Action::Delete { email } => {
            accounts::delete(operator, &email).await?;
            Ok(json!({ "email": email, "deleted": true }))
        }
    }
}

impl<I: Read> PasswordSource<I> {
    /// Asks a person twice, without showing what they type; else reads the first line.
    fn read(mut self) -> anyhow::Result<SecretString> {
        if self.is_terminal {
            let ask = |prompt| rpassword::prompt_password(prompt).map(Zeroizing::new).context("no password was read");
            let (password, again) = (ask("Password: ")?, ask("Once more: ")?);
            anyhow::ensure!(password == again, "the two passwords are not the same");
            return Ok(password.as_str().into());
        }
        let mut text = Zeroizing::new(String::new());
        self.input.read_to_string(&mut text).context("standard input cannot be read")?;
        let line = text.lines().next().unwrap_or_default();
        Ok(line.into())
    }
}

fn parse_role(name: &str) -> Result<Role, &'static str> {
    Role::parse(name).ok_or("expected owner, editor or viewer")
}
