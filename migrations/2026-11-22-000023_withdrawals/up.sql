-- Products that leave what they were selected for (退出, 取消中选资格, 断供), and what the authority decided.
CREATE TABLE withdrawals (
    id uuid NOT NULL,
    product uuid NOT NULL,
    ground text NOT NULL,
    reason text NOT NULL,
    filed_by uuid NOT NULL,
    filed_at timestamptz NOT NULL,
    decided_by uuid,
    decided_at timestamptz,
    -- The plan as it was decided, as JSON.
    plan text,
    CONSTRAINT withdrawals_pkey PRIMARY KEY (id),
    -- A product leaves once.
    CONSTRAINT withdrawals_product_key UNIQUE (product),
    CONSTRAINT withdrawals_product_fkey FOREIGN KEY (product) REFERENCES selected_products,
    CONSTRAINT withdrawals_filed_by_fkey FOREIGN KEY (filed_by) REFERENCES users,
    CONSTRAINT withdrawals_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES users,
    CONSTRAINT withdrawals_ground CHECK (ground IN ('WITHDRAWN', 'DISQUALIFIED', 'SUPPLY_FAILED')),
    CONSTRAINT withdrawals_decided CHECK (num_nulls(decided_by, decided_at, plan) IN (0, 3)),
    -- Only a firm's own withdrawal waits.
    CONSTRAINT withdrawals_waits CHECK (decided_at IS NOT NULL OR ground = 'WITHDRAWN')
);
CREATE INDEX withdrawals_filed_by ON withdrawals (filed_by);
CREATE INDEX withdrawals_decided_by ON withdrawals (decided_by);
GRANT SELECT, INSERT, UPDATE (decided_by, decided_at, plan) ON withdrawals TO jicai_app;

-- The responsibility ledger: agreed volume that moved from one supplier to another, in the order of the decision. What the official result
-- agreed is where it begins; nothing here is changed or taken back.
CREATE TABLE volume_entries (
    withdrawal uuid NOT NULL,
    position integer NOT NULL,
    region text NOT NULL,
    content numeric,
    from_product uuid NOT NULL,
    -- None where nobody took over: it is left over.
    to_product uuid,
    volume bigint NOT NULL,
    cause text NOT NULL,
    CONSTRAINT volume_entries_pkey PRIMARY KEY (withdrawal, position),
    CONSTRAINT volume_entries_withdrawal_fkey FOREIGN KEY (withdrawal) REFERENCES withdrawals,
    CONSTRAINT volume_entries_region_fkey FOREIGN KEY (region) REFERENCES regions,
    CONSTRAINT volume_entries_from_fkey FOREIGN KEY (from_product) REFERENCES selected_products,
    CONSTRAINT volume_entries_to_fkey FOREIGN KEY (to_product) REFERENCES selected_products,
    CONSTRAINT volume_entries_moves CHECK (volume > 0 AND from_product IS DISTINCT FROM to_product),
    CONSTRAINT volume_entries_cause CHECK (cause IN ('MOVED_TO_MAIN', 'MOVED_TO_BACKUP', 'MOVED_TO_RANK', 'RETURNED') AND (cause = 'RETURNED') = (to_product IS NULL))
);
CREATE INDEX volume_entries_from ON volume_entries (from_product);
CREATE INDEX volume_entries_to ON volume_entries (to_product);
CREATE INDEX volume_entries_region ON volume_entries (region);
GRANT SELECT, INSERT ON volume_entries TO jicai_app;

-- Roles in regions that a decision gave or took.
CREATE TABLE supply_changes (
    withdrawal uuid NOT NULL,
    region text NOT NULL,
    product uuid NOT NULL,
    role text NOT NULL,
    gained boolean NOT NULL,
    CONSTRAINT supply_changes_pkey PRIMARY KEY (withdrawal, region, product, role),
    CONSTRAINT supply_changes_withdrawal_fkey FOREIGN KEY (withdrawal) REFERENCES withdrawals,
    CONSTRAINT supply_changes_region_fkey FOREIGN KEY (region) REFERENCES regions,
    CONSTRAINT supply_changes_product_fkey FOREIGN KEY (product) REFERENCES selected_products,
    CONSTRAINT supply_changes_role CHECK (role IN ('MAIN', 'BACKUP'))
);
CREATE INDEX supply_changes_product ON supply_changes (product);
CREATE INDEX supply_changes_region ON supply_changes (region);
GRANT SELECT, INSERT ON supply_changes TO jicai_app;
