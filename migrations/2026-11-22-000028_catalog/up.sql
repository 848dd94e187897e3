-- The registry: one identity for each drug, consumable and reagent (一物一码), what was true of it when and what was known of that when, the
-- public codes that are tied to it, and the numbered releases of the national lists.

-- Two versions of one item that overlap are refused by Postgres itself. A trusted extension: the owner of the database may make it.
CREATE EXTENSION btree_gist;

CREATE TABLE item_releases (
    number integer NOT NULL,
    label text NOT NULL,
    status text NOT NULL,
    import uuid,
    -- 数据截止日.
    cutoff_on date NOT NULL,
    -- 政策执行日.
    effective_on date,
    source_url text,
    -- What the publisher allows to be done with the list, in its words or ours.
    licence text NOT NULL,
    sha256 bytea NOT NULL,
    created_by uuid,
    created_at timestamptz NOT NULL,
    -- All that a release records is recorded at this one instant. Until it is published, readers know what was known before it; so a release that was
    -- written half way shows nothing.
    recorded_at timestamptz,
    published_by uuid,
    published_at timestamptz,
    rows_read bigint NOT NULL,
    added bigint NOT NULL,
    changed bigint NOT NULL,
    retired bigint NOT NULL,
    quarantined bigint NOT NULL,
    CONSTRAINT item_releases_pkey PRIMARY KEY (number),
    CONSTRAINT item_releases_label_key UNIQUE (label),
    CONSTRAINT item_releases_import_fkey FOREIGN KEY (import) REFERENCES imports,
    CONSTRAINT item_releases_created_by_fkey FOREIGN KEY (created_by) REFERENCES users,
    CONSTRAINT item_releases_published_by_fkey FOREIGN KEY (published_by) REFERENCES users,
    CONSTRAINT item_releases_status CHECK (status IN ('STAGING', 'STAGED', 'APPLYING', 'PUBLISHED', 'DISCARDED')),
    CONSTRAINT item_releases_published CHECK ((status IN ('APPLYING', 'PUBLISHED')) = (recorded_at IS NOT NULL)
        AND (status = 'PUBLISHED') = (published_at IS NOT NULL)),
    CONSTRAINT item_releases_counts CHECK (number >= 1 AND least(rows_read, added, changed, retired, quarantined) >= 0)
);
-- One release is written at a time.
CREATE UNIQUE INDEX item_releases_applying ON item_releases (status) WHERE status = 'APPLYING';
CREATE INDEX item_releases_import ON item_releases (import);
CREATE INDEX item_releases_created_by ON item_releases (created_by);
CREATE INDEX item_releases_published_by ON item_releases (published_by);
GRANT SELECT, INSERT, UPDATE (status, recorded_at, published_by, published_at, rows_read, added, changed, retired, quarantined)
    ON item_releases TO jicai_app;

CREATE TABLE items (
    id uuid NOT NULL,
    kind text NOT NULL,
    -- Our own code, for an item that has no national one.
    own_code text,
    -- The release that brought it; none where it was proposed.
    release integer,
    created_at timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT items_pkey PRIMARY KEY (id),
    CONSTRAINT items_own_code_key UNIQUE (own_code),
    CONSTRAINT items_release_fkey FOREIGN KEY (release) REFERENCES item_releases,
    CONSTRAINT items_kind CHECK (kind IN ('WESTERN', 'PATENT', 'PIECES', 'GRANULES', 'IN_HOUSE', 'CONSUMABLE', 'REAGENT')),
    CONSTRAINT items_version CHECK (version >= 1)
);
CREATE INDEX items_release ON items (release);
GRANT SELECT, INSERT, UPDATE (version) ON items TO jicai_app;

-- A number is given once, whatever becomes of the transaction that took it.
CREATE SEQUENCE item_own_numbers AS bigint MINVALUE 1 MAXVALUE 999999999 NO CYCLE;
GRANT USAGE ON SEQUENCE item_own_numbers TO jicai_app;

