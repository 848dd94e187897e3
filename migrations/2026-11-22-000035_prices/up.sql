-- 价格监测: what a pack cost where and when, as somebody reported it or the platform saw it. Nothing is edited: what is said otherwise later
-- supersedes. Regions, items and organizations are never deleted, and each is looked up before a row is taken, so no row of the largest table
-- pays for a foreign key.
CREATE TABLE price_observations (
    id uuid NOT NULL,
    kind text NOT NULL,
    region char(6) NOT NULL,
    observed_on date NOT NULL,
    item uuid,
    -- As it was sent.
    code text,
    -- 四同 and 三同 as the registry said when it was taken; none where it does not tell enough.
    group_key text,
    loose_group text,
    maker text,
    manufacturer uuid,
    -- Who bought.
    hospital uuid,
    -- Of a pack, tax included, in the currency.
    price numeric(22, 8) NOT NULL,
    pack_units bigint NOT NULL,
    currency char(3) NOT NULL,
    -- For a foreign price: the country, yuan for one of the currency, how that was found, and for which day.
    country char(2),
    exchange_rate numeric(18, 8),
    exchange_basis text,
    exchange_on date,
    -- Yuan per smallest unit, to be read; what is compared is price over pack_units.
    unit_price numeric(28, 10) NOT NULL GENERATED ALWAYS AS (round(price * coalesce(exchange_rate, 1) / pack_units, 10)) STORED,
    -- None where it is no purchase; 0 where all of it went back.
    packs bigint,
    -- Whether everybody may know it.
    disclosed boolean NOT NULL,
    -- Who said so, and their own id of the line. What the platform saw itself has ids that begin with #.
    source uuid NOT NULL,
    source_key text NOT NULL,
    batch uuid NOT NULL,
    acceptance uuid,
    listing uuid,
    supersedes uuid,
    recorded_at timestamptz NOT NULL,
    superseded_by uuid,
    superseded_at timestamptz,
    CONSTRAINT price_observations_pkey PRIMARY KEY (id, observed_on),
    CONSTRAINT price_observations_kind CHECK (kind IN ('LISTED', 'SELECTED', 'TRANSACTION', 'NEGOTIATED', 'DECLARED', 'STANDARD', 'FOREIGN')),
    CONSTRAINT price_observations_price CHECK (price > 0 AND pack_units BETWEEN 1 AND 1000000),
    CONSTRAINT price_observations_packs CHECK (packs >= 0),
    CONSTRAINT price_observations_foreign CHECK ((currency = 'CNY') = (exchange_rate IS NULL)
        AND num_nulls(exchange_rate, exchange_basis, exchange_on) IN (0, 3) AND exchange_rate > 0
        AND (kind = 'FOREIGN') = (country IS NOT NULL) AND (kind = 'FOREIGN' OR currency = 'CNY')),
    CONSTRAINT price_observations_superseded CHECK ((superseded_by IS NULL) = (superseded_at IS NULL) AND superseded_by <> id AND supersedes <> id)
) PARTITION BY RANGE (observed_on);
CREATE INDEX price_observations_batch ON price_observations (batch);
CREATE INDEX price_observations_item ON price_observations (item, observed_on);
CREATE INDEX price_observations_loose_group ON price_observations (loose_group, observed_on);
GRANT SELECT, INSERT, UPDATE (superseded_by, superseded_at) ON price_observations TO jicai_app;

