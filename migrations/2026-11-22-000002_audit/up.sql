-- What happened. Entries commit with the change that they tell of; the service can add entries and never change one.
CREATE TABLE audit_entries (
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    actor_user uuid,
    actor_organization uuid,
    kind text NOT NULL,
    version smallint NOT NULL,
    subject text NOT NULL,
    canonical text NOT NULL,
    -- The transaction that wrote it: readers that must not skip a late commit stay below the oldest one still running.
    written_by xid8 NOT NULL DEFAULT pg_current_xact_id(),
    CONSTRAINT audit_entries_pkey PRIMARY KEY (id),
    CONSTRAINT audit_entries_actor CHECK ((actor_user IS NULL) = (actor_organization IS NULL))
);
CREATE INDEX audit_entries_subject ON audit_entries (subject, id);
GRANT SELECT, INSERT ON audit_entries TO jicai_app;

-- The first answer to each keyed request, for its replays.
CREATE TABLE idempotency_keys (
    owner text NOT NULL,
    key text NOT NULL,
    operation text NOT NULL,
    fingerprint bytea NOT NULL,
    answer text,
    created_at timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (owner, key)
);
GRANT SELECT, INSERT, UPDATE (answer) ON idempotency_keys TO jicai_app;
