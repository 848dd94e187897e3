DROP TABLE order_sheet_rows;
DELETE FROM import_rejects WHERE import IN (SELECT id FROM imports WHERE kind = 'ORDERS');
DELETE FROM import_rows WHERE import IN (SELECT id FROM imports WHERE kind = 'ORDERS');
DELETE FROM imports WHERE kind = 'ORDERS';
ALTER TABLE imports DROP CONSTRAINT imports_whole,
    DROP COLUMN whole,
    DROP CONSTRAINT imports_kind,
    ADD CONSTRAINT imports_kind CHECK (kind IN ('ORGANIZATIONS', 'DEMAND', 'RESULTS', 'CATALOG', 'PRICES', 'INVOICES')),
    ALTER COLUMN session SET NOT NULL;
DELETE FROM documents WHERE stored_by_client IS NOT NULL;
ALTER TABLE documents DROP COLUMN stored_by_client,
    ALTER COLUMN stored_by SET NOT NULL;
