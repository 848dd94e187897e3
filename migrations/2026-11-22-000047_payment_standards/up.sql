-- 医保支付标准: what the fund reckons with for an item, by region and date. Sets are prepared by one person and published by another; what is published is
-- never edited, and what is published later holds in its place on the days that it names.

ALTER TABLE imports DROP CONSTRAINT imports_kind,
    ADD CONSTRAINT imports_kind CHECK (kind IN ('ORGANIZATIONS', 'DEMAND', 'RESULTS', 'CATALOG', 'PRICES', 'INVOICES', 'ORDERS', 'PAYMENT_STANDARDS')),
    DROP CONSTRAINT imports_whole,
    ADD CONSTRAINT imports_whole CHECK (kind = 'ORDERS' OR whole = (kind IN ('INVOICES', 'PAYMENT_STANDARDS')));

CREATE SEQUENCE payment_standard_positions;
GRANT USAGE ON SEQUENCE payment_standard_positions TO jicai_app;

CREATE TABLE payment_standard_sets (
    id uuid NOT NULL,
    organization uuid NOT NULL,
    region text NOT NULL,
    -- The result or the file that it was made from; none where somebody wrote it down.
    result uuid,
    import uuid,
    -- The rules that it was reckoned by, where anything was reckoned.
    rules text,
    status text NOT NULL,
    prepared_by uuid NOT NULL,
    prepared_at timestamptz NOT NULL,
    decided_by uuid,
    decided_at timestamptz,
    reason text,
    -- The order of publication.
    position bigint,
    version integer NOT NULL,
    CONSTRAINT payment_standard_sets_pkey PRIMARY KEY (id),
    CONSTRAINT payment_standard_sets_position_key UNIQUE (position),
    CONSTRAINT payment_standard_sets_organization_fkey FOREIGN KEY (organization) REFERENCES organizations,
    CONSTRAINT payment_standard_sets_region_fkey FOREIGN KEY (region) REFERENCES regions,
    CONSTRAINT payment_standard_sets_result_fkey FOREIGN KEY (result) REFERENCES official_results,
    CONSTRAINT payment_standard_sets_import_fkey FOREIGN KEY (import) REFERENCES imports,
    CONSTRAINT payment_standard_sets_prepared_by_fkey FOREIGN KEY (prepared_by) REFERENCES users,
    CONSTRAINT payment_standard_sets_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES users,
    CONSTRAINT payment_standard_sets_status CHECK (status IN ('PREPARED', 'PUBLISHED', 'VOIDED') AND (status = 'PREPARED') = (decided_by IS NULL)
        AND (status = 'PREPARED') = (decided_at IS NULL) AND (status = 'VOIDED') = (reason IS NOT NULL) AND (status = 'PUBLISHED') = (position IS NOT NULL)),
    CONSTRAINT payment_standard_sets_second_person CHECK (status <> 'PUBLISHED' OR decided_by <> prepared_by),
    CONSTRAINT payment_standard_sets_made_of CHECK (num_nonnulls(result, import) <= 1),
    CONSTRAINT payment_standard_sets_version CHECK (version >= 1)
);
CREATE INDEX payment_standard_sets_organization ON payment_standard_sets (organization);
CREATE INDEX payment_standard_sets_region ON payment_standard_sets (region, id);
CREATE INDEX payment_standard_sets_result ON payment_standard_sets (result);
CREATE INDEX payment_standard_sets_import ON payment_standard_sets (import);
CREATE INDEX payment_standard_sets_prepared_by ON payment_standard_sets (prepared_by);
CREATE INDEX payment_standard_sets_decided_by ON payment_standard_sets (decided_by);
GRANT SELECT, INSERT, UPDATE (status, decided_by, decided_at, reason, position, version) ON payment_standard_sets TO jicai_app;

CREATE TABLE payment_standards (
    id uuid NOT NULL,
    standard_set uuid NOT NULL,
    region text NOT NULL,
    item uuid NOT NULL,
    -- Smallest units of the one pack that it is of; none where it is of a smallest unit of every pack.
    pack_units bigint,
    basis text NOT NULL,
    begins date NOT NULL,
    ends date,
    -- Yuan of that pack, or of a smallest unit; none where it has ended.
    amount numeric(22, 8),
    source text NOT NULL,
    -- What it was reckoned from, yuan per smallest unit: the price before, today's and the selected one.
    price_before numeric(22, 8),
    price_today numeric(22, 8),
    price_selected numeric(22, 8),
    passed boolean,
    CONSTRAINT payment_standards_pkey PRIMARY KEY (id),
    CONSTRAINT payment_standards_set_fkey FOREIGN KEY (standard_set) REFERENCES payment_standard_sets,
    CONSTRAINT payment_standards_region_fkey FOREIGN KEY (region) REFERENCES regions,
    CONSTRAINT payment_standards_item_fkey FOREIGN KEY (item) REFERENCES items,
    CONSTRAINT payment_standards_pack_units CHECK (pack_units BETWEEN 1 AND 1000000),
    CONSTRAINT payment_standards_basis CHECK (basis IN ('SELECTED', 'NOT_SELECTED', 'NEGOTIATED', 'PUBLISHED', 'ENDED') AND (basis = 'ENDED') = (amount IS NULL)),
    CONSTRAINT payment_standards_amount CHECK (amount > 0),
    CONSTRAINT payment_standards_span CHECK (ends >= begins),
    CONSTRAINT payment_standards_reckoned CHECK (num_nulls(price_before, price_today, price_selected, passed) IN (0, 4)
        AND (passed IS NULL OR basis = 'NOT_SELECTED'))
);
CREATE INDEX payment_standards_set ON payment_standards (standard_set, id);
CREATE INDEX payment_standards_item ON payment_standards (item, region, begins);
CREATE INDEX payment_standards_region ON payment_standards (region, begins);
GRANT SELECT, INSERT ON payment_standards TO jicai_app;