CREATE TABLE item_proposals (
    id uuid NOT NULL,
    kind text NOT NULL,
    organization uuid NOT NULL,
    -- The items that it is about; none where it is a new one.
    items uuid[] NOT NULL,
    -- Canonical JSON.
    payload text NOT NULL,
    sha256 bytea NOT NULL,
    reason text NOT NULL,
    status text NOT NULL,
    proposed_by uuid NOT NULL,
    proposed_at timestamptz NOT NULL,
    decided_by uuid,
    decided_at timestamptz,
    decision text,
    -- The item that it made, or that is left of several.
    item uuid,
    version integer NOT NULL,
    CONSTRAINT item_proposals_pkey PRIMARY KEY (id),
    CONSTRAINT item_proposals_organization_fkey FOREIGN KEY (organization) REFERENCES organizations,
    CONSTRAINT item_proposals_proposed_by_fkey FOREIGN KEY (proposed_by) REFERENCES users,
    CONSTRAINT item_proposals_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES users,
    CONSTRAINT item_proposals_item_fkey FOREIGN KEY (item) REFERENCES items,
    CONSTRAINT item_proposals_kind CHECK (kind IN ('NEW', 'CHANGE', 'MERGE', 'SPLIT', 'SUPERSEDE', 'RETIRE', 'LINK')),
    CONSTRAINT item_proposals_status CHECK (status IN ('PROPOSED', 'APPROVED', 'REJECTED', 'WITHDRAWN')),
    CONSTRAINT item_proposals_decided CHECK ((status = 'PROPOSED') = (decided_by IS NULL)
        AND (decided_by IS NULL) = (decided_at IS NULL) AND (status = 'REJECTED') <= (decision IS NOT NULL)),
    -- Nobody reviews what they proposed; only the proposer's side takes it back.
    CONSTRAINT item_proposals_reviewer CHECK (status NOT IN ('APPROVED', 'REJECTED') OR decided_by <> proposed_by),
    CONSTRAINT item_proposals_made CHECK (item IS NULL OR status = 'APPROVED'),
    CONSTRAINT item_proposals_version CHECK (version >= 1)
);
CREATE INDEX item_proposals_organization ON item_proposals (organization, id);
CREATE INDEX item_proposals_status ON item_proposals (status, id);
CREATE INDEX item_proposals_items ON item_proposals USING gin (items);
CREATE INDEX item_proposals_proposed_by ON item_proposals (proposed_by);
CREATE INDEX item_proposals_decided_by ON item_proposals (decided_by);
CREATE INDEX item_proposals_item ON item_proposals (item);
GRANT SELECT, INSERT, UPDATE (status, decided_by, decided_at, decision, item, version) ON item_proposals TO jicai_app;

-- What was true from a day on (valid_from) to the day before another (valid_to), as it was known from an instant on (recorded_at) until it was
-- known better (superseded_at). A row is never changed but for being superseded, once.
CREATE TABLE item_versions (
    id uuid NOT NULL,
    item uuid NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    recorded_at timestamptz NOT NULL,
    superseded_at timestamptz,
    release integer,
    proposal uuid,
    status text NOT NULL,
    generic_name text NOT NULL,
    trade_name text,
    form text,
    declared_spec text,
    -- 规格 in its one form, without the pack.
    normal_spec text,
    -- 上市许可持有人 or registrant; the maker is another field.
    holder_name text,
    holder uuid,
    maker_name text,
    units_per_pack integer,
    smallest_unit text,
    smallest_pack_unit text,
    material text,
    class_code text,
    generic_code text,
    form_code text,
    -- SHA-256 of the canonical content: two versions with one digest say the same.
    sha256 bytea NOT NULL,
    CONSTRAINT item_versions_pkey PRIMARY KEY (id),
    CONSTRAINT item_versions_item_fkey FOREIGN KEY (item) REFERENCES items,
    CONSTRAINT item_versions_release_fkey FOREIGN KEY (release) REFERENCES item_releases,
    CONSTRAINT item_versions_proposal_fkey FOREIGN KEY (proposal) REFERENCES item_proposals,
    CONSTRAINT item_versions_holder_fkey FOREIGN KEY (holder) REFERENCES organizations,
    CONSTRAINT item_versions_valid CHECK (valid_from < valid_to),
    CONSTRAINT item_versions_known CHECK (recorded_at < superseded_at),
    CONSTRAINT item_versions_status CHECK (status IN ('ACTIVE', 'SUSPENDED', 'DEPRECATED', 'REPLACED', 'WITHDRAWN', 'ENTERED_IN_ERROR')),
    CONSTRAINT item_versions_units CHECK (units_per_pack >= 1),
    -- What is known now never says two things of a day; what was known at an earlier instant is what was not superseded then.
    CONSTRAINT item_versions_no_overlap EXCLUDE USING gist (item WITH =, daterange(valid_from, valid_to) WITH &&) WHERE (superseded_at IS NULL)
);
CREATE INDEX item_versions_item ON item_versions (item, valid_from);
CREATE INDEX item_versions_release ON item_versions (release);
CREATE INDEX item_versions_proposal ON item_versions (proposal) WHERE proposal IS NOT NULL;
CREATE INDEX item_versions_holder ON item_versions (holder, item) WHERE holder IS NOT NULL;
GRANT SELECT, INSERT, UPDATE (superseded_at) ON item_versions TO jicai_app;

