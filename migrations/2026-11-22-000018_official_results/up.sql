-- Official results (中选结果): a round's own, or one made elsewhere and brought in. Contracts come from them.
CREATE TABLE official_results (
    id uuid NOT NULL,
    office uuid NOT NULL,
    name text NOT NULL,
    round uuid,
    import uuid,
    -- A result of the same name and office that is announced again counts up; the earlier ones stay.
    edition integer NOT NULL,
    disclosure text NOT NULL,
    starts_on date NOT NULL,
    -- No contract is sealed before.
    standstill_until timestamptz,
    announced_by uuid NOT NULL,
    announced_at timestamptz NOT NULL,
    canonical text NOT NULL,
    sha256 bytea NOT NULL,
    CONSTRAINT official_results_pkey PRIMARY KEY (id),
    CONSTRAINT official_results_edition_key UNIQUE (office, name, edition),
    CONSTRAINT official_results_round_key UNIQUE (round, edition),
    CONSTRAINT official_results_import_key UNIQUE (import),
    CONSTRAINT official_results_office_fkey FOREIGN KEY (office) REFERENCES organizations,
    CONSTRAINT official_results_round_fkey FOREIGN KEY (round) REFERENCES rounds,
    CONSTRAINT official_results_import_fkey FOREIGN KEY (import) REFERENCES imports,
    CONSTRAINT official_results_announced_by_fkey FOREIGN KEY (announced_by) REFERENCES users,
    CONSTRAINT official_results_source CHECK (num_nonnulls(round, import) = 1),
    CONSTRAINT official_results_edition CHECK (edition >= 1),
    CONSTRAINT official_results_disclosure CHECK (disclosure IN ('EVERYTHING', 'SELECTED_WITH_PRICES', 'SELECTED_NAMES')),
    CONSTRAINT official_results_sha256 CHECK (octet_length(sha256) = 32)
);
CREATE INDEX official_results_office ON official_results (office, id);
CREATE INDEX official_results_announced_by ON official_results (announced_by);
GRANT SELECT, INSERT ON official_results TO jicai_app;

CREATE TABLE selected_products (
    id uuid NOT NULL,
    result uuid NOT NULL,
    -- Its place in the result, from 1.
    place integer NOT NULL,
    lot_number integer NOT NULL,
    lot_name text NOT NULL,
    name text NOT NULL,
    spec text NOT NULL,
    -- The smallest unit that prices and volumes count.
    unit text NOT NULL,
    -- The content of one unit, and that of the lot's representative: volumes convert linearly by their ratio.
    content numeric,
    representative_content numeric,
    -- The firm as the source names it; an organization of the platform once it is known.
    holder_name text NOT NULL,
    holder_code text,
    holder uuid,
    round_product uuid,
    -- Per smallest unit, tax included; none where the source does not disclose it.
    price numeric,
    price_basis text,
    rank integer,
    until date NOT NULL,
    -- Why no contract of it is sealed now, such as an objection that is not decided.
    blocked text,
    CONSTRAINT selected_products_pkey PRIMARY KEY (id),
    CONSTRAINT selected_products_place_key UNIQUE (result, place),
    CONSTRAINT selected_products_result_fkey FOREIGN KEY (result) REFERENCES official_results,
    CONSTRAINT selected_products_holder_fkey FOREIGN KEY (holder) REFERENCES organizations,
    CONSTRAINT selected_products_round_product_fkey FOREIGN KEY (round_product) REFERENCES round_products,
    CONSTRAINT selected_products_lot_number CHECK (lot_number >= 1),
    CONSTRAINT selected_products_content CHECK ((content IS NULL) = (representative_content IS NULL) AND content > 0 AND representative_content > 0),
    CONSTRAINT selected_products_price CHECK (price > 0),
    CONSTRAINT selected_products_price_basis CHECK ((price IS NULL) = (price_basis IS NULL) AND price_basis IN ('DECIDED', 'PUBLISHED', 'RECALLED')),
    CONSTRAINT selected_products_rank CHECK (rank >= 1)
);
CREATE INDEX selected_products_holder ON selected_products (holder, id);
CREATE INDEX selected_products_round_product ON selected_products (round_product);
GRANT SELECT, INSERT, UPDATE (holder, blocked) ON selected_products TO jicai_app;

-- Where a product is supplied, and with what agreed volume: units of the representative content.
CREATE TABLE selected_supplies (
    product uuid NOT NULL,
    region text NOT NULL,
    role text NOT NULL,
    volume bigint NOT NULL,
    CONSTRAINT selected_supplies_pkey PRIMARY KEY (product, region, role),
    CONSTRAINT selected_supplies_product_fkey FOREIGN KEY (product) REFERENCES selected_products,
    CONSTRAINT selected_supplies_region_fkey FOREIGN KEY (region) REFERENCES regions,
    CONSTRAINT selected_supplies_role CHECK (role IN ('MAIN', 'BACKUP', 'BRAND')),
    CONSTRAINT selected_supplies_volume CHECK (volume >= 0 AND (role <> 'BACKUP' OR volume = 0))
);
CREATE INDEX selected_supplies_region ON selected_supplies (region);
GRANT SELECT, INSERT ON selected_supplies TO jicai_app;
