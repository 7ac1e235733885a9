//! Who changes something, and how that is noted.

use crate::{
    clock::Clock,
    store::{AuditRecord, Store},
};
use std::fmt;

/// What an account may do. Each may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Looks, and sees no secret.
    Viewer,
    /// Changes projects, apps and keys.
    Editor,
    /// Decides besides where a model is and which key it gets, what runs on the server's machine, and what is deleted.
    Owner,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Editor, Self::Owner];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Owner => "owner",
        }
    }

    /// The role with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Somebody who changes something: a person in the Console, or the command line. Every change is noted in the audit
/// log under their name, in the same transaction.
#[derive(Clone, Copy)]
pub struct Operator<'a> {
    /// Where the changes go.
    pub store: &'a Store,
    /// When they are made.
    pub clock: &'a Clock,
    /// Who it is.
    pub name: &'a str,
    /// What they may do.
    pub role: Role,
}

/// Something that was done, for the audit log. No part of it is a secret.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deed<'a> {
    /// What was done, such as `app.created`.
    pub action: &'a str,
    /// The id of what it was done to.
    pub subject: &'a str,
    /// Its name.
    pub subject_name: &'a str,
    /// Further words.
    pub detail: &'a str,
}

impl<'a> Operator<'a> {
    /// Whoever has the server's settings may do everything.
    pub fn command_line(store: &'a Store, clock: &'a Clock) -> Self {
        Self { store, clock, name: "command line", role: Role::Owner }
    }

    /// The server itself.
    pub fn server(store: &'a Store, clock: &'a Clock) -> Self {
        Self { store, clock, name: "server", role: Role::Owner }
    }

    /// The store for one change, which is noted with it.
    pub fn noting(&self, deed: Deed<'_>) -> Store {
        self.store.noting(AuditRecord {
            id: self.clock.new_uuid_v7().to_string(),
            at: self.clock.now_ms(),
            actor: self.name.to_owned(),
            action: deed.action.to_owned(),
            subject: deed.subject.to_owned(),
            subject_name: deed.subject_name.to_owned(),
            detail: deed.detail.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_grow_and_read_back_as_themselves() {
        assert!(Role::ALL.is_sorted());
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        for name in ["", "Owner", "admin"] {
            assert_eq!(Role::parse(name), None, "{name}");
        }
    }
}
