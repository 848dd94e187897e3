DROP TABLE round_editions;
DROP TABLE round_specs;
DROP TABLE round_lots;
DROP TABLE round_documents;
DROP TABLE round_custodians;
DROP TABLE round_regions;
DROP TABLE rounds;
ALTER TABLE documents DROP CONSTRAINT documents_kind,
    ADD CONSTRAINT documents_kind CHECK (kind IN ('LICENCE', 'IMPORT', 'REJECTED_ROWS'));
