-- Work that a change leaves to be done after it. Committed with the change; done at least once.
CREATE TABLE jobs (
    id uuid NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    -- Names the turn of regular work, so that several servers put it up once.
    turn text,
    status text NOT NULL,
    -- When it may be taken: when it is due, or when the lease of who has it ends.
    due_at timestamptz,
    tries integer NOT NULL,
    fault text,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT jobs_pkey PRIMARY KEY (id),
    CONSTRAINT jobs_turn_key UNIQUE (turn),
    CONSTRAINT jobs_status CHECK (status IN ('QUEUED', 'RUNNING', 'DONE', 'DEAD')),
    CONSTRAINT jobs_due CHECK ((due_at IS NOT NULL) = (status IN ('QUEUED', 'RUNNING'))),
    CONSTRAINT jobs_ended CHECK ((ended_at IS NOT NULL) = (status IN ('DONE', 'DEAD'))),
    CONSTRAINT jobs_fault CHECK (fault IS NOT NULL OR status <> 'DEAD'),
    CONSTRAINT jobs_tries CHECK (tries >= 0)
);
CREATE INDEX jobs_due_at ON jobs (due_at) WHERE status IN ('QUEUED', 'RUNNING');
CREATE INDEX jobs_dead ON jobs (id) WHERE status = 'DEAD';
CREATE INDEX jobs_done ON jobs (ended_at) WHERE status = 'DONE';
GRANT SELECT, INSERT, UPDATE (status, due_at, tries, fault, ended_at), DELETE ON jobs TO jicai_app;
GRANT DELETE ON idempotency_keys TO jicai_app;
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
