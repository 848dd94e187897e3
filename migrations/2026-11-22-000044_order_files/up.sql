-- Tables of orders. Whoever brings one in says whether a row that is wrong keeps out every other one, and may be a hospital's own system.
ALTER TABLE documents ALTER COLUMN stored_by DROP NOT NULL,
    ADD COLUMN stored_by_client uuid,
    ADD CONSTRAINT documents_stored_by_client_fkey FOREIGN KEY (stored_by_client) REFERENCES clients,
    ADD CONSTRAINT documents_storer CHECK (num_nonnulls(stored_by, stored_by_client) = 1);
CREATE INDEX documents_stored_by_client ON documents (stored_by_client) WHERE stored_by_client IS NOT NULL;

ALTER TABLE imports ALTER COLUMN session DROP NOT NULL,
    ADD COLUMN whole boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT imports_kind,
    ADD CONSTRAINT imports_kind CHECK (kind IN ('ORGANIZATIONS', 'DEMAND', 'RESULTS', 'CATALOG', 'PRICES', 'INVOICES', 'ORDERS'));
UPDATE imports SET whole = true WHERE kind = 'INVOICES';
ALTER TABLE imports ALTER COLUMN whole DROP DEFAULT,
    ADD CONSTRAINT imports_whole CHECK (kind = 'ORDERS' OR whole = (kind = 'INVOICES'));

-- Which lines came of which rows: the institution's own number of the order, and its own number of the line in it. What a row said stays, so
-- that the same row is never ordered twice, and another one under its number is told.
CREATE TABLE order_sheet_rows (
    hospital uuid NOT NULL,
    number text NOT NULL,
    row_number text NOT NULL,
    said text NOT NULL,
    import uuid NOT NULL,
    order_line uuid NOT NULL,
    CONSTRAINT order_sheet_rows_pkey PRIMARY KEY (hospital, number, row_number),
    CONSTRAINT order_sheet_rows_order_line_key UNIQUE (order_line),
    CONSTRAINT order_sheet_rows_hospital_fkey FOREIGN KEY (hospital) REFERENCES organizations,
    CONSTRAINT order_sheet_rows_import_fkey FOREIGN KEY (import) REFERENCES imports,
    CONSTRAINT order_sheet_rows_order_line_fkey FOREIGN KEY (order_line) REFERENCES order_lines
);
CREATE INDEX order_sheet_rows_import ON order_sheet_rows (import);
GRANT SELECT, INSERT ON order_sheet_rows TO jicai_app;
