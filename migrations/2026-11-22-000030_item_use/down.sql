ALTER TABLE release_rows DROP COLUMN exact_identity;
DROP INDEX item_identifiers_consumable;
DROP INDEX item_identifiers_subgroup;
DROP INDEX item_versions_alike;
DROP FUNCTION plain_name;
ALTER TABLE result_rows
    DROP COLUMN item_system,
    DROP COLUMN item_code;
ALTER TABLE selected_products
    DROP COLUMN item,
    DROP COLUMN item_system,
    DROP COLUMN item_code,
    DROP COLUMN item_release,
    DROP COLUMN item_at;
REVOKE UPDATE (item, item_system, item_code, item_release, item_at) ON round_products FROM jicai_app;
ALTER TABLE round_products
    DROP COLUMN item,
    DROP COLUMN item_system,
    DROP COLUMN item_code,
    DROP COLUMN item_release,
    DROP COLUMN item_at;