-- The public codes of an item. A code that goes to another item, or ends, is superseded by rows that say from when to when.
CREATE TABLE item_identifiers (
    id uuid NOT NULL,
    item uuid NOT NULL,
    -- The name of a kind of code.
    system text NOT NULL,
    value text NOT NULL,
    -- Whether a code of this kind names one item at a time. An approval number or a class names several.
    exclusive boolean NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    status text NOT NULL,
    recorded_at timestamptz NOT NULL,
    superseded_at timestamptz,
    release integer,
    proposal uuid,
    document uuid,
    evidence text,
    CONSTRAINT item_identifiers_pkey PRIMARY KEY (id),
    CONSTRAINT item_identifiers_item_fkey FOREIGN KEY (item) REFERENCES items,
    CONSTRAINT item_identifiers_release_fkey FOREIGN KEY (release) REFERENCES item_releases,
    CONSTRAINT item_identifiers_proposal_fkey FOREIGN KEY (proposal) REFERENCES item_proposals,
    CONSTRAINT item_identifiers_document_fkey FOREIGN KEY (document) REFERENCES documents,
    CONSTRAINT item_identifiers_valid CHECK (valid_from < valid_to),
    CONSTRAINT item_identifiers_known CHECK (recorded_at < superseded_at),
    CONSTRAINT item_identifiers_status CHECK (status IN ('ACTIVE', 'RETIRED', 'ENTERED_IN_ERROR') AND (status = 'RETIRED') <= (valid_to IS NOT NULL)),
    CONSTRAINT item_identifiers_evidence CHECK (num_nonnulls(release, document, evidence) >= 1)
);
CREATE UNIQUE INDEX item_identifiers_owner ON item_identifiers (system, value)
    WHERE exclusive AND status = 'ACTIVE' AND superseded_at IS NULL;
CREATE UNIQUE INDEX item_identifiers_once ON item_identifiers (item, system, value)
    WHERE status = 'ACTIVE' AND superseded_at IS NULL;
CREATE INDEX item_identifiers_value ON item_identifiers (value);
CREATE INDEX item_identifiers_item ON item_identifiers (item);
CREATE INDEX item_identifiers_release ON item_identifiers (release);
CREATE INDEX item_identifiers_proposal ON item_identifiers (proposal) WHERE proposal IS NOT NULL;
CREATE INDEX item_identifiers_document ON item_identifiers (document) WHERE document IS NOT NULL;
GRANT SELECT, INSERT, UPDATE (superseded_at) ON item_identifiers TO jicai_app;

-- What became of an item, and what it is made of. Writers hold one lock, so that no two of them close a circle.
CREATE TABLE item_relations (
    from_item uuid NOT NULL,
    kind text NOT NULL,
    to_item uuid NOT NULL,
    valid_from date NOT NULL,
    recorded_at timestamptz NOT NULL,
    release integer,
    proposal uuid,
    CONSTRAINT item_relations_pkey PRIMARY KEY (from_item, kind, to_item),
    CONSTRAINT item_relations_from_fkey FOREIGN KEY (from_item) REFERENCES items,
    CONSTRAINT item_relations_to_fkey FOREIGN KEY (to_item) REFERENCES items,
    CONSTRAINT item_relations_release_fkey FOREIGN KEY (release) REFERENCES item_releases,
    CONSTRAINT item_relations_proposal_fkey FOREIGN KEY (proposal) REFERENCES item_proposals,
    CONSTRAINT item_relations_other CHECK (from_item <> to_item),
    CONSTRAINT item_relations_kind CHECK (kind IN ('REPLACED_BY', 'MERGED_INTO', 'SPLIT_INTO', 'GENERIC_OF', 'PACK_OF', 'CONTAINS'))
);
CREATE INDEX item_relations_to ON item_relations (to_item);
CREATE INDEX item_relations_release ON item_relations (release);
CREATE INDEX item_relations_proposal ON item_relations (proposal);
GRANT SELECT, INSERT ON item_relations TO jicai_app;

