-- What everybody reads of a decided withdrawal: the authority's words, and a text with its digest.
ALTER TABLE withdrawals
    ADD COLUMN answer text,
    ADD COLUMN canonical text,
    ADD COLUMN sha256 bytea,
    ADD CONSTRAINT withdrawals_told CHECK (num_nulls(answer, canonical, sha256) IN (0, 3) AND (canonical IS NULL OR decided_at IS NOT NULL)),
    ADD CONSTRAINT withdrawals_sha256 CHECK (octet_length(sha256) = 32);
CREATE INDEX withdrawals_waiting ON withdrawals (filed_at, id) WHERE decided_at IS NULL;
GRANT UPDATE (answer, canonical, sha256) ON withdrawals TO jicai_app;
