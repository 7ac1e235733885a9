-- Everything Sigmic keeps. Times are milliseconds since 1970, ids are text as they stand on the wire.

-- One row: counts changes of projects, apps and keys, so that a running server notices those another process made.
CREATE TABLE config_version (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL
);
INSERT INTO config_version (id, version) VALUES (1, 1);

CREATE TABLE projects (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    base_url TEXT,
    -- Sealed with the encryption key.
    sealed_api_key BYTEA,
    system_prompt TEXT NOT NULL,
    auto_execute BOOLEAN NOT NULL,
    max_steps BIGINT NOT NULL,
    -- NULL: what is known of the model.
    context_tokens BIGINT,
    mcp_servers TEXT NOT NULL,
    tool_policies TEXT NOT NULL,
    branding TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE apps (
    app_id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    allowed_origins TEXT NOT NULL,
    secret_hash BYTEA NOT NULL,
    -- The secret being replaced, good until the moment beside it.
    old_secret_hash BYTEA,
    old_secret_until BIGINT,
    disabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX apps_by_project ON apps (project_id);

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    key_hash BYTEA NOT NULL UNIQUE,
    expires_at BIGINT,
    revoked_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX api_keys_by_project ON api_keys (project_id);

-- The env and secrets that came with one token, sealed, bound to its jti.
CREATE TABLE contexts (
    jti TEXT PRIMARY KEY,
    app_id TEXT NOT NULL,
    end_user_id TEXT NOT NULL,
    sealed_env BYTEA,
    sealed_secrets BYTEA,
    expires_at BIGINT NOT NULL
);
CREATE INDEX contexts_by_expiry ON contexts (expires_at);

-- A task is one conversation. It belongs to an end user of an app, or to an API key's project alone.
CREATE TABLE tasks (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    app_id TEXT,
    end_user_id TEXT,
    api_key_id TEXT,
    username TEXT NOT NULL,
    title TEXT NOT NULL,
    message TEXT NOT NULL,
    system_prompt TEXT,
    show_in_history BOOLEAN NOT NULL,
    auto_execute BOOLEAN NOT NULL,
    env TEXT,
    status TEXT NOT NULL,
    error TEXT,
    -- Runs so far; the current one's number.
    run_no BIGINT NOT NULL,
    -- The context the current run works with; it outlives its token until the run has ended.
    context_jti TEXT,
    -- The node that runs it, and until when its word counts.
    node_id TEXT,
    lease_until BIGINT,
    message_count BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    completed_at BIGINT,
    last_activity_at BIGINT NOT NULL
);
CREATE INDEX tasks_by_end_user ON tasks (app_id, end_user_id, last_activity_at);
CREATE INDEX tasks_by_project ON tasks (project_id, last_activity_at);
CREATE INDEX tasks_under_way ON tasks (lease_until) WHERE lease_until IS NOT NULL;

CREATE TABLE messages (
    id TEXT PRIMARY KEY,
    task_id TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    -- Place in the conversation, from 1.
    seq BIGINT NOT NULL,
    role TEXT NOT NULL,
    content TEXT NOT NULL,
    attached_files TEXT NOT NULL,
    thoughts TEXT NOT NULL,
    tool_calls TEXT NOT NULL,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (task_id, seq)
);

-- Answers to requests that carried an Idempotency-Key, kept for a day.
CREATE TABLE idempotency_keys (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    -- SHA-256 of the request, so that the same key with another request is noticed.
    request_hash BYTEA NOT NULL,
    task_id TEXT NOT NULL,
    -- The run that the request started.
    run_no BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