CREATE TABLE item_names (
    item uuid NOT NULL,
    -- BCP 47.
    lang text NOT NULL,
    purpose text NOT NULL,
    name text NOT NULL,
    -- 全拼 and 首字母 of a Chinese name, in small letters without blanks.
    pinyin text,
    initials text,
    CONSTRAINT item_names_pkey PRIMARY KEY (item, lang, purpose, name),
    CONSTRAINT item_names_item_fkey FOREIGN KEY (item) REFERENCES items,
    CONSTRAINT item_names_purpose CHECK (purpose IN ('GENERIC', 'TRADE', 'ALIAS')),
    CONSTRAINT item_names_pinyin CHECK ((pinyin IS NULL) = (initials IS NULL))
);
GRANT SELECT, INSERT ON item_names TO jicai_app;

CREATE TABLE item_flags (
    id uuid NOT NULL,
    item uuid NOT NULL,
    flag text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    -- 谈判价, or the price that it was selected with.
    price numeric,
    -- The list, batch or notice that it comes from.
    source text NOT NULL,
    recorded_at timestamptz NOT NULL,
    superseded_at timestamptz,
    release integer,
    CONSTRAINT item_flags_pkey PRIMARY KEY (id),
    CONSTRAINT item_flags_item_fkey FOREIGN KEY (item) REFERENCES items,
    CONSTRAINT item_flags_release_fkey FOREIGN KEY (release) REFERENCES item_releases,
    CONSTRAINT item_flags_flag CHECK (flag IN ('ESSENTIAL', 'EVALUATED', 'REFERENCE', 'ENCOURAGED_GENERIC', 'REIMBURSED_A', 'REIMBURSED_B',
        'VBP', 'VACCINE', 'NARCOTIC', 'IVD')),
    CONSTRAINT item_flags_valid CHECK (valid_from < valid_to),
    CONSTRAINT item_flags_known CHECK (recorded_at < superseded_at),
    CONSTRAINT item_flags_price CHECK (price IS NULL OR price > 0 AND flag IN ('REIMBURSED_A', 'REIMBURSED_B', 'VBP'))
);
CREATE INDEX item_flags_item ON item_flags (item, flag);
CREATE INDEX item_flags_flag ON item_flags (flag, item) WHERE superseded_at IS NULL;
CREATE INDEX item_flags_release ON item_flags (release);
GRANT SELECT, INSERT, UPDATE (superseded_at) ON item_flags TO jicai_app;

-- Who was first with what an item is: a digest of generic name, form, declared spec and holder, and one of these with the pack and its material.
-- Of several who propose one thing at once, the key lets one through and tells the others which.
CREATE TABLE item_identities (
    digest bytea NOT NULL,
    item uuid,
    proposal uuid,
    CONSTRAINT item_identities_pkey PRIMARY KEY (digest),
    CONSTRAINT item_identities_item_fkey FOREIGN KEY (item) REFERENCES items,
    CONSTRAINT item_identities_proposal_fkey FOREIGN KEY (proposal) REFERENCES item_proposals,
    CONSTRAINT item_identities_claimed CHECK (num_nonnulls(item, proposal) = 1)
);
CREATE INDEX item_identities_item ON item_identities (item);
CREATE INDEX item_identities_proposal ON item_identities (proposal) WHERE proposal IS NOT NULL;
GRANT SELECT, INSERT, UPDATE (item, proposal), DELETE ON item_identities TO jicai_app;

