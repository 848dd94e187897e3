ALTER TABLE order_months DROP CONSTRAINT order_months_pkey,
    ADD CONSTRAINT order_months_pkey PRIMARY KEY (hospital, basis, month);
DROP TABLE emergencies;
DROP INDEX order_lines_added_pack;
DROP INDEX order_lines_filing;
DROP INDEX order_lines_negotiated;
DROP INDEX order_lines_listing;
ALTER TABLE order_lines
    DROP CONSTRAINT order_lines_basis,
    DROP CONSTRAINT order_lines_listing_fkey,
    DROP COLUMN added_pack,
    DROP COLUMN filing,
    DROP COLUMN negotiated,
    ADD CONSTRAINT order_lines_basis CHECK ((kind = 'SELECTED') = (contract IS NOT NULL) AND num_nonnulls(contract, listing) <= 1);
DROP TABLE product_blocks;
DROP TABLE filings;
DROP TABLE negotiated_prices;
