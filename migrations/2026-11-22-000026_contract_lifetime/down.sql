DROP TABLE term_extensions;
ALTER TABLE contracts DROP COLUMN renews, DROP COLUMN replaces, DROP COLUMN ends_on;
ALTER TABLE rounds DROP CONSTRAINT rounds_status,
    ADD CONSTRAINT rounds_status CHECK (status IN ('DRAFT', 'ANNOUNCED', 'DEMAND', 'BIDDING', 'SEALED', 'OPENING', 'PROVISIONAL',
        'CHOOSING', 'NOTICE', 'OFFICIAL', 'CANCELLED'));
