-- Rounds from their draft to the provisional selection, and what they announce.
ALTER TABLE documents DROP CONSTRAINT documents_kind,
    ADD CONSTRAINT documents_kind CHECK (kind IN ('LICENCE', 'IMPORT', 'REJECTED_ROWS', 'ROUND'));

CREATE TABLE rounds (
    id uuid NOT NULL,
    office uuid NOT NULL,
    status text NOT NULL,
    reason text,
    -- How often it was announced: 0 for a draft.
    edition integer NOT NULL,
    -- Whoever drafted it last; whoever announced it.
    drafted_by uuid NOT NULL,
    announced_by uuid,
    name text NOT NULL,
    product_kind text NOT NULL,
    alliance uuid,
    product_group text,
    rules text NOT NULL,
    disclosure text NOT NULL,
    past_use_share numeric NOT NULL,
    threshold smallint NOT NULL,
    demand_from timestamptz NOT NULL,
    demand_until timestamptz NOT NULL,
    qualification_until timestamptz NOT NULL,
    bids_from timestamptz NOT NULL,
    bids_until timestamptz NOT NULL,
    opening_from timestamptz NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT rounds_pkey PRIMARY KEY (id),
    CONSTRAINT rounds_office_fkey FOREIGN KEY (office) REFERENCES organizations,
    CONSTRAINT rounds_drafted_by_fkey FOREIGN KEY (drafted_by) REFERENCES users,
    CONSTRAINT rounds_announced_by_fkey FOREIGN KEY (announced_by) REFERENCES users,
    CONSTRAINT rounds_alliance_fkey FOREIGN KEY (alliance) REFERENCES alliances,
    CONSTRAINT rounds_status CHECK (status IN ('DRAFT', 'ANNOUNCED', 'DEMAND', 'BIDDING', 'SEALED', 'OPENING', 'PROVISIONAL', 'CANCELLED')),
    CONSTRAINT rounds_reason CHECK ((reason IS NOT NULL) = (status = 'CANCELLED')),
    CONSTRAINT rounds_edition CHECK (CASE WHEN status = 'DRAFT' THEN edition = 0 WHEN status = 'CANCELLED' THEN edition >= 0 ELSE edition >= 1 END),
    CONSTRAINT rounds_announced CHECK ((announced_by IS NOT NULL) = (edition >= 1)),
    CONSTRAINT rounds_product_kind CHECK (product_kind IN ('DRUG', 'CONSUMABLE')),
    CONSTRAINT rounds_buyer CHECK ((alliance IS NULL) = (product_group IS NULL)),
    CONSTRAINT rounds_disclosure CHECK (disclosure IN ('EVERYTHING', 'SELECTED_WITH_PRICES', 'SELECTED_NAMES')),
    CONSTRAINT rounds_past_use_share CHECK (past_use_share BETWEEN 0 AND 1),
    CONSTRAINT rounds_threshold CHECK (threshold >= 2),
    CONSTRAINT rounds_calendar CHECK (demand_from < demand_until AND demand_until <= bids_from AND bids_from < bids_until
        AND demand_from < qualification_until AND qualification_until <= bids_until AND bids_until <= opening_from),
    CONSTRAINT rounds_version CHECK (version >= 1)
);
CREATE INDEX rounds_office ON rounds (office, id);
CREATE INDEX rounds_alliance ON rounds (alliance);
CREATE INDEX rounds_drafted_by ON rounds (drafted_by);
CREATE INDEX rounds_announced_by ON rounds (announced_by);
-- What the calendar still moves.
CREATE INDEX rounds_moving ON rounds (id) WHERE status IN ('ANNOUNCED', 'DEMAND', 'BIDDING');
GRANT SELECT, INSERT, UPDATE (status, reason, edition, drafted_by, announced_by, name, product_kind, alliance, product_group, rules, disclosure,
    past_use_share, threshold, demand_from, demand_until, qualification_until, bids_from, bids_until, opening_from, version) ON rounds TO jicai_app;

-- The regions that buy: the office's, or the alliance's members on the day of the announcement.
CREATE TABLE round_regions (
    round uuid NOT NULL,
    region text NOT NULL,
    CONSTRAINT round_regions_pkey PRIMARY KEY (round, region),
    CONSTRAINT round_regions_round_fkey FOREIGN KEY (round) REFERENCES rounds,
    CONSTRAINT round_regions_region_fkey FOREIGN KEY (region) REFERENCES regions
);
CREATE INDEX round_regions_region ON round_regions (region);
GRANT SELECT, INSERT, DELETE ON round_regions TO jicai_app;

