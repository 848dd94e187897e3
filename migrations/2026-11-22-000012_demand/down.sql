DROP INDEX imports_round;
ALTER TABLE imports DROP CONSTRAINT imports_round_fkey, DROP CONSTRAINT imports_round, DROP COLUMN round, DROP CONSTRAINT imports_kind,
    ADD CONSTRAINT imports_kind CHECK (kind IN ('ORGANIZATIONS'));
DROP TABLE demand_lines;
DROP TABLE demand_forms;
DROP TABLE demand_leads;
