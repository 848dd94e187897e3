-- From the provisional selection to the official result: supply regions, notices, objections.
ALTER TABLE rounds DROP CONSTRAINT rounds_status,
    ADD CONSTRAINT rounds_status CHECK (status IN ('DRAFT', 'ANNOUNCED', 'DEMAND', 'BIDDING', 'SEALED', 'OPENING', 'PROVISIONAL',
        'CHOOSING', 'NOTICE', 'OFFICIAL', 'CANCELLED'));

-- When each lot was decided last, and how it stood before.
ALTER TABLE lot_results ADD COLUMN decided_at timestamptz;
UPDATE lot_results SET decided_at = r.decided_at FROM round_results r WHERE r.round = lot_results.round;
ALTER TABLE lot_results ALTER COLUMN decided_at SET NOT NULL;
GRANT UPDATE (decided_at) ON lot_results TO jicai_app;

CREATE TABLE lot_result_editions (
    lot uuid NOT NULL,
    edition integer NOT NULL,
    status text NOT NULL,
    json text NOT NULL,
    decided_at timestamptz NOT NULL,
    replaced_at timestamptz NOT NULL,
    -- What made another decision necessary.
    cause text NOT NULL,
    CONSTRAINT lot_result_editions_pkey PRIMARY KEY (lot, edition),
    CONSTRAINT lot_result_editions_lot_fkey FOREIGN KEY (lot) REFERENCES lot_results,
    CONSTRAINT lot_result_editions_edition CHECK (edition >= 1),
    CONSTRAINT lot_result_editions_status CHECK (status IN ('DECIDED', 'TIED', 'NO_VALID_BID')),
    CONSTRAINT lot_result_editions_cause CHECK (cause IN ('SUPPLY', 'OBJECTION'))
);
GRANT SELECT, INSERT ON lot_result_editions TO jicai_app;

-- The selection of supply regions of a round.
CREATE TABLE supply_selections (
    round uuid NOT NULL,
    -- How long a turn lasts.
    minutes integer NOT NULL,
    begun_by uuid NOT NULL,
    begun_at timestamptz NOT NULL,
    CONSTRAINT supply_selections_pkey PRIMARY KEY (round),
    CONSTRAINT supply_selections_round_fkey FOREIGN KEY (round) REFERENCES round_results,
    CONSTRAINT supply_selections_begun_by_fkey FOREIGN KEY (begun_by) REFERENCES users,
    CONSTRAINT supply_selections_minutes CHECK (minutes BETWEEN 1 AND 1440)
);
CREATE INDEX supply_selections_begun_by ON supply_selections (begun_by);
GRANT SELECT, INSERT ON supply_selections TO jicai_app;

-- A lot's board: whose turn it is. It is played again, as another edition, when an objection had the lot decided again.
CREATE TABLE supply_boards (
    lot uuid NOT NULL,
    round uuid NOT NULL,
    edition integer NOT NULL,
    status text NOT NULL,
    -- Who may take what, as JSON, fixed when the board was opened.
    market text NOT NULL,
    turn integer NOT NULL,
    firm uuid,
    purpose text,
    turn_since timestamptz,
    turn_until timestamptz,
    -- When the lot was decided with its choices.
    decided_at timestamptz,
    version integer NOT NULL,
    CONSTRAINT supply_boards_pkey PRIMARY KEY (lot),
    CONSTRAINT supply_boards_lot_fkey FOREIGN KEY (lot) REFERENCES lot_results,
    CONSTRAINT supply_boards_round_fkey FOREIGN KEY (round) REFERENCES supply_selections,
    CONSTRAINT supply_boards_firm_fkey FOREIGN KEY (firm) REFERENCES organizations,
    CONSTRAINT supply_boards_edition CHECK (edition >= 1),
    CONSTRAINT supply_boards_turn CHECK (turn >= 1),
    CONSTRAINT supply_boards_status CHECK (CASE status
        WHEN 'OPEN' THEN firm IS NOT NULL AND purpose IS NOT NULL AND turn_since IS NOT NULL AND turn_until IS NOT NULL AND decided_at IS NULL
        WHEN 'DONE' THEN firm IS NULL AND purpose IS NULL AND turn_since IS NULL AND turn_until IS NULL
        ELSE false END),
    CONSTRAINT supply_boards_version CHECK (version >= 1)
);
CREATE INDEX supply_boards_round ON supply_boards (round, lot);
CREATE INDEX supply_boards_firm ON supply_boards (firm, turn_since, lot) WHERE status = 'OPEN';
GRANT SELECT, INSERT, UPDATE (edition, status, market, turn, firm, purpose, turn_since, turn_until, decided_at, version) ON supply_boards TO jicai_app;

-- What a firm is given when it lets its time pass.
CREATE TABLE supply_preferences (
    lot uuid NOT NULL,
    firm uuid NOT NULL,
    -- The first one first.
    regions text[] NOT NULL,
    set_at timestamptz NOT NULL,
    CONSTRAINT supply_preferences_pkey PRIMARY KEY (lot, firm),
    CONSTRAINT supply_preferences_lot_fkey FOREIGN KEY (lot) REFERENCES supply_boards,
    CONSTRAINT supply_preferences_firm_fkey FOREIGN KEY (firm) REFERENCES organizations
);
CREATE INDEX supply_preferences_firm ON supply_preferences (firm);
GRANT SELECT, INSERT, UPDATE (regions, set_at) ON supply_preferences TO jicai_app;

