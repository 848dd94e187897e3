-- 价格指数: how an index is made, and what was published of it. Neither is ever changed: what is made otherwise is another version.
CREATE TABLE price_indices (
    id uuid NOT NULL,
    name text NOT NULL,
    version integer NOT NULL,
    -- The version before this one.
    replaces uuid,
    method text NOT NULL,
    fixed_base boolean NOT NULL,
    window_months integer,
    splice text,
    base_month date NOT NULL,
    scope text NOT NULL,
    subject text,
    -- Whose prices: those of the region and all below it.
    region text NOT NULL,
    kind text NOT NULL,
    -- Below that share of what is spent a value is warned of.
    threshold double precision NOT NULL,
    defined_by uuid NOT NULL,
    defined_at timestamptz NOT NULL,
    CONSTRAINT price_indices_pkey PRIMARY KEY (id),
    CONSTRAINT price_indices_replaces_key UNIQUE (replaces),
    CONSTRAINT price_indices_replaces_fkey FOREIGN KEY (replaces) REFERENCES price_indices,
    CONSTRAINT price_indices_region_fkey FOREIGN KEY (region) REFERENCES regions,
    CONSTRAINT price_indices_defined_by_fkey FOREIGN KEY (defined_by) REFERENCES users,
    CONSTRAINT price_indices_scope CHECK (scope IN ('ITEM', 'GROUP', 'MOLECULE', 'CLASS', 'ROUND', 'ALL') AND (scope = 'ALL') = (subject IS NULL)),
    CONSTRAINT price_indices_kind CHECK (kind IN ('LISTED', 'SELECTED', 'TRANSACTION', 'NEGOTIATED')),
    CONSTRAINT price_indices_window CHECK ((window_months IS NULL) = (splice IS NULL) AND window_months BETWEEN 2 AND 120),
    CONSTRAINT price_indices_base CHECK (date_trunc('month', base_month) = base_month),
    CONSTRAINT price_indices_threshold CHECK (threshold BETWEEN 0 AND 1),
    CONSTRAINT price_indices_version CHECK (version >= 1 AND (version = 1) = (replaces IS NULL))
);
CREATE INDEX price_indices_region ON price_indices (region);
CREATE INDEX price_indices_defined_by ON price_indices (defined_by);
GRANT SELECT, INSERT ON price_indices TO jicai_app;

CREATE TABLE price_index_publications (
    index uuid NOT NULL,
    -- Up to which month.
    month date NOT NULL,
    -- SHA-256 of the table that it was reckoned from, and what that held.
    input_sha256 bytea NOT NULL,
    input_rows bigint NOT NULL,
    products bigint NOT NULL,
    published_by uuid NOT NULL,
    published_at timestamptz NOT NULL,
    CONSTRAINT price_index_publications_pkey PRIMARY KEY (index, month),
    CONSTRAINT price_index_publications_index_fkey FOREIGN KEY (index) REFERENCES price_indices,
    CONSTRAINT price_index_publications_published_by_fkey FOREIGN KEY (published_by) REFERENCES users,
    CONSTRAINT price_index_publications_counts CHECK (input_rows >= 1 AND products >= 1)
);
CREATE INDEX price_index_publications_published_by ON price_index_publications (published_by);
GRANT SELECT, INSERT ON price_index_publications TO jicai_app;

CREATE TABLE price_index_points (
    index uuid NOT NULL,
    month date NOT NULL,
    -- The month that it was published with.
    published_with date NOT NULL,
    -- None where nothing that both have leads there.
    value double precision,
    coverage double precision NOT NULL,
    warned boolean NOT NULL,
    -- Whether prices that came late changed what leads here, so that the value follows from the published one before it.
    linked boolean NOT NULL,
    CONSTRAINT price_index_points_pkey PRIMARY KEY (index, month),
    CONSTRAINT price_index_points_publication_fkey FOREIGN KEY (index, published_with) REFERENCES price_index_publications (index, month),
    CONSTRAINT price_index_points_value CHECK (value > 0)
);
CREATE INDEX price_index_points_publication ON price_index_points (index, published_with);
GRANT SELECT, INSERT ON price_index_points TO jicai_app;
