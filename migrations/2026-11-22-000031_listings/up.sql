-- Distribution relations (配送关系), which distributors a hospital ticks (勾选配送企业), and listings (挂网) with the history of their prices, their
-- labels and what stops them.

-- What a product is listed as in a region. The price is that in force; before the office has approved, the one that is applied for.
CREATE TABLE listings (
    id uuid NOT NULL,
    item uuid,
    manufacturer uuid NOT NULL,
    region text NOT NULL,
    within text[] NOT NULL GENERATED ALWAYS AS
        (ARRAY['000000', left(region, 2) || '0000', left(region, 4) || '00', region]) STORED,
    -- As the registry said when it was applied for.
    name text NOT NULL,
    form text,
    spec text,
    holder_name text NOT NULL,
    unit text NOT NULL,
    -- 四同 and 三同: what its price is compared with; none where the registry does not tell enough.
    same4 text,
    same3 text,
    -- Of a pack, tax included.
    price numeric(18, 4) NOT NULL,
    pack_units bigint NOT NULL,
    state text NOT NULL,
    reason text,
    -- Who suspended it; only that side lists it again.
    suspended_by text,
    applied_by uuid NOT NULL,
    applied_at timestamptz NOT NULL,
    listed_at timestamptz,
    state_since timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT listings_pkey PRIMARY KEY (id),
    CONSTRAINT listings_item_fkey FOREIGN KEY (item) REFERENCES items,
    CONSTRAINT listings_manufacturer_fkey FOREIGN KEY (manufacturer) REFERENCES organizations,
    CONSTRAINT listings_region_fkey FOREIGN KEY (region) REFERENCES regions,
    CONSTRAINT listings_applied_by_fkey FOREIGN KEY (applied_by) REFERENCES users,
    CONSTRAINT listings_price CHECK (price > 0 AND pack_units >= 1),
    CONSTRAINT listings_state CHECK (state IN ('APPLIED', 'RETURNED', 'REJECTED', 'WITHDRAWN', 'LISTED', 'SUSPENDED', 'DELISTED')),
    CONSTRAINT listings_reason CHECK ((reason IS NOT NULL) = (state IN ('RETURNED', 'REJECTED', 'SUSPENDED', 'DELISTED'))),
    CONSTRAINT listings_suspended_by CHECK ((suspended_by IS NOT NULL) = (state = 'SUSPENDED') AND suspended_by IN ('FIRM', 'OFFICE')),
    CONSTRAINT listings_listed CHECK ((listed_at IS NOT NULL) = (state IN ('LISTED', 'SUSPENDED', 'DELISTED'))),
    CONSTRAINT listings_version CHECK (version >= 1)
);
-- One item is listed, or applied for, once in a region.
CREATE UNIQUE INDEX listings_live ON listings (item, region, manufacturer)
    WHERE state IN ('APPLIED', 'RETURNED', 'LISTED', 'SUSPENDED');
CREATE INDEX listings_item ON listings (item);
CREATE INDEX listings_manufacturer ON listings (manufacturer, id);
CREATE INDEX listings_region ON listings (region, id);
CREATE INDEX listings_within ON listings USING gin (within);
CREATE INDEX listings_same4 ON listings (same4) WHERE state = 'LISTED';
CREATE INDEX listings_same3 ON listings (same3, region) WHERE state = 'LISTED';
CREATE INDEX listings_applied_by ON listings (applied_by);
GRANT SELECT, INSERT, UPDATE (price, state, reason, suspended_by, listed_at, state_since, version) ON listings TO jicai_app;

-- Every price that was applied for, and from when to when it was in force.
CREATE TABLE listing_prices (
    id uuid NOT NULL,
    listing uuid NOT NULL,
    price numeric(18, 4) NOT NULL,
    status text NOT NULL,
    -- What the firm says for it, and the documents that prove it.
    explanation text NOT NULL,
    documents uuid[] NOT NULL,
    -- What the rules said of it when it was applied for, and when it was decided: JSON with the rule files and their versions.
    verdict text NOT NULL,
    proposed_by uuid NOT NULL,
    proposed_at timestamptz NOT NULL,
    decided_by uuid,
    decided_at timestamptz,
    decision text,
    effective_at timestamptz,
    ended_at timestamptz,
    CONSTRAINT listing_prices_pkey PRIMARY KEY (id),
    CONSTRAINT listing_prices_listing_fkey FOREIGN KEY (listing) REFERENCES listings,
    CONSTRAINT listing_prices_proposed_by_fkey FOREIGN KEY (proposed_by) REFERENCES users,
    CONSTRAINT listing_prices_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES users,
    CONSTRAINT listing_prices_price CHECK (price > 0),
    CONSTRAINT listing_prices_status CHECK (status IN ('PROPOSED', 'IN_FORCE', 'ENDED', 'REJECTED', 'WITHDRAWN')),
    CONSTRAINT listing_prices_decided CHECK ((status = 'PROPOSED') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)
        AND (status = 'REJECTED') <= (decision IS NOT NULL)),
    CONSTRAINT listing_prices_effective CHECK ((effective_at IS NOT NULL) = (status IN ('IN_FORCE', 'ENDED'))
        AND (ended_at IS NOT NULL) = (status = 'ENDED') AND effective_at <= ended_at)
);
CREATE UNIQUE INDEX listing_prices_in_force ON listing_prices (listing) WHERE status = 'IN_FORCE';
CREATE UNIQUE INDEX listing_prices_proposed ON listing_prices (listing) WHERE status = 'PROPOSED';
CREATE INDEX listing_prices_listing ON listing_prices (listing, id);
CREATE INDEX listing_prices_documents ON listing_prices USING gin (documents);
CREATE INDEX listing_prices_proposed_by ON listing_prices (proposed_by);
CREATE INDEX listing_prices_decided_by ON listing_prices (decided_by);
GRANT SELECT, INSERT, UPDATE (status, verdict, decided_by, decided_at, decision, effective_at, ended_at) ON listing_prices TO jicai_app;

