DROP TABLE payment_standards, payment_standard_sets;
DROP SEQUENCE payment_standard_positions;
ALTER TABLE imports DROP CONSTRAINT imports_kind,
    ADD CONSTRAINT imports_kind CHECK (kind IN ('ORGANIZATIONS', 'DEMAND', 'RESULTS', 'CATALOG', 'PRICES', 'INVOICES', 'ORDERS')),
    DROP CONSTRAINT imports_whole,
    ADD CONSTRAINT imports_whole CHECK (kind = 'ORDERS' OR whole = (kind = 'INVOICES'));
