-- What is ordered beside contracts: listed, negotiated (议价), filed (备案采购) and emergency items; added packs; and what stops new orders of
-- selected products.

-- 议价: a price of a listing for one institution, at or below the listed one. Both sides agree, and it is told to nobody else.
CREATE TABLE negotiated_prices (
    id uuid NOT NULL,
    listing uuid NOT NULL,
    hospital uuid NOT NULL,
    manufacturer uuid NOT NULL,
    -- Of a pack, tax included, and the listed one when it was proposed.
    price numeric(18, 4) NOT NULL,
    listed numeric(18, 4) NOT NULL,
    explanation text NOT NULL,
    status text NOT NULL,
    -- Why it was refused or ended.
    reason text,
    proposed_by uuid NOT NULL,
    proposed_at timestamptz NOT NULL,
    answered_by uuid,
    answered_at timestamptz,
    status_since timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT negotiated_prices_pkey PRIMARY KEY (id),
    CONSTRAINT negotiated_prices_listing_fkey FOREIGN KEY (listing) REFERENCES listings,
    CONSTRAINT negotiated_prices_hospital_fkey FOREIGN KEY (hospital) REFERENCES organizations,
    CONSTRAINT negotiated_prices_manufacturer_fkey FOREIGN KEY (manufacturer) REFERENCES organizations,
    CONSTRAINT negotiated_prices_proposed_by_fkey FOREIGN KEY (proposed_by) REFERENCES users,
    CONSTRAINT negotiated_prices_answered_by_fkey FOREIGN KEY (answered_by) REFERENCES users,
    CONSTRAINT negotiated_prices_price CHECK (price > 0 AND price <= listed),
    CONSTRAINT negotiated_prices_status CHECK (status IN ('PROPOSED', 'AGREED', 'REFUSED', 'ENDED')),
    CONSTRAINT negotiated_prices_reason CHECK ((reason IS NOT NULL) = (status IN ('REFUSED', 'ENDED'))),
    CONSTRAINT negotiated_prices_answered CHECK ((answered_by IS NULL) = (answered_at IS NULL)
        AND (status <> 'PROPOSED' OR answered_at IS NULL) AND (status NOT IN ('AGREED', 'REFUSED') OR answered_at IS NOT NULL)),
    CONSTRAINT negotiated_prices_version CHECK (version >= 1)
);
-- One that waits and one that holds, for an institution and a listing.
CREATE UNIQUE INDEX negotiated_prices_proposed ON negotiated_prices (listing, hospital) WHERE status = 'PROPOSED';
CREATE UNIQUE INDEX negotiated_prices_agreed ON negotiated_prices (listing, hospital) WHERE status = 'AGREED';
CREATE INDEX negotiated_prices_listing ON negotiated_prices (listing);
CREATE INDEX negotiated_prices_hospital ON negotiated_prices (hospital, id);
CREATE INDEX negotiated_prices_manufacturer ON negotiated_prices (manufacturer, id);
CREATE INDEX negotiated_prices_proposed_by ON negotiated_prices (proposed_by);
CREATE INDEX negotiated_prices_answered_by ON negotiated_prices (answered_by);
GRANT SELECT, INSERT, UPDATE (status, reason, answered_by, answered_at, status_since, version) ON negotiated_prices TO jicai_app;

-- 备案采购: an item that is not listed, bought by one institution with the office's approval, so many packs until a day.
CREATE TABLE filings (
    id uuid NOT NULL,
    hospital uuid NOT NULL,
    region text NOT NULL,
    within text[] NOT NULL GENERATED ALWAYS AS
        (ARRAY['000000', left(region, 2) || '0000', left(region, 4) || '00', region]) STORED,
    item uuid NOT NULL,
    manufacturer uuid NOT NULL,
    -- As the registry said when it was filed.
    name text NOT NULL,
    spec text,
    unit text NOT NULL,
    pack_units bigint NOT NULL,
    price numeric(18, 4) NOT NULL,
    asked bigint NOT NULL,
    -- What was approved, what of it was ordered, and the last day on which it may be.
    packs bigint,
    taken bigint NOT NULL,
    until date,
    reason text NOT NULL,
    status text NOT NULL,
    decision text,
    rules text NOT NULL,
    applied_by uuid NOT NULL,
    applied_at timestamptz NOT NULL,
    decided_by uuid,
    decided_at timestamptz,
    status_since timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT filings_pkey PRIMARY KEY (id),
    CONSTRAINT filings_hospital_fkey FOREIGN KEY (hospital) REFERENCES organizations,
    CONSTRAINT filings_region_fkey FOREIGN KEY (region) REFERENCES regions,
    CONSTRAINT filings_item_fkey FOREIGN KEY (item) REFERENCES items,
    CONSTRAINT filings_manufacturer_fkey FOREIGN KEY (manufacturer) REFERENCES organizations,
    CONSTRAINT filings_applied_by_fkey FOREIGN KEY (applied_by) REFERENCES users,
    CONSTRAINT filings_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES users,
    CONSTRAINT filings_price CHECK (price > 0 AND pack_units >= 1 AND asked >= 1),
    CONSTRAINT filings_status CHECK (status IN ('APPLIED', 'APPROVED', 'REFUSED', 'ENDED')),
    CONSTRAINT filings_decided CHECK ((decided_by IS NULL) = (decided_at IS NULL) AND (decided_by IS NULL) = (status = 'APPLIED')
        AND (decision IS NOT NULL OR status NOT IN ('REFUSED', 'ENDED'))),
    CONSTRAINT filings_approved CHECK ((packs IS NOT NULL) = (status IN ('APPROVED', 'ENDED')) AND (packs IS NULL) = (until IS NULL)
        AND taken BETWEEN 0 AND coalesce(packs, 0) AND coalesce(packs, 1) BETWEEN 1 AND asked),
    CONSTRAINT filings_version CHECK (version >= 1)
);
CREATE INDEX filings_hospital ON filings (hospital, id);
CREATE INDEX filings_region ON filings (region);
CREATE INDEX filings_within ON filings USING gin (within);
CREATE INDEX filings_item ON filings (item);
CREATE INDEX filings_manufacturer ON filings (manufacturer, id);
CREATE INDEX filings_applied_by ON filings (applied_by);
CREATE INDEX filings_decided_by ON filings (decided_by);
-- What waits for an office.
CREATE INDEX filings_waiting ON filings (status_since, id) WHERE status = 'APPLIED';
GRANT SELECT, INSERT, UPDATE (packs, taken, until, status, decision, decided_by, decided_at, status_since, version) ON filings TO jicai_app;