-- Every choice, for good, with the digest by which everybody follows it.
CREATE TABLE supply_choices (
    lot uuid NOT NULL,
    edition integer NOT NULL,
    number integer NOT NULL,
    firm uuid NOT NULL,
    -- 'main', 'backup' or a content.
    purpose text NOT NULL,
    region text NOT NULL,
    how text NOT NULL,
    chosen_by uuid,
    at timestamptz NOT NULL,
    digest bytea NOT NULL,
    CONSTRAINT supply_choices_pkey PRIMARY KEY (lot, edition, number),
    CONSTRAINT supply_choices_region_key UNIQUE (lot, edition, purpose, region),
    CONSTRAINT supply_choices_lot_fkey FOREIGN KEY (lot) REFERENCES supply_boards,
    CONSTRAINT supply_choices_firm_fkey FOREIGN KEY (firm) REFERENCES organizations,
    CONSTRAINT supply_choices_region_fkey FOREIGN KEY (region) REFERENCES regions,
    CONSTRAINT supply_choices_chosen_by_fkey FOREIGN KEY (chosen_by) REFERENCES users,
    CONSTRAINT supply_choices_number CHECK (number >= 1),
    CONSTRAINT supply_choices_how CHECK (CASE how WHEN 'CHOSEN' THEN chosen_by IS NOT NULL WHEN 'FALLBACK' THEN chosen_by IS NULL ELSE false END),
    CONSTRAINT supply_choices_digest CHECK (octet_length(digest) = 32)
);
CREATE INDEX supply_choices_firm ON supply_choices (firm);
CREATE INDEX supply_choices_region ON supply_choices (region);
CREATE INDEX supply_choices_chosen_by ON supply_choices (chosen_by);
GRANT SELECT, INSERT ON supply_choices TO jicai_app;

-- What was published of the result, whole and for good; another notice has the lots that were decided again.
CREATE TABLE round_notices (
    round uuid NOT NULL,
    edition integer NOT NULL,
    lots uuid[] NOT NULL,
    canonical text NOT NULL,
    sha256 bytea NOT NULL,
    objections_until timestamptz NOT NULL,
    standstill_until timestamptz NOT NULL,
    published_by uuid NOT NULL,
    published_at timestamptz NOT NULL,
    CONSTRAINT round_notices_pkey PRIMARY KEY (round, edition),
    CONSTRAINT round_notices_round_fkey FOREIGN KEY (round) REFERENCES round_results,
    CONSTRAINT round_notices_published_by_fkey FOREIGN KEY (published_by) REFERENCES users,
    CONSTRAINT round_notices_edition CHECK (edition >= 1),
    CONSTRAINT round_notices_terms CHECK (published_at < objections_until AND objections_until <= standstill_until),
    CONSTRAINT round_notices_sha256 CHECK (octet_length(sha256) = 32)
);
CREATE INDEX round_notices_published_by ON round_notices (published_by);
GRANT SELECT, INSERT ON round_notices TO jicai_app;

CREATE TABLE objections (
    id uuid NOT NULL,
    round uuid NOT NULL,
    objector uuid NOT NULL,
    lots uuid[] NOT NULL,
    grounds text NOT NULL,
    documents uuid[] NOT NULL,
    status text NOT NULL,
    submitted_by uuid NOT NULL,
    submitted_at timestamptz NOT NULL,
    decided_by uuid,
    decided_at timestamptz,
    answer text,
    -- The products that no longer count because it is right.
    excluded uuid[] NOT NULL,
    version integer NOT NULL,
    CONSTRAINT objections_pkey PRIMARY KEY (id),
    CONSTRAINT objections_round_fkey FOREIGN KEY (round) REFERENCES round_results,
    CONSTRAINT objections_objector_fkey FOREIGN KEY (objector) REFERENCES organizations,
    CONSTRAINT objections_submitted_by_fkey FOREIGN KEY (submitted_by) REFERENCES users,
    CONSTRAINT objections_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES users,
    CONSTRAINT objections_lots CHECK (cardinality(lots) >= 1),
    CONSTRAINT objections_status CHECK (CASE status
        WHEN 'SUBMITTED' THEN decided_by IS NULL AND decided_at IS NULL AND answer IS NULL AND cardinality(excluded) = 0
        WHEN 'WITHDRAWN' THEN decided_by IS NULL AND decided_at IS NULL AND answer IS NULL AND cardinality(excluded) = 0
        WHEN 'UPHELD' THEN decided_by IS NOT NULL AND decided_at IS NOT NULL AND answer IS NOT NULL AND cardinality(excluded) >= 1
        WHEN 'REJECTED' THEN decided_by IS NOT NULL AND decided_at IS NOT NULL AND answer IS NOT NULL AND cardinality(excluded) = 0
        ELSE false END),
    CONSTRAINT objections_version CHECK (version >= 1)
);
CREATE INDEX objections_round ON objections (round, id);
CREATE INDEX objections_objector ON objections (objector, id);
CREATE INDEX objections_submitted_by ON objections (submitted_by);
CREATE INDEX objections_decided_by ON objections (decided_by);
GRANT SELECT, INSERT, UPDATE (status, decided_by, decided_at, answer, excluded, version) ON objections TO jicai_app;

-- A line that an upheld objection took out of the decision.
ALTER TABLE bid_lines ADD COLUMN excluded_by uuid,
    ADD CONSTRAINT bid_lines_excluded_by_fkey FOREIGN KEY (excluded_by) REFERENCES objections,
    ADD CONSTRAINT bid_lines_excluded CHECK (excluded_by IS NULL OR fault IS NULL);
CREATE INDEX bid_lines_excluded_by ON bid_lines (excluded_by) WHERE excluded_by IS NOT NULL;
GRANT UPDATE (excluded_by) ON bid_lines TO jicai_app;