-- What contradicts itself, until somebody has looked.
CREATE TABLE item_conflicts (
    id uuid NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    -- The item that it was found at, and the one that it contradicts.
    item uuid NOT NULL,
    other uuid,
    system text NOT NULL,
    value text NOT NULL,
    -- From when the item claims the code.
    valid_from date,
    evidence text,
    document uuid,
    release integer,
    found_at timestamptz NOT NULL,
    resolution text,
    reason text,
    resolved_by uuid,
    resolved_at timestamptz,
    version integer NOT NULL,
    CONSTRAINT item_conflicts_pkey PRIMARY KEY (id),
    CONSTRAINT item_conflicts_item_fkey FOREIGN KEY (item) REFERENCES items,
    CONSTRAINT item_conflicts_other_fkey FOREIGN KEY (other) REFERENCES items,
    CONSTRAINT item_conflicts_document_fkey FOREIGN KEY (document) REFERENCES documents,
    CONSTRAINT item_conflicts_release_fkey FOREIGN KEY (release) REFERENCES item_releases,
    CONSTRAINT item_conflicts_resolved_by_fkey FOREIGN KEY (resolved_by) REFERENCES users,
    CONSTRAINT item_conflicts_kind CHECK (kind IN ('CODE_ON_TWO_ITEMS', 'CODE_REUSED', 'APPROVAL_ON_UNRELATED_NAMES', 'CLASS_MISMATCH',
        'REGISTRATION_EXPIRED')),
    CONSTRAINT item_conflicts_status CHECK (status IN ('OPEN', 'RESOLVED')),
    CONSTRAINT item_conflicts_resolved CHECK (num_nulls(resolution, reason, resolved_by, resolved_at) IN (0, 4)
        AND (status = 'OPEN') = (resolved_at IS NULL)),
    CONSTRAINT item_conflicts_resolution CHECK (resolution IN ('KEPT', 'MOVED', 'DISMISSED')),
    CONSTRAINT item_conflicts_version CHECK (version >= 1)
);
CREATE UNIQUE INDEX item_conflicts_open ON item_conflicts (kind, system, value, item) WHERE status = 'OPEN';
CREATE INDEX item_conflicts_status ON item_conflicts (status, id);
CREATE INDEX item_conflicts_item ON item_conflicts (item);
CREATE INDEX item_conflicts_other ON item_conflicts (other);
CREATE INDEX item_conflicts_document ON item_conflicts (document);
CREATE INDEX item_conflicts_release ON item_conflicts (release);
CREATE INDEX item_conflicts_resolved_by ON item_conflicts (resolved_by);
GRANT SELECT, INSERT, UPDATE (status, resolution, reason, resolved_by, resolved_at, version) ON item_conflicts TO jicai_app;

-- The diff of a release. Versions are never removed, so that before and after need no reference to hold them.
CREATE TABLE item_release_changes (
    release integer NOT NULL,
    item uuid NOT NULL,
    change text NOT NULL,
    before uuid,
    after uuid,
    CONSTRAINT item_release_changes_pkey PRIMARY KEY (release, item),
    CONSTRAINT item_release_changes_release_fkey FOREIGN KEY (release) REFERENCES item_releases,
    CONSTRAINT item_release_changes_item_fkey FOREIGN KEY (item) REFERENCES items,
    CONSTRAINT item_release_changes_change CHECK (change IN ('ADDED', 'CHANGED', 'RETIRED')
        AND (change = 'ADDED') = (before IS NULL) AND after IS NOT NULL)
);
CREATE INDEX item_release_changes_item ON item_release_changes (item);
GRANT SELECT, INSERT ON item_release_changes TO jicai_app;

-- The rows of a release as they were read, until it is published or discarded.
CREATE TABLE release_rows (
    release integer NOT NULL,
    line integer NOT NULL,
    kind text NOT NULL,
    system text NOT NULL,
    value text NOT NULL,
    -- None until the row is matched.
    item uuid,
    generic_name text NOT NULL,
    trade_name text,
    form text,
    declared_spec text,
    normal_spec text,
    holder_name text,
    maker_name text,
    units_per_pack integer,
    smallest_unit text,
    smallest_pack_unit text,
    material text,
    class_code text,
    generic_code text,
    form_code text,
    approval text,
    standard_code text,
    gtin text,
    sha256 bytea NOT NULL,
    identity bytea,
    -- Why the row waits for somebody to look; none where nothing is wrong with it.
    fault text,
    applied boolean NOT NULL,
    CONSTRAINT release_rows_pkey PRIMARY KEY (release, line),
    CONSTRAINT release_rows_release_fkey FOREIGN KEY (release) REFERENCES item_releases
);
CREATE INDEX release_rows_value ON release_rows (release, value);
GRANT SELECT, INSERT, UPDATE (item, fault, applied), DELETE ON release_rows TO jicai_app;
