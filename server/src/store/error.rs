//! What can go wrong with the database.

/// Why the store could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached or is too busy. Trying again later may help.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The write was rolled back together with one that failed beside it. Trying again helps.
    #[error("the write was rolled back because another one in the same transaction failed")]
    RolledBack,
    /// The settings or the database's own state make it unusable.
    #[error("{0}")]
    Unusable(String),
    /// A statement failed: a bug, or a damaged database.
    #[error("database error: {0}")]
    Database(#[source] sqlx::Error),
}

impl StoreError {
    /// Whether the caller may simply try again later.
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::RolledBack)
    }

    /// A connection that cannot be had: whatever the database says about it, nothing was asked of it yet.
    pub(super) fn no_connection(error: sqlx::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let away = match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => true,
            sqlx::Error::Database(cause) => cause.code().is_some_and(|code| is_away(&code)),
            _ => false,
        };
        if away { Self::Unavailable(error.to_string()) } else { Self::Database(error) }
    }
}

/// SQLite's BUSY and LOCKED families; Postgres' connection, resource and shutdown classes.
fn is_away(code: &str) -> bool {
    if code.len() == 5 {
        return ["08", "53", "57"].iter().any(|class| code.starts_with(class)) || code == "40001" || code == "40P01";
    }
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_away_is_told_from_a_bug() {
        for (code, away) in [
            ("5", true),
            ("6", true),
            ("261", true),
            ("517", true),
            ("1555", false),
            ("57P01", true),
            ("08006", true),
            ("23505", false),
            ("40001", true),
        ] {
            assert_eq!(is_away(code), away, "{code}");
        }
    }
}
