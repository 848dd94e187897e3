DROP TABLE round_product_documents;
DROP TABLE round_products;
DROP TABLE qualifications;
ALTER TABLE documents DROP CONSTRAINT documents_kind,
    ADD CONSTRAINT documents_kind CHECK (kind IN ('LICENCE', 'IMPORT', 'REJECTED_ROWS', 'ROUND'));
