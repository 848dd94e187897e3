DROP VIEW volume_ledger;
ALTER TABLE volume_entries RENAME TO volume_entries_after;
ALTER TABLE volume_entries_after RENAME CONSTRAINT volume_entries_pkey TO volume_entries_after_pkey;
DROP INDEX volume_entries_region;
CREATE TABLE volume_entries (
    withdrawal uuid NOT NULL,
    position integer NOT NULL,
    region text NOT NULL,
    content numeric,
    from_product uuid NOT NULL,
    to_product uuid,
    volume bigint NOT NULL,
    cause text NOT NULL,
    CONSTRAINT volume_entries_pkey PRIMARY KEY (withdrawal, position),
    CONSTRAINT volume_entries_withdrawal_fkey FOREIGN KEY (withdrawal) REFERENCES withdrawals,
    CONSTRAINT volume_entries_region_fkey FOREIGN KEY (region) REFERENCES regions,
    CONSTRAINT volume_entries_from_fkey FOREIGN KEY (from_product) REFERENCES selected_products,
    CONSTRAINT volume_entries_to_fkey FOREIGN KEY (to_product) REFERENCES selected_products,
    CONSTRAINT volume_entries_moves CHECK (volume > 0 AND from_product IS DISTINCT FROM to_product),
    CONSTRAINT volume_entries_cause CHECK (cause IN ('MOVED_TO_MAIN', 'MOVED_TO_BACKUP', 'MOVED_TO_RANK', 'RETURNED') AND (cause = 'RETURNED') = (to_product IS NULL))
);
INSERT INTO volume_entries
    SELECT withdrawal, row_number() OVER (PARTITION BY withdrawal ORDER BY id) - 1, region, content, from_product, to_product, volume, cause
    FROM volume_entries_after WHERE year = 0;
DROP TABLE volume_entries_after;
CREATE INDEX volume_entries_from ON volume_entries (from_product);
CREATE INDEX volume_entries_to ON volume_entries (to_product);
CREATE INDEX volume_entries_region ON volume_entries (region);
GRANT SELECT, INSERT ON volume_entries TO jicai_app;
DROP TABLE volume_changes;
-- What only supplements agree is not kept.
DELETE FROM contract_seals WHERE contract IN (SELECT id FROM contracts WHERE supplement > 0);
DELETE FROM sub_contracts WHERE contract IN (SELECT id FROM contracts WHERE supplement > 0);
DELETE FROM contracts WHERE supplement > 0;
ALTER TABLE contracts
    DROP CONSTRAINT contracts_year_key,
    DROP CONSTRAINT contracts_supplement,
    DROP CONSTRAINT contracts_agreed_price,
    DROP COLUMN supplement,
    DROP COLUMN content,
    DROP COLUMN agreed_price,
    ADD CONSTRAINT contracts_year_key UNIQUE (product, region, year);
