-- 备选供应: an office decides that a backup supplies a region in the place of a product that does not. One clerk proposes it, another confirms it.
CREATE TABLE backup_supplies (
    id uuid NOT NULL,
    office uuid NOT NULL,
    -- The product that does not supply, and the one that does in its place.
    product uuid NOT NULL,
    backup uuid NOT NULL,
    region text NOT NULL,
    -- Not confirmed before this day.
    from_on date NOT NULL,
    reason text NOT NULL,
    evidence text NOT NULL,
    status text NOT NULL,
    proposed_by uuid NOT NULL,
    proposed_at timestamptz NOT NULL,
    decided_by uuid,
    decided_at timestamptz,
    -- Why it was refused, or why it ended.
    decision text,
    ended_by uuid,
    ended_at timestamptz,
    -- What moved to the backup, and what of it came back; in units of the lot's representative.
    moved bigint NOT NULL,
    returned bigint NOT NULL,
    version integer NOT NULL,
    CONSTRAINT backup_supplies_pkey PRIMARY KEY (id),
    CONSTRAINT backup_supplies_office_fkey FOREIGN KEY (office) REFERENCES organizations,
    CONSTRAINT backup_supplies_product_fkey FOREIGN KEY (product) REFERENCES selected_products,
    CONSTRAINT backup_supplies_backup_fkey FOREIGN KEY (backup) REFERENCES selected_products,
    CONSTRAINT backup_supplies_region_fkey FOREIGN KEY (region) REFERENCES regions,
    CONSTRAINT backup_supplies_proposed_by_fkey FOREIGN KEY (proposed_by) REFERENCES users,
    CONSTRAINT backup_supplies_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES users,
    CONSTRAINT backup_supplies_ended_by_fkey FOREIGN KEY (ended_by) REFERENCES users,
    CONSTRAINT backup_supplies_other CHECK (product <> backup),
    CONSTRAINT backup_supplies_status CHECK (status IN ('PROPOSED', 'REFUSED', 'IN_FORCE', 'ENDED')),
    CONSTRAINT backup_supplies_decided CHECK ((decided_by IS NULL) = (status = 'PROPOSED') AND (decided_by IS NULL) = (decided_at IS NULL)
        AND (status NOT IN ('IN_FORCE', 'ENDED') OR decided_by <> proposed_by)),
    CONSTRAINT backup_supplies_decision CHECK ((decision IS NOT NULL) = (status IN ('REFUSED', 'ENDED'))),
    CONSTRAINT backup_supplies_ended CHECK ((ended_by IS NOT NULL) = (status = 'ENDED') AND (ended_by IS NULL) = (ended_at IS NULL)),
    CONSTRAINT backup_supplies_moved CHECK (returned BETWEEN 0 AND moved AND (moved > 0) = (status IN ('IN_FORCE', 'ENDED'))),
    CONSTRAINT backup_supplies_version CHECK (version >= 1)
);
-- One at a time.
CREATE UNIQUE INDEX backup_supplies_running ON backup_supplies (product, region) WHERE status IN ('PROPOSED', 'IN_FORCE');
CREATE INDEX backup_supplies_product ON backup_supplies (product);
CREATE INDEX backup_supplies_backup ON backup_supplies (backup);
CREATE INDEX backup_supplies_office ON backup_supplies (office, id);
CREATE INDEX backup_supplies_region ON backup_supplies (region);
CREATE INDEX backup_supplies_proposed_by ON backup_supplies (proposed_by);
CREATE INDEX backup_supplies_decided_by ON backup_supplies (decided_by);
CREATE INDEX backup_supplies_ended_by ON backup_supplies (ended_by);
GRANT SELECT, INSERT, UPDATE (status, decided_by, decided_at, decision, ended_by, ended_at, moved, returned, version) ON backup_supplies TO jicai_app;

-- Where new orders on a contract go: to the supplement that stands in for it. One step, never two.
ALTER TABLE contracts ADD COLUMN orders_go_to uuid,
    ADD CONSTRAINT contracts_orders_go_to_fkey FOREIGN KEY (orders_go_to) REFERENCES contracts,
    ADD CONSTRAINT contracts_orders_go_to CHECK (orders_go_to <> id);
CREATE INDEX contracts_orders_go_to ON contracts (orders_go_to) WHERE orders_go_to IS NOT NULL;
GRANT UPDATE (orders_go_to) ON contracts TO jicai_app;

ALTER TABLE volume_entries ADD COLUMN backup_supply uuid,
    ADD CONSTRAINT volume_entries_backup_supply_fkey FOREIGN KEY (backup_supply) REFERENCES backup_supplies,
    DROP CONSTRAINT volume_entries_cause,
    ADD CONSTRAINT volume_entries_cause CHECK (cause IN ('SPLIT', 'MOVED_TO_MAIN', 'MOVED_TO_BACKUP', 'MOVED_TO_RANK', 'MOVED_BACK', 'RETURNED',
        'TRANSFERRED', 'ADJUSTED', 'CHOSEN')),
    DROP CONSTRAINT volume_entries_source,
    ADD CONSTRAINT volume_entries_source CHECK ((num_nonnulls(withdrawal, backup_supply) = 1
            OR cause NOT IN ('MOVED_TO_MAIN', 'MOVED_TO_BACKUP', 'MOVED_TO_RANK', 'MOVED_BACK'))
        AND (withdrawal IS NULL OR cause IN ('MOVED_TO_MAIN', 'MOVED_TO_BACKUP', 'MOVED_TO_RANK', 'RETURNED'))
        AND (backup_supply IS NULL OR cause IN ('MOVED_TO_BACKUP', 'MOVED_BACK'))
        AND (change IS NOT NULL) = (cause IN ('TRANSFERRED', 'ADJUSTED', 'CHOSEN')));
CREATE INDEX volume_entries_backup_supply ON volume_entries (backup_supply) WHERE backup_supply IS NOT NULL;
