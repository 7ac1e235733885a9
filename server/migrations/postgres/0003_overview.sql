-- What became of each run that has ended: narrow, so that months of them are read quickly.
CREATE TABLE runs (
    task_id TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    run_no BIGINT NOT NULL,
    -- NULL: an API key created the task.
    app_id TEXT,
    end_user_id TEXT,
    started_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    status TEXT NOT NULL,
    -- Why it failed: a code, and the code with its sentence.
    error_code TEXT,
    error TEXT,
    -- From the message to the first sign of an answer. NULL: there was none, or the run waited for a restart.
    first_sign_ms BIGINT,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    tool_calls BIGINT NOT NULL,
    tool_failures BIGINT NOT NULL,
    PRIMARY KEY (task_id, run_no)
);
CREATE INDEX runs_by_start ON runs (started_at);

-- Of an answer: the request that asked for it, as the log names it.
ALTER TABLE messages ADD COLUMN request_id TEXT;

-- Lists of conversations in the Console.
CREATE INDEX tasks_by_activity ON tasks (last_activity_at, id);
CREATE INDEX tasks_by_app ON tasks (app_id, last_activity_at, id);
CREATE INDEX tasks_by_person ON tasks (end_user_id) WHERE end_user_id IS NOT NULL;

-- Who is in the log.
CREATE INDEX audit_log_by_actor ON audit_log (actor);