-- What stops new orders and seals of a selected product (召回、暂停采购、处罚), from an instant to an instant. The gravest that stands is told
-- in selected_products.blocked, which changes in the same commit and never else.
CREATE TABLE product_blocks (
    id uuid NOT NULL,
    product uuid NOT NULL,
    kind text NOT NULL,
    source text NOT NULL,
    reason text NOT NULL,
    set_by uuid NOT NULL,
    set_at timestamptz NOT NULL,
    lifted_by uuid,
    lifted_at timestamptz,
    lift_reason text,
    CONSTRAINT product_blocks_pkey PRIMARY KEY (id),
    CONSTRAINT product_blocks_product_fkey FOREIGN KEY (product) REFERENCES selected_products,
    CONSTRAINT product_blocks_set_by_fkey FOREIGN KEY (set_by) REFERENCES users,
    CONSTRAINT product_blocks_lifted_by_fkey FOREIGN KEY (lifted_by) REFERENCES users,
    CONSTRAINT product_blocks_kind CHECK (kind IN ('RECALL', 'SUSPENSION', 'SANCTION')),
    CONSTRAINT product_blocks_source CHECK (source IN ('OFFICE', 'REGULATOR')),
    CONSTRAINT product_blocks_lifted CHECK (num_nulls(lifted_by, lifted_at, lift_reason) IN (0, 3) AND set_at <= lifted_at)
);
CREATE UNIQUE INDEX product_blocks_open ON product_blocks (product, kind) WHERE lifted_at IS NULL;
CREATE INDEX product_blocks_product ON product_blocks (product, id);
CREATE INDEX product_blocks_set_by ON product_blocks (set_by);
CREATE INDEX product_blocks_lifted_by ON product_blocks (lifted_by);
GRANT SELECT, INSERT, UPDATE (lifted_by, lifted_at, lift_reason) ON product_blocks TO jicai_app;

-- A line is on a contract, a listing or a filing.
ALTER TABLE order_lines
    ADD COLUMN negotiated uuid,
    ADD COLUMN filing uuid,
    ADD COLUMN added_pack uuid,
    ADD CONSTRAINT order_lines_listing_fkey FOREIGN KEY (listing) REFERENCES listings,
    ADD CONSTRAINT order_lines_negotiated_fkey FOREIGN KEY (negotiated) REFERENCES negotiated_prices,
    ADD CONSTRAINT order_lines_filing_fkey FOREIGN KEY (filing) REFERENCES filings,
    ADD CONSTRAINT order_lines_added_pack_fkey FOREIGN KEY (added_pack) REFERENCES added_packs,
    DROP CONSTRAINT order_lines_basis,
    ADD CONSTRAINT order_lines_basis CHECK ((kind = 'SELECTED') = (contract IS NOT NULL)
        AND (kind IN ('LISTED', 'NEGOTIATED', 'EMERGENCY')) = (listing IS NOT NULL) AND (kind = 'NEGOTIATED') = (negotiated IS NOT NULL)
        AND (kind = 'FILED') = (filing IS NOT NULL) AND (added_pack IS NULL OR kind = 'SELECTED'));
CREATE INDEX order_lines_listing ON order_lines (listing) WHERE listing IS NOT NULL;
CREATE INDEX order_lines_negotiated ON order_lines (negotiated) WHERE negotiated IS NOT NULL;
CREATE INDEX order_lines_filing ON order_lines (filing) WHERE filing IS NOT NULL;
CREATE INDEX order_lines_added_pack ON order_lines (added_pack) WHERE added_pack IS NOT NULL;

-- 应急采购: why a line was ordered off the region's list, and what is reported of it afterwards.
CREATE TABLE emergencies (
    order_line uuid NOT NULL,
    hospital uuid NOT NULL,
    because text NOT NULL,
    report_by timestamptz NOT NULL,
    report text,
    reported_at timestamptz,
    CONSTRAINT emergencies_pkey PRIMARY KEY (order_line),
    CONSTRAINT emergencies_order_line_fkey FOREIGN KEY (order_line) REFERENCES order_lines,
    CONSTRAINT emergencies_hospital_fkey FOREIGN KEY (hospital) REFERENCES organizations,
    CONSTRAINT emergencies_reported CHECK ((report IS NULL) = (reported_at IS NULL))
);
CREATE INDEX emergencies_hospital ON emergencies (hospital, report_by);
GRANT SELECT, INSERT, UPDATE (report, reported_at) ON emergencies TO jicai_app;

-- A listing is bought at its price, at a negotiated one and in an emergency: a row each.
ALTER TABLE order_months DROP CONSTRAINT order_months_pkey,
    ADD CONSTRAINT order_months_pkey PRIMARY KEY (hospital, basis, month, kind);
