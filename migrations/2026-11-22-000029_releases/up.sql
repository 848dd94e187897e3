-- National releases: where each comes from, how far it is, what its rows state, and how names are found by their sound.

-- Names are found by what they share with what was typed. A trusted extension: the owner of the database may make it.
CREATE EXTENSION pg_trgm;

ALTER TABLE item_releases
    -- Releases of one source follow each other.
    ADD COLUMN source text NOT NULL,
    ADD COLUMN unchanged bigint NOT NULL DEFAULT 0,
    -- The line up to which the rows were compared or written, and the item up to which those that are gone were looked for.
    ADD COLUMN reached integer NOT NULL DEFAULT 0,
    ADD COLUMN reached_item uuid,
    DROP CONSTRAINT item_releases_label_key;
CREATE UNIQUE INDEX item_releases_label_key ON item_releases (source, label) WHERE status <> 'DISCARDED';
GRANT UPDATE (unchanged, reached, reached_item) ON item_releases TO jicai_app;

-- What the release said, a line `name=value` a field; none where a person said it. Its SHA-256 is the version's.
ALTER TABLE item_versions ADD COLUMN stated text;

ALTER TABLE release_rows
    DROP COLUMN maker_name,
    DROP COLUMN gtin,
    DROP COLUMN applied,
    -- From it come the ids of all that the row becomes, so that it becomes the same however often it is tried.
    ADD COLUMN base uuid NOT NULL,
    ADD COLUMN stated text NOT NULL,
    ADD COLUMN warnings text[] NOT NULL,
    ADD COLUMN fault_field text,
    ADD COLUMN fault_expected text,
    -- Against what stands: none until it was compared.
    ADD COLUMN change text,
    ADD COLUMN before uuid,
    ADD CONSTRAINT release_rows_change CHECK (change IN ('ADDED', 'CHANGED', 'UNCHANGED'));
CREATE INDEX release_rows_item ON release_rows (release, item) WHERE item IS NOT NULL;
CREATE INDEX release_rows_fault ON release_rows (release, line) WHERE fault IS NOT NULL;
CREATE INDEX release_rows_change ON release_rows (release, change, line) WHERE fault IS NULL AND change <> 'UNCHANGED';
GRANT UPDATE (change, before, fault_field, fault_expected) ON release_rows TO jicai_app;

-- What a release that is not published yet would retire.
CREATE TABLE release_retired (
    release integer NOT NULL,
    item uuid NOT NULL,
    before uuid NOT NULL,
    CONSTRAINT release_retired_pkey PRIMARY KEY (release, item),
    CONSTRAINT release_retired_release_fkey FOREIGN KEY (release) REFERENCES item_releases,
    CONSTRAINT release_retired_item_fkey FOREIGN KEY (item) REFERENCES items
);
CREATE INDEX release_retired_item ON release_retired (item);
GRANT SELECT, INSERT, DELETE ON release_retired TO jicai_app;
CREATE INDEX item_release_changes_change ON item_release_changes (release, change, item);

-- Each name once, however many items bear it, as it sounds: letters and digits alone, so that no locale changes what is found.
CREATE TABLE item_terms (
    name text NOT NULL,
    lang text NOT NULL,
    sound text NOT NULL,
    initials text NOT NULL,
    CONSTRAINT item_terms_pkey PRIMARY KEY (name)
);
CREATE INDEX item_terms_sound ON item_terms USING gin (sound gin_trgm_ops);
CREATE INDEX item_terms_prefix ON item_terms (sound text_pattern_ops);
CREATE INDEX item_terms_initials ON item_terms (initials text_pattern_ops);
GRANT SELECT, INSERT ON item_terms TO jicai_app;
CREATE INDEX item_names_name ON item_names (name, item);

-- A name that is given to an item is found from then on.
CREATE FUNCTION note_item_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO item_terms (name, lang, sound, initials)
        SELECT DISTINCT ON (name) name, lang,
            coalesce(pinyin, lower(regexp_replace(name, '[^A-Za-z0-9]', '', 'g'))),
            coalesce(initials, lower(regexp_replace(name, '(\w)\w*\W*', '\1', 'g')))
        FROM given ORDER BY name
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER item_names_terms AFTER INSERT ON item_names
    REFERENCING NEW TABLE AS given FOR EACH STATEMENT EXECUTE FUNCTION note_item_terms();

-- Counts the changes of the registry that readers may see, so that a server knows when what it remembers is old.
CREATE TABLE catalog_revision (
    singleton boolean NOT NULL DEFAULT true,
    revision bigint NOT NULL,
    CONSTRAINT catalog_revision_pkey PRIMARY KEY (singleton),
    CONSTRAINT catalog_revision_one_row CHECK (singleton)
);
INSERT INTO catalog_revision (revision) VALUES (1);
GRANT SELECT, UPDATE (revision) ON catalog_revision TO jicai_app;

-- What readers know is what was recorded up to here. While a release is being written that is the instant before all that it records.
CREATE FUNCTION catalog_known() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
    RETURN coalesce((SELECT recorded_at - interval '1 microsecond' FROM item_releases WHERE status = 'APPLYING'), app_clock());

-- The ids that come of one: the same again with another last byte.
CREATE FUNCTION derived_id(base uuid, place integer) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN encode(set_byte(uuid_send(base), 15, place), 'hex')::uuid;

ALTER TABLE imports DROP CONSTRAINT imports_kind,
    ADD CONSTRAINT imports_kind CHECK (kind IN ('ORGANIZATIONS', 'DEMAND', 'RESULTS', 'CATALOG'));
