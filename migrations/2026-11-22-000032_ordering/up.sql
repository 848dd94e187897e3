-- Packs that a selected product is delivered in: how many smallest units one holds.
CREATE TABLE product_packs (
    product uuid NOT NULL,
    units bigint NOT NULL,
    declared_by uuid NOT NULL,
    declared_at timestamptz NOT NULL,
    CONSTRAINT product_packs_pkey PRIMARY KEY (product, units),
    CONSTRAINT product_packs_product_fkey FOREIGN KEY (product) REFERENCES selected_products,
    CONSTRAINT product_packs_declared_by_fkey FOREIGN KEY (declared_by) REFERENCES users,
    CONSTRAINT product_packs_units CHECK (units BETWEEN 1 AND 1000000)
);
CREATE INDEX product_packs_declared_by ON product_packs (declared_by);
GRANT SELECT, INSERT ON product_packs TO jicai_app;

-- 限量供应: what there is of a scarce product in a region, and what an institution gets of it at most. Smallest units.
CREATE TABLE rationings (
    id uuid NOT NULL,
    office uuid NOT NULL,
    product uuid NOT NULL,
    region text NOT NULL,
    units bigint NOT NULL,
    cap bigint NOT NULL,
    taken bigint NOT NULL,
    reason text NOT NULL,
    declared_by uuid NOT NULL,
    declared_at timestamptz NOT NULL,
    ended_at timestamptz,
    version integer NOT NULL,
    CONSTRAINT rationings_pkey PRIMARY KEY (id),
    CONSTRAINT rationings_office_fkey FOREIGN KEY (office) REFERENCES organizations,
    CONSTRAINT rationings_product_fkey FOREIGN KEY (product) REFERENCES selected_products,
    CONSTRAINT rationings_region_fkey FOREIGN KEY (region) REFERENCES regions,
    CONSTRAINT rationings_declared_by_fkey FOREIGN KEY (declared_by) REFERENCES users,
    CONSTRAINT rationings_units CHECK (units >= 1 AND cap BETWEEN 1 AND units),
    CONSTRAINT rationings_taken CHECK (taken BETWEEN 0 AND units),
    CONSTRAINT rationings_version CHECK (version >= 1)
);
CREATE INDEX rationings_office ON rationings (office, id);
CREATE INDEX rationings_product ON rationings (product);
CREATE INDEX rationings_region ON rationings (region);
CREATE INDEX rationings_declared_by ON rationings (declared_by);
-- One at a time.
CREATE UNIQUE INDEX rationings_running ON rationings (product, region) WHERE ended_at IS NULL;
GRANT SELECT, INSERT, UPDATE (taken, ended_at, version) ON rationings TO jicai_app;

-- What an institution has taken of it.
CREATE TABLE rationing_shares (
    rationing uuid NOT NULL,
    hospital uuid NOT NULL,
    taken bigint NOT NULL,
    CONSTRAINT rationing_shares_pkey PRIMARY KEY (rationing, hospital),
    CONSTRAINT rationing_shares_rationing_fkey FOREIGN KEY (rationing) REFERENCES rationings,
    CONSTRAINT rationing_shares_hospital_fkey FOREIGN KEY (hospital) REFERENCES organizations,
    CONSTRAINT rationing_shares_taken CHECK (taken >= 0)
);
CREATE INDEX rationing_shares_hospital ON rationing_shares (hospital);
GRANT SELECT, INSERT, UPDATE (taken) ON rationing_shares TO jicai_app;

-- 采购单: what an institution orders at once. Its lines live by themselves.
CREATE TABLE orders (
    id uuid NOT NULL,
    hospital uuid NOT NULL,
    -- The hospital's region, the smallest that holds all of its own.
    region text NOT NULL,
    -- The hospital's own number of it.
    number text,
    lines integer NOT NULL,
    placed_at timestamptz NOT NULL,
    CONSTRAINT orders_pkey PRIMARY KEY (id),
    CONSTRAINT orders_hospital_fkey FOREIGN KEY (hospital) REFERENCES organizations,
    CONSTRAINT orders_region_fkey FOREIGN KEY (region) REFERENCES regions,
    CONSTRAINT orders_lines CHECK (lines >= 1)
);
CREATE INDEX orders_hospital ON orders (hospital, id);
CREATE INDEX orders_region ON orders (region, id);
GRANT SELECT, INSERT ON orders TO jicai_app;

