-- Shares of a round's key, until it is opened: each encrypted to a key that the platform derives and nobody stores.
CREATE TABLE round_shares (
    round uuid NOT NULL,
    position smallint NOT NULL,
    custodian uuid NOT NULL,
    envelope bytea NOT NULL,
    given_at timestamptz NOT NULL,
    CONSTRAINT round_shares_pkey PRIMARY KEY (round, position),
    CONSTRAINT round_shares_round_fkey FOREIGN KEY (round) REFERENCES rounds,
    CONSTRAINT round_shares_custodian_fkey FOREIGN KEY (custodian) REFERENCES users,
    CONSTRAINT round_shares_position CHECK (position BETWEEN 1 AND 255)
);
CREATE INDEX round_shares_custodian ON round_shares (custodian);
GRANT SELECT, INSERT, DELETE ON round_shares TO jicai_app;

-- The decision on a round. The result as a file is the head, the lots with ",\n" between them, and the tail.
CREATE TABLE round_results (
    round uuid NOT NULL,
    head text NOT NULL,
    tail text NOT NULL,
    opened_at timestamptz NOT NULL,
    decided_at timestamptz NOT NULL,
    CONSTRAINT round_results_pkey PRIMARY KEY (round),
    CONSTRAINT round_results_round_fkey FOREIGN KEY (round) REFERENCES rounds
);
GRANT SELECT, INSERT, UPDATE (tail, decided_at) ON round_results TO jicai_app;

CREATE TABLE lot_results (
    lot uuid NOT NULL,
    round uuid NOT NULL,
    -- Its place in the round, from 1.
    place integer NOT NULL,
    status text NOT NULL,
    qualified_bidders bigint NOT NULL,
    cap bigint,
    -- Prices are as they are printed: exact ratios to six places.
    lowest text,
    anchor text,
    months bigint,
    until text,
    -- The demand that it was decided on, as JSON: rows of region, volume, bidder, product, content.
    demand text NOT NULL,
    -- Its part of the result as a file.
    json text NOT NULL,
    CONSTRAINT lot_results_pkey PRIMARY KEY (lot),
    CONSTRAINT lot_results_place_key UNIQUE (round, place),
    CONSTRAINT lot_results_lot_fkey FOREIGN KEY (lot) REFERENCES round_lots,
    CONSTRAINT lot_results_round_fkey FOREIGN KEY (round) REFERENCES round_results,
    CONSTRAINT lot_results_status CHECK (status IN ('DECIDED', 'TIED', 'NO_VALID_BID')),
    CONSTRAINT lot_results_period CHECK (months IS NULL OR until IS NULL)
);
GRANT SELECT, INSERT, UPDATE (status, qualified_bidders, cap, lowest, anchor, months, until, json) ON lot_results TO jicai_app;

-- What became of each sealed bid at the opening.
CREATE TABLE bid_openings (
    bid uuid NOT NULL,
    round uuid NOT NULL,
    bidder uuid NOT NULL,
    -- Why it is void as a whole.
    fault text,
    CONSTRAINT bid_openings_pkey PRIMARY KEY (bid),
    CONSTRAINT bid_openings_round_fkey FOREIGN KEY (round) REFERENCES round_results,
    CONSTRAINT bid_openings_bidder_fkey FOREIGN KEY (bidder) REFERENCES organizations
);
CREATE INDEX bid_openings_round ON bid_openings (round, bid);
CREATE INDEX bid_openings_bidder ON bid_openings (bidder);
GRANT SELECT, INSERT ON bid_openings TO jicai_app;