-- Labels (黄标, 红标) and what stops new orders (召回, 暂停采购, 处罚), from an instant to an instant.
CREATE TABLE listing_marks (
    id uuid NOT NULL,
    listing uuid NOT NULL,
    kind text NOT NULL,
    -- RULES where a price rule set it with a decision about a price, else the side that did.
    source text NOT NULL,
    reason text NOT NULL,
    set_by uuid NOT NULL,
    set_at timestamptz NOT NULL,
    lifted_by uuid,
    lifted_at timestamptz,
    lift_reason text,
    CONSTRAINT listing_marks_pkey PRIMARY KEY (id),
    CONSTRAINT listing_marks_listing_fkey FOREIGN KEY (listing) REFERENCES listings,
    CONSTRAINT listing_marks_set_by_fkey FOREIGN KEY (set_by) REFERENCES users,
    CONSTRAINT listing_marks_lifted_by_fkey FOREIGN KEY (lifted_by) REFERENCES users,
    CONSTRAINT listing_marks_kind CHECK (kind IN ('YELLOW', 'RED', 'RECALL', 'SUSPENSION', 'SANCTION')),
    CONSTRAINT listing_marks_source CHECK (source IN ('RULES', 'OFFICE', 'REGULATOR') AND (source <> 'RULES' OR kind IN ('YELLOW', 'RED'))),
    CONSTRAINT listing_marks_lifted CHECK (num_nulls(lifted_by, lifted_at, lift_reason) IN (0, 3) AND set_at <= lifted_at)
);
CREATE UNIQUE INDEX listing_marks_open ON listing_marks (listing, kind) WHERE lifted_at IS NULL;
CREATE INDEX listing_marks_listing ON listing_marks (listing, id);
CREATE INDEX listing_marks_set_by ON listing_marks (set_by);
CREATE INDEX listing_marks_lifted_by ON listing_marks (lifted_by);
GRANT SELECT, INSERT, UPDATE (lifted_by, lifted_at, lift_reason) ON listing_marks TO jicai_app;

