ALTER TABLE imports DROP CONSTRAINT imports_kind,
    ADD CONSTRAINT imports_kind CHECK (kind IN ('ORGANIZATIONS', 'DEMAND', 'RESULTS', 'CATALOG'));
DROP TABLE price_shares;
DROP TABLE price_tickets;
DROP TABLE price_lines;
DROP FUNCTION price_partition;
DROP TABLE price_observations;
