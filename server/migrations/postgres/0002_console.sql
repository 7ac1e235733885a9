-- The Console: who may sign in, who is signed in, and who changed what.

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    -- Lower case.
    email TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    -- argon2id, with its salt and parameters.
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    -- HMAC of what the cookie holds.
    token_hash BYTEA PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    -- Said on the next page, once.
    notice TEXT
);
CREATE INDEX sessions_by_account ON sessions (account_id);

-- Only ever added to. It names what is gone by now, so nothing in it refers to another table.
CREATE TABLE audit_log (
    -- UUIDv7: sorts by time.
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    -- Who: an account's email, or the command line.
    actor TEXT NOT NULL,
    -- What was done, such as app.created.
    action TEXT NOT NULL,
    -- To what: its id, and its name at that time.
    subject TEXT NOT NULL,
    subject_name TEXT NOT NULL,
    -- Further words; never a secret.
    detail TEXT NOT NULL
);

-- Milliseconds since 1970, not exact to the minute.
ALTER TABLE api_keys ADD COLUMN last_used_at BIGINT;
