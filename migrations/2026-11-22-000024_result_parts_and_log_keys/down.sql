ALTER TABLE audit_checkpoints DROP COLUMN key;
DROP TABLE log_keys;
ALTER TABLE official_results
    DROP CONSTRAINT official_results_part,
    DROP CONSTRAINT official_results_lots,
    DROP CONSTRAINT official_results_edition_key,
    DROP CONSTRAINT official_results_round_key,
    ADD CONSTRAINT official_results_edition_key UNIQUE (office, name, edition),
    ADD CONSTRAINT official_results_round_key UNIQUE (round, edition),
    DROP COLUMN part,
    DROP COLUMN lots;
