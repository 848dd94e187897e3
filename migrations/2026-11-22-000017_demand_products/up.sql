-- A brand that demand names is a product of an application.
ALTER TABLE demand_lines ADD CONSTRAINT demand_lines_product_fkey FOREIGN KEY (product) REFERENCES round_products;
CREATE INDEX demand_lines_product ON demand_lines (product) WHERE product IS NOT NULL;