-- Quantities are whole packs; `pack_units` is the conversion at the order. Every pack that was ordered is cancelled or still to come or came.
CREATE TABLE order_lines (
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    place integer NOT NULL,
    kind text NOT NULL,
    contract uuid,
    listing uuid,
    rationing uuid,
    hospital uuid NOT NULL,
    -- Who delivers and invoices.
    seller uuid NOT NULL,
    manufacturer uuid NOT NULL,
    region text NOT NULL,
    pack_units bigint NOT NULL,
    -- Of a pack, tax included, when it was ordered.
    price numeric(18, 4) NOT NULL,
    ordered bigint NOT NULL,
    confirmed bigint NOT NULL,
    cancelled bigint NOT NULL,
    shipped bigint NOT NULL,
    accepted bigint NOT NULL,
    rejected bigint NOT NULL,
    returned bigint NOT NULL,
    status text NOT NULL,
    -- Why it was refused or cancelled, or why less comes.
    reason text,
    rules text NOT NULL,
    confirm_by timestamptz NOT NULL,
    confirmed_at timestamptz,
    deliver_by timestamptz,
    status_since timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT order_lines_pkey PRIMARY KEY (id),
    CONSTRAINT order_lines_place_key UNIQUE (order_id, place),
    CONSTRAINT order_lines_order_fkey FOREIGN KEY (order_id) REFERENCES orders,
    CONSTRAINT order_lines_contract_fkey FOREIGN KEY (contract) REFERENCES contracts,
    CONSTRAINT order_lines_rationing_fkey FOREIGN KEY (rationing) REFERENCES rationings,
    CONSTRAINT order_lines_hospital_fkey FOREIGN KEY (hospital) REFERENCES organizations,
    CONSTRAINT order_lines_seller_fkey FOREIGN KEY (seller) REFERENCES organizations,
    CONSTRAINT order_lines_manufacturer_fkey FOREIGN KEY (manufacturer) REFERENCES organizations,
    CONSTRAINT order_lines_kind CHECK (kind IN ('SELECTED', 'LISTED', 'NEGOTIATED', 'FILED', 'EMERGENCY')),
    CONSTRAINT order_lines_basis CHECK ((kind = 'SELECTED') = (contract IS NOT NULL) AND num_nonnulls(contract, listing) <= 1),
    CONSTRAINT order_lines_price CHECK (price > 0 AND pack_units >= 1),
    CONSTRAINT order_lines_ordered CHECK (ordered BETWEEN 1 AND 1000000000),
    CONSTRAINT order_lines_confirmed CHECK (confirmed >= 0 AND cancelled >= 0 AND confirmed <= ordered AND cancelled <= ordered),
    CONSTRAINT order_lines_shipped CHECK (shipped BETWEEN 0 AND least(confirmed, ordered - cancelled)),
    CONSTRAINT order_lines_accepted CHECK (accepted >= 0 AND rejected >= 0 AND accepted + rejected <= shipped),
    CONSTRAINT order_lines_returned CHECK (returned BETWEEN 0 AND accepted),
    CONSTRAINT order_lines_status CHECK (status IN ('PLACED', 'CONFIRMED', 'REFUSED', 'SHIPPED', 'DELIVERED', 'ACCEPTED_IN_PART', 'ACCEPTED',
        'RETURNED', 'CLOSED', 'CANCELLED')),
    CONSTRAINT order_lines_reason CHECK (reason IS NOT NULL OR status NOT IN ('REFUSED', 'CANCELLED')),
    CONSTRAINT order_lines_never_came CHECK (status NOT IN ('REFUSED', 'CANCELLED') OR (cancelled = ordered AND shipped = 0)),
    CONSTRAINT order_lines_version CHECK (version >= 1)
);
CREATE INDEX order_lines_contract ON order_lines (contract, id);
CREATE INDEX order_lines_rationing ON order_lines (rationing) WHERE rationing IS NOT NULL;
CREATE INDEX order_lines_hospital ON order_lines (hospital, id);
CREATE INDEX order_lines_seller ON order_lines (seller, id);
CREATE INDEX order_lines_manufacturer ON order_lines (manufacturer, id);
-- What waits for a seller.
CREATE INDEX order_lines_waiting ON order_lines (seller, confirm_by) WHERE status = 'PLACED';
GRANT SELECT, INSERT, UPDATE (confirmed, cancelled, shipped, accepted, rejected, returned, status, reason, confirmed_at, deliver_by,
    status_since, version) ON order_lines TO jicai_app;

