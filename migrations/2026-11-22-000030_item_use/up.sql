-- Rounds, results and contracts name the registry's item, with the code and the release that were used then; what is compared with what; and what a national
-- list brings is known to be there when somebody proposes it again.

-- The item is none where the registry did not know the code. When it was looked up tells what the registry said then.
ALTER TABLE round_products
    ADD COLUMN item uuid,
    ADD COLUMN item_system text,
    ADD COLUMN item_code text,
    ADD COLUMN item_release integer,
    ADD COLUMN item_at timestamptz,
    ADD CONSTRAINT round_products_item_fkey FOREIGN KEY (item) REFERENCES items,
    ADD CONSTRAINT round_products_item_release_fkey FOREIGN KEY (item_release) REFERENCES item_releases,
    ADD CONSTRAINT round_products_item_use CHECK (num_nulls(item_system, item_code, item_at) IN (0, 3)
        AND (item_code IS NOT NULL OR num_nonnulls(item, item_release) = 0));
CREATE INDEX round_products_item ON round_products (item, id) WHERE item IS NOT NULL;
CREATE INDEX round_products_item_release ON round_products (item_release) WHERE item_release IS NOT NULL;
GRANT UPDATE (item, item_system, item_code, item_release, item_at) ON round_products TO jicai_app;

-- It is never changed: what becomes of the item later changes nothing that was agreed.
ALTER TABLE selected_products
    ADD COLUMN item uuid,
    ADD COLUMN item_system text,
    ADD COLUMN item_code text,
    ADD COLUMN item_release integer,
    ADD COLUMN item_at timestamptz,
    ADD CONSTRAINT selected_products_item_fkey FOREIGN KEY (item) REFERENCES items,
    ADD CONSTRAINT selected_products_item_release_fkey FOREIGN KEY (item_release) REFERENCES item_releases,
    ADD CONSTRAINT selected_products_item_use CHECK (num_nulls(item_system, item_code, item_at) IN (0, 3)
        AND (item_code IS NOT NULL OR num_nonnulls(item, item_release) = 0));
CREATE INDEX selected_products_item ON selected_products (item, id) WHERE item IS NOT NULL;
CREATE INDEX selected_products_item_release ON selected_products (item_release) WHERE item_release IS NOT NULL;

-- The code of a result that was made elsewhere, until it is announced: which item it names is looked up then.
ALTER TABLE result_rows
    ADD COLUMN item_system text,
    ADD COLUMN item_code text,
    ADD CONSTRAINT result_rows_item_code CHECK ((item_system IS NULL) = (item_code IS NULL));

-- A name in one form, so that two that are written differently are compared: full-width signs, blanks and capitals do not count.
CREATE FUNCTION plain_name(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN translate(lower(regexp_replace(normalize(name, NFKC), '[[:space:][:cntrl:]]', '', 'g')), '∶︰', '::');

CREATE INDEX item_versions_alike ON item_versions (plain_name(generic_name), plain_name(form), normal_spec);
CREATE INDEX item_identifiers_subgroup ON item_identifiers (left(value, 5)) WHERE system = 'atc';
CREATE INDEX item_identifiers_consumable ON item_identifiers (left(value, 10)) WHERE system = 'nhsa-consumable';

-- The digest with the pack, beside the one without it.
ALTER TABLE release_rows ADD COLUMN exact_identity bytea;
