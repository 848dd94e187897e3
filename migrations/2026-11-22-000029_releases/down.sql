ALTER TABLE imports DROP CONSTRAINT imports_kind,
    ADD CONSTRAINT imports_kind CHECK (kind IN ('ORGANIZATIONS', 'DEMAND', 'RESULTS'));
DROP FUNCTION derived_id;
DROP FUNCTION catalog_known;
DROP TABLE catalog_revision;
DROP TRIGGER item_names_terms ON item_names;
DROP FUNCTION note_item_terms;
DROP INDEX item_names_name;
DROP TABLE item_terms;
DROP INDEX item_release_changes_change;
DROP INDEX release_rows_item;
DROP INDEX release_rows_fault;
DROP TABLE release_retired;
REVOKE UPDATE (change, before, fault_field, fault_expected) ON release_rows FROM jicai_app;
ALTER TABLE release_rows
    DROP COLUMN base,
    DROP COLUMN stated,
    DROP COLUMN warnings,
    DROP COLUMN fault_field,
    DROP COLUMN fault_expected,
    DROP COLUMN change,
    DROP COLUMN before,
    ADD COLUMN maker_name text,
    ADD COLUMN gtin text,
    ADD COLUMN applied boolean NOT NULL;
ALTER TABLE item_versions DROP COLUMN stated;
REVOKE UPDATE (unchanged, reached, reached_item) ON item_releases FROM jicai_app;
ALTER TABLE item_releases
    DROP COLUMN source,
    DROP COLUMN unchanged,
    DROP COLUMN reached,
    DROP COLUMN reached_item;
ALTER TABLE item_releases ADD CONSTRAINT item_releases_label_key UNIQUE (label);
DROP EXTENSION pg_trgm;