-- 配送单: what was shipped of a line, of one batch.
CREATE TABLE deliveries (
    id uuid NOT NULL,
    order_line uuid NOT NULL,
    hospital uuid NOT NULL,
    seller uuid NOT NULL,
    -- 随货同行单号
    note text NOT NULL,
    batch text NOT NULL,
    expires_on date NOT NULL,
    -- Trace codes or UDI of what is in it.
    codes text[] NOT NULL,
    packs bigint NOT NULL,
    accepted bigint NOT NULL,
    rejected bigint NOT NULL,
    -- Why some was rejected.
    reason text,
    shipped_at timestamptz NOT NULL,
    arrived_at timestamptz,
    on_time boolean,
    version integer NOT NULL,
    CONSTRAINT deliveries_pkey PRIMARY KEY (id),
    CONSTRAINT deliveries_order_line_fkey FOREIGN KEY (order_line) REFERENCES order_lines,
    CONSTRAINT deliveries_hospital_fkey FOREIGN KEY (hospital) REFERENCES organizations,
    CONSTRAINT deliveries_seller_fkey FOREIGN KEY (seller) REFERENCES organizations,
    CONSTRAINT deliveries_packs CHECK (packs >= 1 AND accepted >= 0 AND rejected >= 0 AND accepted + rejected <= packs),
    CONSTRAINT deliveries_arrived CHECK ((arrived_at IS NULL) = (on_time IS NULL) AND (arrived_at IS NOT NULL OR accepted + rejected = 0)),
    CONSTRAINT deliveries_reason CHECK ((rejected > 0) = (reason IS NOT NULL)),
    CONSTRAINT deliveries_version CHECK (version >= 1)
);
CREATE INDEX deliveries_order_line ON deliveries (order_line);
CREATE INDEX deliveries_hospital ON deliveries (hospital, id);
CREATE INDEX deliveries_seller ON deliveries (seller, id);
-- What waits for a hospital.
CREATE INDEX deliveries_waiting ON deliveries (hospital, shipped_at, id) WHERE accepted + rejected < packs;
GRANT SELECT, INSERT, UPDATE (accepted, rejected, reason, arrived_at, on_time, version) ON deliveries TO jicai_app;

-- 验收: what a hospital took of a delivery, at which price. Nobody changes one: goods that go back are returns.
CREATE TABLE acceptances (
    id uuid NOT NULL,
    order_line uuid NOT NULL,
    delivery uuid NOT NULL,
    hospital uuid NOT NULL,
    seller uuid NOT NULL,
    manufacturer uuid NOT NULL,
    region text NOT NULL,
    packs bigint NOT NULL,
    -- Of a pack, tax included: that of the order or that of the acceptance, as the jurisdiction has it.
    price numeric(18, 4) NOT NULL,
    amount_fen bigint NOT NULL,
    -- 差价: the amount less what it came to at the price of the order.
    difference_fen bigint NOT NULL,
    accepted_at timestamptz NOT NULL,
    accepted_on date NOT NULL,
    CONSTRAINT acceptances_pkey PRIMARY KEY (id),
    CONSTRAINT acceptances_order_line_fkey FOREIGN KEY (order_line) REFERENCES order_lines,
    CONSTRAINT acceptances_delivery_fkey FOREIGN KEY (delivery) REFERENCES deliveries,
    CONSTRAINT acceptances_hospital_fkey FOREIGN KEY (hospital) REFERENCES organizations,
    CONSTRAINT acceptances_seller_fkey FOREIGN KEY (seller) REFERENCES organizations,
    CONSTRAINT acceptances_manufacturer_fkey FOREIGN KEY (manufacturer) REFERENCES organizations,
    CONSTRAINT acceptances_packs CHECK (packs >= 1),
    CONSTRAINT acceptances_price CHECK (price > 0 AND amount_fen >= 0)
);
CREATE INDEX acceptances_order_line ON acceptances (order_line);
CREATE INDEX acceptances_delivery ON acceptances (delivery);
CREATE INDEX acceptances_hospital ON acceptances (hospital, accepted_on, id);
CREATE INDEX acceptances_seller ON acceptances (seller, accepted_on, id);
CREATE INDEX acceptances_manufacturer ON acceptances (manufacturer);
GRANT SELECT, INSERT ON acceptances TO jicai_app;

