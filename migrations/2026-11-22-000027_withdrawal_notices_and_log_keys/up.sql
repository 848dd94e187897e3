-- What everybody reads of a decided withdrawal: the authority's words, and a text with its digest.
ALTER TABLE withdrawals
    ADD COLUMN answer text,
    ADD COLUMN canonical text,
    ADD COLUMN sha256 bytea,
    ADD CONSTRAINT withdrawals_told CHECK (num_nulls(answer, canonical, sha256) IN (0, 3) AND (canonical IS NULL OR decided_at IS NOT NULL)),
    ADD CONSTRAINT withdrawals_sha256 CHECK (octet_length(sha256) = 32);
CREATE INDEX withdrawals_waiting ON withdrawals (filed_at, id) WHERE decided_at IS NULL;
GRANT UPDATE (answer, canonical, sha256) ON withdrawals TO jicai_app;

-- Public halves of the keys that sign the log's checkpoints after the first one, which is the secret's own and has no row. Private halves are
-- derived from the service's secret. None is ever changed or taken away: they prove what they signed.
CREATE TABLE log_keys (
    id uuid NOT NULL,
    algorithm text NOT NULL,
    public_key bytea NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT log_keys_pkey PRIMARY KEY (id),
    CONSTRAINT log_keys_algorithm CHECK (algorithm IN ('Ed25519')),
    CONSTRAINT log_keys_public_key CHECK (octet_length(public_key) = 32)
);
GRANT SELECT, INSERT ON log_keys TO jicai_app;
-- None where the first key signed.
ALTER TABLE audit_checkpoints ADD COLUMN key uuid,
    ADD CONSTRAINT audit_checkpoints_key_fkey FOREIGN KEY (key) REFERENCES log_keys;
CREATE INDEX audit_checkpoints_key ON audit_checkpoints (key);
