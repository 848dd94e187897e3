ALTER TABLE round_specs DROP COLUMN item;
