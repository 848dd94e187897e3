DROP INDEX demand_lines_product;
ALTER TABLE demand_lines DROP CONSTRAINT demand_lines_product_fkey;