-- The lines of opened bids: those that count, as the selection reads them, and those that are void, with the reason.
CREATE TABLE bid_lines (
    bid uuid NOT NULL,
    position integer NOT NULL,
    round uuid NOT NULL,
    bidder uuid NOT NULL,
    product_named text NOT NULL,
    price numeric NOT NULL,
    units bigint NOT NULL,
    fault text,
    lot uuid,
    product uuid,
    -- The names in the result.
    bidder_label text,
    group_label text,
    product_label text,
    content numeric,
    ceiling numeric,
    -- The values of the rule set's extra columns, in their order.
    extra numeric[],
    tie_order integer,
    CONSTRAINT bid_lines_pkey PRIMARY KEY (bid, position),
    CONSTRAINT bid_lines_bid_fkey FOREIGN KEY (bid) REFERENCES bid_openings,
    CONSTRAINT bid_lines_lot_fkey FOREIGN KEY (lot) REFERENCES lot_results,
    CONSTRAINT bid_lines_product_key UNIQUE (product),
    CONSTRAINT bid_lines_counted CHECK (CASE WHEN fault IS NULL
        THEN lot IS NOT NULL AND product IS NOT NULL AND bidder_label IS NOT NULL AND product_label IS NOT NULL AND extra IS NOT NULL
        ELSE lot IS NULL AND product IS NULL AND tie_order IS NULL END),
    CONSTRAINT bid_lines_tie_order CHECK (tie_order >= 1)
);
CREATE INDEX bid_lines_lot ON bid_lines (lot);
CREATE INDEX bid_lines_void ON bid_lines (round, bid, position) WHERE fault IS NOT NULL;
GRANT SELECT, INSERT, UPDATE (tie_order) ON bid_lines TO jicai_app;

CREATE TABLE bid_results (
    product uuid NOT NULL,
    lot uuid NOT NULL,
    bidder uuid NOT NULL,
    -- Its place in the lot's result, from 1.
    place integer NOT NULL,
    rank bigint,
    valid boolean NOT NULL,
    shortlisted boolean NOT NULL,
    selected boolean NOT NULL,
    tied boolean NOT NULL,
    unit_price text NOT NULL,
    comparable_price text NOT NULL,
    final_price text,
    share text,
    agreed_volume bigint,
    -- JSON, as in the result as a file.
    reasons text NOT NULL,
    CONSTRAINT bid_results_pkey PRIMARY KEY (product),
    CONSTRAINT bid_results_product_fkey FOREIGN KEY (product) REFERENCES bid_lines (product),
    CONSTRAINT bid_results_lot_fkey FOREIGN KEY (lot) REFERENCES lot_results,
    CONSTRAINT bid_results_selected CHECK ((final_price IS NOT NULL) = selected)
);
CREATE INDEX bid_results_lot ON bid_results (lot, place);
GRANT SELECT, INSERT, DELETE ON bid_results TO jicai_app;

CREATE TABLE tie_resolutions (
    id uuid NOT NULL,
    round uuid NOT NULL,
    status text NOT NULL,
    -- The products of the tied bids, the first one first.
    products uuid[] NOT NULL,
    evidence uuid NOT NULL,
    explanation text NOT NULL,
    proposed_by uuid NOT NULL,
    proposed_at timestamptz NOT NULL,
    decided_by uuid,
    decided_at timestamptz,
    reason text,
    CONSTRAINT tie_resolutions_pkey PRIMARY KEY (id),
    CONSTRAINT tie_resolutions_round_fkey FOREIGN KEY (round) REFERENCES round_results,
    CONSTRAINT tie_resolutions_evidence_fkey FOREIGN KEY (evidence) REFERENCES documents,
    CONSTRAINT tie_resolutions_proposed_by_fkey FOREIGN KEY (proposed_by) REFERENCES users,
    CONSTRAINT tie_resolutions_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES users,
    CONSTRAINT tie_resolutions_status CHECK (CASE status
        WHEN 'PROPOSED' THEN decided_by IS NULL AND decided_at IS NULL AND reason IS NULL
        WHEN 'CONFIRMED' THEN decided_by IS NOT NULL AND decided_at IS NOT NULL AND reason IS NULL
        WHEN 'REJECTED' THEN decided_by IS NOT NULL AND decided_at IS NOT NULL AND reason IS NOT NULL
        ELSE false END),
    CONSTRAINT tie_resolutions_two_persons CHECK (decided_by <> proposed_by)
);
CREATE INDEX tie_resolutions_round ON tie_resolutions (round, id);
CREATE INDEX tie_resolutions_proposed_by ON tie_resolutions (proposed_by);
CREATE INDEX tie_resolutions_decided_by ON tie_resolutions (decided_by);
CREATE INDEX tie_resolutions_evidence ON tie_resolutions (evidence);
GRANT SELECT, INSERT, UPDATE (status, decided_by, decided_at, reason) ON tie_resolutions TO jicai_app;