CREATE TABLE round_custodians (
    round uuid NOT NULL,
    custodian uuid NOT NULL,
    position smallint NOT NULL,
    CONSTRAINT round_custodians_pkey PRIMARY KEY (round, custodian),
    CONSTRAINT round_custodians_position_key UNIQUE (round, position),
    CONSTRAINT round_custodians_round_fkey FOREIGN KEY (round) REFERENCES rounds,
    CONSTRAINT round_custodians_custodian_fkey FOREIGN KEY (custodian) REFERENCES users,
    CONSTRAINT round_custodians_position CHECK (position BETWEEN 1 AND 255)
);
CREATE INDEX round_custodians_custodian ON round_custodians (custodian);
GRANT SELECT, INSERT, DELETE ON round_custodians TO jicai_app;

CREATE TABLE round_documents (
    round uuid NOT NULL,
    position smallint NOT NULL,
    document uuid NOT NULL,
    title text NOT NULL,
    CONSTRAINT round_documents_pkey PRIMARY KEY (round, position),
    CONSTRAINT round_documents_round_fkey FOREIGN KEY (round) REFERENCES rounds,
    CONSTRAINT round_documents_document_fkey FOREIGN KEY (document) REFERENCES documents
);
CREATE INDEX round_documents_document ON round_documents (document);
GRANT SELECT, INSERT, DELETE ON round_documents TO jicai_app;

-- Lots and specs of the newest edition. What a correction took out stays, because demand and products name it.
CREATE TABLE round_lots (
    id uuid NOT NULL,
    round uuid NOT NULL,
    number integer NOT NULL,
    name text NOT NULL,
    form text NOT NULL,
    volume_class text,
    cap integer,
    unit text NOT NULL,
    withdrawn_in integer,
    CONSTRAINT round_lots_pkey PRIMARY KEY (id),
    CONSTRAINT round_lots_number_key UNIQUE (round, number),
    CONSTRAINT round_lots_round_fkey FOREIGN KEY (round) REFERENCES rounds,
    CONSTRAINT round_lots_number CHECK (number >= 1),
    CONSTRAINT round_lots_form CHECK (form IN ('ORAL', 'SMALL_INJECTION', 'LARGE_INJECTION', 'CONSUMABLE')),
    CONSTRAINT round_lots_cap CHECK (cap >= 1)
);
CREATE UNIQUE INDEX round_lots_name ON round_lots (round, name) WHERE withdrawn_in IS NULL;
GRANT SELECT, INSERT, UPDATE (name, form, volume_class, cap, unit, withdrawn_in), DELETE ON round_lots TO jicai_app;

CREATE TABLE round_specs (
    id uuid NOT NULL,
    lot uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    -- What the engine compares by; none where the lot's contents do not differ.
    content numeric,
    -- Maximum valid bid per smallest unit, tax included.
    ceiling numeric NOT NULL,
    representative boolean NOT NULL,
    withdrawn_in integer,
    CONSTRAINT round_specs_pkey PRIMARY KEY (id),
    CONSTRAINT round_specs_lot_fkey FOREIGN KEY (lot) REFERENCES round_lots,
    CONSTRAINT round_specs_content CHECK (content > 0),
    CONSTRAINT round_specs_ceiling CHECK (ceiling > 0)
);
CREATE UNIQUE INDEX round_specs_code ON round_specs (lot, code);
CREATE UNIQUE INDEX round_specs_representative ON round_specs (lot) WHERE representative AND withdrawn_in IS NULL;
GRANT SELECT, INSERT, UPDATE (name, content, ceiling, representative, withdrawn_in), DELETE ON round_specs TO jicai_app;

-- What was announced, whole and for good: the canonical form, its SHA-256, and what it changed.
CREATE TABLE round_editions (
    round uuid NOT NULL,
    edition integer NOT NULL,
    canonical text NOT NULL,
    sha256 bytea NOT NULL,
    changes text NOT NULL,
    reason text,
    announced_by uuid NOT NULL,
    announced_at timestamptz NOT NULL,
    CONSTRAINT round_editions_pkey PRIMARY KEY (round, edition),
    CONSTRAINT round_editions_round_fkey FOREIGN KEY (round) REFERENCES rounds,
    CONSTRAINT round_editions_announced_by_fkey FOREIGN KEY (announced_by) REFERENCES users,
    CONSTRAINT round_editions_edition CHECK (edition >= 1),
    CONSTRAINT round_editions_reason CHECK ((reason IS NOT NULL) = (edition > 1)),
    CONSTRAINT round_editions_sha256 CHECK (octet_length(sha256) = 32)
);
CREATE INDEX round_editions_announced_by ON round_editions (announced_by);
GRANT SELECT, INSERT ON round_editions TO jicai_app;