CREATE TABLE goods_returns (
    id uuid NOT NULL,
    acceptance uuid NOT NULL,
    packs bigint NOT NULL,
    amount_fen bigint NOT NULL,
    reason text NOT NULL,
    returned_at timestamptz NOT NULL,
    CONSTRAINT goods_returns_pkey PRIMARY KEY (id),
    CONSTRAINT goods_returns_acceptance_fkey FOREIGN KEY (acceptance) REFERENCES acceptances,
    CONSTRAINT goods_returns_packs CHECK (packs >= 1 AND amount_fen >= 0)
);
CREATE INDEX goods_returns_acceptance ON goods_returns (acceptance);
GRANT SELECT, INSERT ON goods_returns TO jicai_app;

-- What an institution ordered and got on a contract or a listing in a month, in smallest units; kept by whoever changes a line, in the same
-- transaction, so that nobody counts lines. An event counts in the month in which it happens.
CREATE TABLE order_months (
    hospital uuid NOT NULL,
    -- The contract or the listing.
    basis uuid NOT NULL,
    month date NOT NULL,
    kind text NOT NULL,
    region text NOT NULL,
    province text NOT NULL,
    ordered bigint NOT NULL,
    confirmed bigint NOT NULL,
    cancelled bigint NOT NULL,
    shipped bigint NOT NULL,
    arrived bigint NOT NULL,
    accepted bigint NOT NULL,
    rejected bigint NOT NULL,
    returned bigint NOT NULL,
    -- How many deliveries arrived, and how many of them in time.
    deliveries bigint NOT NULL,
    on_time bigint NOT NULL,
    amount_fen bigint NOT NULL,
    CONSTRAINT order_months_pkey PRIMARY KEY (hospital, basis, month)
);
CREATE INDEX order_months_basis ON order_months (basis, month, hospital);
CREATE INDEX order_months_province ON order_months (province, month, hospital, basis);
GRANT SELECT, INSERT, UPDATE (ordered, confirmed, cancelled, shipped, arrived, accepted, rejected, returned, deliveries, on_time, amount_fen)
    ON order_months TO jicai_app;

-- The same of all institutions. Sixteen rows a month, so that institutions which order at once seldom wait for each other.
CREATE TABLE basis_months (
    basis uuid NOT NULL,
    month date NOT NULL,
    shard smallint NOT NULL,
    ordered bigint NOT NULL,
    confirmed bigint NOT NULL,
    cancelled bigint NOT NULL,
    shipped bigint NOT NULL,
    arrived bigint NOT NULL,
    accepted bigint NOT NULL,
    rejected bigint NOT NULL,
    returned bigint NOT NULL,
    deliveries bigint NOT NULL,
    on_time bigint NOT NULL,
    amount_fen bigint NOT NULL,
    CONSTRAINT basis_months_pkey PRIMARY KEY (basis, month, shard),
    CONSTRAINT basis_months_shard CHECK (shard BETWEEN 0 AND 15)
);
GRANT SELECT, INSERT, UPDATE (ordered, confirmed, cancelled, shipped, arrived, accepted, rejected, returned, deliveries, on_time, amount_fen)
    ON basis_months TO jicai_app;