-- A month gets its partition when its first price comes; the service may make no tables itself. Attaching keeps nobody waiting who reads or writes.
CREATE FUNCTION price_partition(observed_on date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first date := date_trunc('month', observed_on)::date;
    name text := 'price_observations_' || to_char(first, 'YYYYMM');
BEGIN
    IF observed_on IS NULL OR first < date '2000-01-01' OR first > date '2100-01-01' THEN
        RAISE check_violation USING MESSAGE = 'no month for prices', CONSTRAINT = 'price_observations_month';
    END IF;
    IF to_regclass(name) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(7640036640523059253);
    IF to_regclass(name) IS NULL THEN
        EXECUTE format('CREATE TABLE %I (LIKE price_observations INCLUDING ALL)', name);
        EXECUTE format('ALTER TABLE price_observations ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, first, first + interval '1 month');
    END IF;
END $$;
REVOKE ALL ON FUNCTION price_partition FROM PUBLIC;
GRANT EXECUTE ON FUNCTION price_partition TO jicai_app;

-- What each line of each reporter stands as: the key that makes sending it again do nothing, and another body a correction. Of two at once one
-- waits for the other here.
CREATE TABLE price_lines (
    source uuid NOT NULL,
    source_key text NOT NULL,
    -- SHA-256 of what was said last.
    digest bytea NOT NULL,
    -- What counts; none while nothing said yet was believed.
    observation uuid,
    observed_on date,
    -- What is in doubt of it.
    ticket uuid,
    -- What counted, and what was in doubt, before the last change.
    previous uuid,
    previous_on date,
    previous_ticket uuid,
    CONSTRAINT price_lines_pkey PRIMARY KEY (source, source_key),
    CONSTRAINT price_lines_stands CHECK (num_nonnulls(observation, ticket) >= 1 AND (observation IS NULL) = (observed_on IS NULL)),
    CONSTRAINT price_lines_previous CHECK ((previous IS NULL) = (previous_on IS NULL))
);
GRANT SELECT, INSERT, UPDATE (digest, observation, observed_on, ticket, previous, previous_on, previous_ticket) ON price_lines TO jicai_app;

-- 数据核对: a price that is off by the factor of a unit or a pack. It is kept apart until its reporter says it otherwise, or a person confirms it.
CREATE TABLE price_tickets (
    id uuid NOT NULL,
    doubt text NOT NULL,
    state text NOT NULL,
    -- What was said, as an observation has it. Foreign prices have a level of their own and are not doubted.
    kind text NOT NULL,
    region text NOT NULL,
    observed_on date NOT NULL,
    item uuid,
    code text,
    group_key text,
    loose_group text,
    maker text,
    manufacturer uuid,
    hospital uuid,
    price numeric(22, 8) NOT NULL,
    pack_units bigint NOT NULL,
    packs bigint,
    disclosed boolean NOT NULL,
    source uuid NOT NULL,
    source_key text NOT NULL,
    batch uuid NOT NULL,
    -- What is in doubt (yuan per smallest unit, or smallest units in a pack), what was expected instead, by which factor they differ, and on how
    -- many prices that rests.
    value numeric NOT NULL,
    expected numeric NOT NULL,
    factor numeric NOT NULL,
    sample integer NOT NULL,
    rules text NOT NULL,
    opened_at timestamptz NOT NULL,
    resolved_by uuid,
    resolved_at timestamptz,
    reason text,
    -- What came of it.
    observation uuid,
    version integer NOT NULL,
    CONSTRAINT price_tickets_pkey PRIMARY KEY (id),
    CONSTRAINT price_tickets_source_fkey FOREIGN KEY (source) REFERENCES organizations,
    CONSTRAINT price_tickets_resolved_by_fkey FOREIGN KEY (resolved_by) REFERENCES users,
    CONSTRAINT price_tickets_doubt CHECK (doubt IN ('FACTOR', 'PACK')),
    CONSTRAINT price_tickets_state CHECK (state IN ('OPEN', 'CONFIRMED', 'CORRECTED', 'WITHDRAWN')),
    -- A correction is what its reporter sends; the other two are a person's, with a reason.
    CONSTRAINT price_tickets_resolved CHECK ((state = 'OPEN') = (resolved_at IS NULL)
        AND (state IN ('CONFIRMED', 'WITHDRAWN')) = (resolved_by IS NOT NULL) AND (resolved_by IS NULL) = (reason IS NULL)
        AND (observation IS NULL OR state IN ('CONFIRMED', 'CORRECTED'))),
    CONSTRAINT price_tickets_sample CHECK (sample >= 0 AND factor > 0),
    CONSTRAINT price_tickets_version CHECK (version >= 1)
);
CREATE INDEX price_tickets_source ON price_tickets (source, id);
CREATE INDEX price_tickets_region ON price_tickets (region, id) WHERE state = 'OPEN';
CREATE INDEX price_tickets_resolved_by ON price_tickets (resolved_by);
GRANT SELECT, INSERT, UPDATE (state, resolved_by, resolved_at, reason, observation, version) ON price_tickets TO jicai_app;

-- Which region lets which other one see its undisclosed prices.
CREATE TABLE price_shares (
    id uuid NOT NULL,
    region text NOT NULL,
    reader text NOT NULL,
    granted_by uuid NOT NULL,
    granted_at timestamptz NOT NULL,
    ended_by uuid,
    ended_at timestamptz,
    version integer NOT NULL,
    CONSTRAINT price_shares_pkey PRIMARY KEY (id),
    CONSTRAINT price_shares_region_fkey FOREIGN KEY (region) REFERENCES regions,
    CONSTRAINT price_shares_reader_fkey FOREIGN KEY (reader) REFERENCES regions,
    CONSTRAINT price_shares_granted_by_fkey FOREIGN KEY (granted_by) REFERENCES users,
    CONSTRAINT price_shares_ended_by_fkey FOREIGN KEY (ended_by) REFERENCES users,
    CONSTRAINT price_shares_other CHECK (region <> reader),
    CONSTRAINT price_shares_ended CHECK ((ended_by IS NULL) = (ended_at IS NULL) AND granted_at <= ended_at),
    CONSTRAINT price_shares_version CHECK (version >= 1)
);
CREATE UNIQUE INDEX price_shares_standing ON price_shares (region, reader) WHERE ended_at IS NULL;
CREATE INDEX price_shares_region ON price_shares (region);
CREATE INDEX price_shares_reader ON price_shares (reader);
CREATE INDEX price_shares_granted_by ON price_shares (granted_by);
CREATE INDEX price_shares_ended_by ON price_shares (ended_by);
GRANT SELECT, INSERT, UPDATE (ended_by, ended_at, version) ON price_shares TO jicai_app;

ALTER TABLE imports DROP CONSTRAINT imports_kind,
    ADD CONSTRAINT imports_kind CHECK (kind IN ('ORGANIZATIONS', 'DEMAND', 'RESULTS', 'CATALOG', 'PRICES'));