-- Who distributes what of whom in a city or county and everything below it. It holds on a day from valid_from to the day before valid_to,
-- once it was accepted.
CREATE TABLE distribution_relations (
    id uuid NOT NULL,
    manufacturer uuid NOT NULL,
    distributor uuid NOT NULL,
    region text NOT NULL,
    within text[] NOT NULL GENERATED ALWAYS AS
        (ARRAY['000000', left(region, 2) || '0000', left(region, 4) || '00', region]) STORED,
    -- What it is for: one listing, one selected product, or all of the manufacturer's.
    listing uuid,
    product uuid,
    -- The one that it takes the place of when it is accepted, and why.
    replaces uuid,
    replaces_because text,
    state text NOT NULL,
    reason text,
    valid_from date NOT NULL,
    valid_to date,
    proposed_by uuid NOT NULL,
    proposed_at timestamptz NOT NULL,
    accepted_by uuid,
    accepted_at timestamptz,
    ended_by uuid,
    state_since timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT distribution_relations_pkey PRIMARY KEY (id),
    CONSTRAINT distribution_relations_manufacturer_fkey FOREIGN KEY (manufacturer) REFERENCES organizations,
    CONSTRAINT distribution_relations_distributor_fkey FOREIGN KEY (distributor) REFERENCES organizations,
    CONSTRAINT distribution_relations_region_fkey FOREIGN KEY (region) REFERENCES regions,
    CONSTRAINT distribution_relations_listing_fkey FOREIGN KEY (listing) REFERENCES listings,
    CONSTRAINT distribution_relations_product_fkey FOREIGN KEY (product) REFERENCES selected_products,
    CONSTRAINT distribution_relations_replaces_fkey FOREIGN KEY (replaces) REFERENCES distribution_relations,
    CONSTRAINT distribution_relations_proposed_by_fkey FOREIGN KEY (proposed_by) REFERENCES users,
    CONSTRAINT distribution_relations_accepted_by_fkey FOREIGN KEY (accepted_by) REFERENCES users,
    CONSTRAINT distribution_relations_ended_by_fkey FOREIGN KEY (ended_by) REFERENCES organizations,
    CONSTRAINT distribution_relations_scope CHECK (num_nonnulls(listing, product) <= 1),
    CONSTRAINT distribution_relations_replaces CHECK ((replaces IS NULL) = (replaces_because IS NULL)),
    CONSTRAINT distribution_relations_state CHECK (state IN ('PROPOSED', 'ACCEPTED', 'REFUSED', 'VOIDED', 'REPLACED')),
    CONSTRAINT distribution_relations_reason CHECK ((reason IS NOT NULL) = (state IN ('REFUSED', 'VOIDED', 'REPLACED'))),
    CONSTRAINT distribution_relations_accepted CHECK ((accepted_by IS NULL) = (accepted_at IS NULL)
        AND (state NOT IN ('ACCEPTED', 'REPLACED') OR accepted_at IS NOT NULL) AND (state NOT IN ('PROPOSED', 'REFUSED') OR accepted_at IS NULL)),
    CONSTRAINT distribution_relations_ended CHECK ((ended_by IS NOT NULL) = (state IN ('VOIDED', 'REPLACED'))
        AND (state <> 'REPLACED' OR valid_to IS NOT NULL)),
    CONSTRAINT distribution_relations_valid CHECK (valid_from <= valid_to),
    CONSTRAINT distribution_relations_version CHECK (version >= 1)
);
-- One open relation a manufacturer, distributor, region and scope.
CREATE UNIQUE INDEX distribution_relations_open ON distribution_relations (manufacturer, distributor, region,
    coalesce(listing, product, '00000000-0000-0000-0000-000000000000')) WHERE state IN ('PROPOSED', 'ACCEPTED');
-- One successor at a time is asked.
CREATE UNIQUE INDEX distribution_relations_successor ON distribution_relations (replaces) WHERE state = 'PROPOSED';
CREATE INDEX distribution_relations_manufacturer ON distribution_relations (manufacturer, id);
CREATE INDEX distribution_relations_distributor ON distribution_relations (distributor, id);
CREATE INDEX distribution_relations_region ON distribution_relations (region);
CREATE INDEX distribution_relations_within ON distribution_relations USING gin (within);
CREATE INDEX distribution_relations_listing ON distribution_relations (listing);
CREATE INDEX distribution_relations_product ON distribution_relations (product);
CREATE INDEX distribution_relations_replaces ON distribution_relations (replaces);
CREATE INDEX distribution_relations_proposed_by ON distribution_relations (proposed_by);
CREATE INDEX distribution_relations_accepted_by ON distribution_relations (accepted_by);
CREATE INDEX distribution_relations_ended_by ON distribution_relations (ended_by);
GRANT SELECT, INSERT, UPDATE (state, reason, valid_from, valid_to, accepted_by, accepted_at, ended_by, state_since, version)
    ON distribution_relations TO jicai_app;

-- Which distributors a hospital ticks for a manufacturer's goods, and the one that it prefers.
CREATE TABLE distributor_choices (
    hospital uuid NOT NULL,
    manufacturer uuid NOT NULL,
    distributors uuid[] NOT NULL,
    preferred uuid,
    chosen_by uuid NOT NULL,
    chosen_at timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT distributor_choices_pkey PRIMARY KEY (hospital, manufacturer),
    CONSTRAINT distributor_choices_hospital_fkey FOREIGN KEY (hospital) REFERENCES organizations,
    CONSTRAINT distributor_choices_manufacturer_fkey FOREIGN KEY (manufacturer) REFERENCES organizations,
    CONSTRAINT distributor_choices_preferred_fkey FOREIGN KEY (preferred) REFERENCES organizations,
    CONSTRAINT distributor_choices_chosen_by_fkey FOREIGN KEY (chosen_by) REFERENCES users,
    CONSTRAINT distributor_choices_preferred CHECK ((preferred IS NULL) = (cardinality(distributors) = 0)
        AND (preferred IS NULL OR preferred = ANY (distributors))),
    CONSTRAINT distributor_choices_version CHECK (version >= 1)
);
CREATE INDEX distributor_choices_manufacturer ON distributor_choices (manufacturer);
CREATE INDEX distributor_choices_preferred ON distributor_choices (preferred);
CREATE INDEX distributor_choices_chosen_by ON distributor_choices (chosen_by);
GRANT SELECT, INSERT, UPDATE (distributors, preferred, chosen_by, chosen_at, version) ON distributor_choices TO jicai_app;

-- A listed price is compared with the selected products of its name.
CREATE INDEX selected_products_name ON selected_products (name);
CREATE INDEX selected_products_lot_name ON selected_products (lot_name);
