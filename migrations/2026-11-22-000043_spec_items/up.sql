-- The item of the registry that a spec is drawn from, such as the reference product (对照品目): products are compared with it. None where the announcement names none.
ALTER TABLE round_specs
    ADD COLUMN item uuid,
    ADD CONSTRAINT round_specs_item_fkey FOREIGN KEY (item) REFERENCES items;
CREATE INDEX round_specs_item ON round_specs (item, id) WHERE item IS NOT NULL;
GRANT UPDATE (item) ON round_specs TO jicai_app;
