-- Packs and specs that are added to a selected product (增补规格包装), at a price that the price relation bounds.
CREATE TABLE added_packs (
    id uuid NOT NULL,
    product uuid NOT NULL,
    spec text NOT NULL,
    -- The pack that the selected price is of, and the one that is added: content of a unit in one measure, and units in the pack.
    selected_content numeric NOT NULL,
    selected_units integer NOT NULL,
    content numeric NOT NULL,
    units integer NOT NULL,
    -- Yuan per pack: what the firm asks, and the most that the rule set allows.
    price numeric NOT NULL,
    most numeric NOT NULL,
    rules text NOT NULL,
    evidence text NOT NULL,
    applied_by uuid NOT NULL,
    status text NOT NULL,
    decided_by uuid,
    -- Why it was refused.
    decision text,
    version integer NOT NULL,
    status_since timestamptz NOT NULL,
    CONSTRAINT added_packs_pkey PRIMARY KEY (id),
    CONSTRAINT added_packs_product_fkey FOREIGN KEY (product) REFERENCES selected_products,
    CONSTRAINT added_packs_applied_by_fkey FOREIGN KEY (applied_by) REFERENCES users,
    CONSTRAINT added_packs_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES users,
    CONSTRAINT added_packs_pack CHECK (selected_content > 0 AND selected_units > 0 AND content > 0 AND units > 0),
    CONSTRAINT added_packs_price CHECK (price > 0 AND price <= most),
    CONSTRAINT added_packs_status CHECK (status IN ('APPLIED', 'ADDED', 'REFUSED')),
    CONSTRAINT added_packs_decided CHECK ((decided_by IS NOT NULL) = (status <> 'APPLIED') AND (decision IS NOT NULL) = (status = 'REFUSED')),
    CONSTRAINT added_packs_version CHECK (version >= 1)
);
CREATE UNIQUE INDEX added_packs_spec_key ON added_packs (product, spec, units) WHERE status <> 'REFUSED';
CREATE INDEX added_packs_product ON added_packs (product);
CREATE INDEX added_packs_applied_by ON added_packs (applied_by);
CREATE INDEX added_packs_decided_by ON added_packs (decided_by);
GRANT SELECT, INSERT, UPDATE (status, decided_by, decision, version, status_since) ON added_packs TO jicai_app;
