-- A round's official result may come in parts: lots that an undecided objection holds up follow once they are free.
ALTER TABLE official_results
    ADD COLUMN part integer NOT NULL DEFAULT 1,
    -- The lots of its round that it settles, those in which nothing is selected among them.
    ADD COLUMN lots uuid[] NOT NULL DEFAULT '{}',
    DROP CONSTRAINT official_results_edition_key,
    DROP CONSTRAINT official_results_round_key,
    ADD CONSTRAINT official_results_edition_key UNIQUE (office, name, edition, part),
    ADD CONSTRAINT official_results_round_key UNIQUE (round, edition, part),
    ADD CONSTRAINT official_results_part CHECK (part >= 1 AND (part = 1 OR round IS NOT NULL)),
    ADD CONSTRAINT official_results_lots CHECK (round IS NOT NULL OR cardinality(lots) = 0);
UPDATE official_results r SET lots = ARRAY(SELECT l.lot FROM lot_results l WHERE l.round = r.round ORDER BY l.place)
    WHERE r.round IS NOT NULL;

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
