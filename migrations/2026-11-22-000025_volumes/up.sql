-- Volume that comes to a supplier later is agreed in a supplementary contract (补充协议): what was sealed before stays as it was sealed.
ALTER TABLE contracts
    -- 0 is the one that comes from the result.
    ADD COLUMN supplement smallint NOT NULL DEFAULT 0,
    -- The content that was reported, where another one supplies it; only of a supplement.
    ADD COLUMN content numeric,
    -- The price that was accepted when it took over, below the selected one; only of a supplement.
    ADD COLUMN agreed_price numeric,
    DROP CONSTRAINT contracts_year_key,
    ADD CONSTRAINT contracts_year_key UNIQUE (product, region, year, supplement),
    ADD CONSTRAINT contracts_supplement CHECK (supplement > 0 OR (supplement = 0 AND num_nonnulls(content, agreed_price) = 0)),
    ADD CONSTRAINT contracts_agreed_price CHECK (agreed_price > 0);

-- What institutions ask to become of the agreed volume of their sub-contracts (划转、调整、剩余用量).
CREATE TABLE volume_changes (
    id uuid NOT NULL,
    part uuid NOT NULL,
    wish text NOT NULL,
    to_institution uuid,
    to_product uuid,
    volume bigint NOT NULL,
    -- The organization that has to agree.
    receiver uuid,
    reason text NOT NULL,
    applied_by uuid NOT NULL,
    applied_at timestamptz NOT NULL,
    status text NOT NULL,
    decided_by uuid,
    -- Why it was rejected.
    decision text,
    version integer NOT NULL,
    status_since timestamptz NOT NULL,
    CONSTRAINT volume_changes_pkey PRIMARY KEY (id),
    CONSTRAINT volume_changes_part_fkey FOREIGN KEY (part) REFERENCES sub_contracts,
    CONSTRAINT volume_changes_to_institution_fkey FOREIGN KEY (to_institution) REFERENCES organizations,
    CONSTRAINT volume_changes_to_product_fkey FOREIGN KEY (to_product) REFERENCES selected_products,
    CONSTRAINT volume_changes_receiver_fkey FOREIGN KEY (receiver) REFERENCES organizations,
    CONSTRAINT volume_changes_applied_by_fkey FOREIGN KEY (applied_by) REFERENCES users,
    CONSTRAINT volume_changes_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES users,
    CONSTRAINT volume_changes_wish CHECK (wish IN ('TO_INSTITUTION', 'TO_SUPPLIER', 'ADJUST', 'CHOOSE')),
    CONSTRAINT volume_changes_to CHECK ((to_institution IS NOT NULL) = (wish = 'TO_INSTITUTION')
        AND (to_product IS NOT NULL) = (wish IN ('TO_SUPPLIER', 'CHOOSE'))
        AND (receiver IS NOT NULL) = (wish IN ('TO_INSTITUTION', 'TO_SUPPLIER'))),
    CONSTRAINT volume_changes_volume CHECK (volume >= 0),
    CONSTRAINT volume_changes_status CHECK (status IN ('APPLIED', 'AGREED', 'APPROVED', 'REJECTED', 'WITHDRAWN')),
    CONSTRAINT volume_changes_decided CHECK ((decided_by IS NOT NULL) = (status IN ('APPROVED', 'REJECTED'))
        AND (decision IS NOT NULL) = (status = 'REJECTED')),
    CONSTRAINT volume_changes_version CHECK (version >= 1)
);
CREATE INDEX volume_changes_part ON volume_changes (part);
CREATE INDEX volume_changes_to_institution ON volume_changes (to_institution);
CREATE INDEX volume_changes_to_product ON volume_changes (to_product);
CREATE INDEX volume_changes_receiver ON volume_changes (receiver, id);
CREATE INDEX volume_changes_applied_by ON volume_changes (applied_by);
CREATE INDEX volume_changes_decided_by ON volume_changes (decided_by);
GRANT SELECT, INSERT, UPDATE (status, decided_by, decision, version, status_since) ON volume_changes TO jicai_app;

-- Movements of volume, from one account to another. Nobody changes one or takes it back.
ALTER TABLE volume_entries RENAME TO volume_entries_before;
ALTER TABLE volume_entries_before RENAME CONSTRAINT volume_entries_pkey TO volume_entries_before_pkey;
DROP INDEX volume_entries_from, volume_entries_to, volume_entries_region;
CREATE TABLE volume_entries (
    id uuid NOT NULL,
    result uuid NOT NULL,
    lot_number integer NOT NULL,
    -- The agreement year; 0 is what the result agrees for the years without contracts.
    year smallint NOT NULL,
    region text NOT NULL,
    content numeric,
    cause text NOT NULL,
    volume bigint NOT NULL,
    from_account text NOT NULL,
    from_product uuid,
    from_institution uuid,
    from_contract uuid,
    -- Of what is left over: the part that it was in.
    from_part uuid,
    to_account text NOT NULL,
    to_product uuid,
    to_institution uuid,
    to_contract uuid,
    to_part uuid,
    withdrawal uuid,
    change uuid,
    at timestamptz NOT NULL,
    CONSTRAINT volume_entries_pkey PRIMARY KEY (id),
    CONSTRAINT volume_entries_result_fkey FOREIGN KEY (result) REFERENCES official_results,
    CONSTRAINT volume_entries_region_fkey FOREIGN KEY (region) REFERENCES regions,
    CONSTRAINT volume_entries_from_product_fkey FOREIGN KEY (from_product) REFERENCES selected_products,
    CONSTRAINT volume_entries_from_institution_fkey FOREIGN KEY (from_institution) REFERENCES organizations,
    CONSTRAINT volume_entries_from_contract_fkey FOREIGN KEY (from_contract) REFERENCES contracts,
    CONSTRAINT volume_entries_from_part_fkey FOREIGN KEY (from_part) REFERENCES sub_contracts,
    CONSTRAINT volume_entries_to_product_fkey FOREIGN KEY (to_product) REFERENCES selected_products,
    CONSTRAINT volume_entries_to_institution_fkey FOREIGN KEY (to_institution) REFERENCES organizations,
    CONSTRAINT volume_entries_to_contract_fkey FOREIGN KEY (to_contract) REFERENCES contracts,
    CONSTRAINT volume_entries_to_part_fkey FOREIGN KEY (to_part) REFERENCES sub_contracts,
    CONSTRAINT volume_entries_withdrawal_fkey FOREIGN KEY (withdrawal) REFERENCES withdrawals,
    CONSTRAINT volume_entries_change_fkey FOREIGN KEY (change) REFERENCES volume_changes,
    CONSTRAINT volume_entries_year CHECK (year >= 0),
    CONSTRAINT volume_entries_volume CHECK (volume > 0),
    CONSTRAINT volume_entries_from CHECK (from_account IN ('OUTSIDE', 'LEFTOVER', 'HELD') AND (from_account = 'HELD') = (from_product IS NOT NULL)
        AND (from_account <> 'OUTSIDE' OR num_nonnulls(from_institution, from_contract, from_part) = 0)),
    CONSTRAINT volume_entries_to CHECK (to_account IN ('OUTSIDE', 'LEFTOVER', 'HELD') AND (to_account = 'HELD') = (to_product IS NOT NULL)
        AND (to_account = 'HELD' OR num_nonnulls(to_contract, to_part) = 0) AND (to_account <> 'OUTSIDE' OR to_institution IS NULL)),
    -- Volume of an agreement year is in a contract.
    CONSTRAINT volume_entries_contract CHECK ((from_account = 'HELD' AND year > 0) = (from_contract IS NOT NULL)
        AND (to_account = 'HELD' AND year > 0) = (to_contract IS NOT NULL)),
    CONSTRAINT volume_entries_moves CHECK ((from_account, to_account) <> ('OUTSIDE', 'OUTSIDE')
        AND (from_product, from_institution) IS DISTINCT FROM (to_product, to_institution)),
    CONSTRAINT volume_entries_cause CHECK (cause IN ('SPLIT', 'MOVED_TO_MAIN', 'MOVED_TO_BACKUP', 'MOVED_TO_RANK', 'RETURNED', 'TRANSFERRED',
        'ADJUSTED', 'CHOSEN')),
    -- What is returned may have been in a contract that the office ended.
    CONSTRAINT volume_entries_source CHECK ((withdrawal IS NOT NULL OR cause NOT IN ('MOVED_TO_MAIN', 'MOVED_TO_BACKUP', 'MOVED_TO_RANK'))
        AND (withdrawal IS NULL OR cause IN ('MOVED_TO_MAIN', 'MOVED_TO_BACKUP', 'MOVED_TO_RANK', 'RETURNED'))
        AND (change IS NOT NULL) = (cause IN ('TRANSFERRED', 'ADJUSTED', 'CHOSEN')))
);
INSERT INTO volume_entries (id, result, lot_number, year, region, content, cause, volume, from_account, from_product, to_account, to_product,
        withdrawal, at)
    SELECT md5(e.withdrawal::text || lpad(e.position::text, 10, '0'))::uuid, p.result, p.lot_number, 0, e.region, e.content, e.cause, e.volume,
        'HELD', e.from_product, CASE WHEN e.to_product IS NULL THEN 'LEFTOVER' ELSE 'HELD' END, e.to_product, e.withdrawal, w.decided_at
    FROM volume_entries_before e JOIN withdrawals w ON w.id = e.withdrawal JOIN selected_products p ON p.id = w.product;
DROP TABLE volume_entries_before;
CREATE INDEX volume_entries_lot ON volume_entries (result, lot_number, year, id);
CREATE INDEX volume_entries_region ON volume_entries (region);
CREATE INDEX volume_entries_from_product ON volume_entries (from_product);
CREATE INDEX volume_entries_from_institution ON volume_entries (from_institution);
CREATE INDEX volume_entries_from_contract ON volume_entries (from_contract);
CREATE INDEX volume_entries_from_part ON volume_entries (from_part);
CREATE INDEX volume_entries_to_product ON volume_entries (to_product);
CREATE INDEX volume_entries_to_institution ON volume_entries (to_institution);
CREATE INDEX volume_entries_to_contract ON volume_entries (to_contract);
CREATE INDEX volume_entries_to_part ON volume_entries (to_part);
CREATE INDEX volume_entries_withdrawal ON volume_entries (withdrawal);
CREATE INDEX volume_entries_change ON volume_entries (change);
GRANT SELECT, INSERT ON volume_entries TO jicai_app;

-- The ledger of agreed volume, by agreement year: contracts award it, sub-contracts allot it, entries move it. None of these rows changes.
CREATE VIEW volume_ledger AS
    SELECT c.id, c.result, p.lot_number, c.year, c.region, p.content, 'AWARDED' AS cause, c.volume, 'OUTSIDE' AS from_account,
        NULL::uuid AS from_product, NULL::uuid AS from_institution, NULL::uuid AS from_contract, NULL::uuid AS from_part,
        'HELD' AS to_account, c.product AS to_product, NULL::uuid AS to_institution, c.id AS to_contract, NULL::uuid AS to_part,
        NULL::uuid AS withdrawal, NULL::uuid AS change, c.created_at AS at
    FROM contracts c JOIN selected_products p ON p.id = c.product
    WHERE NOT EXISTS (SELECT FROM volume_entries e WHERE e.to_contract = c.id)
    UNION ALL
    SELECT s.id, c.result, p.lot_number, c.year, c.region, CASE WHEN c.supplement = 0 THEN p.content ELSE c.content END, 'ALLOTTED', s.volume,
        'HELD', c.product, NULL, c.id, NULL, 'HELD', c.product, s.institution, c.id, s.id, NULL, NULL, c.created_at
    FROM sub_contracts s JOIN contracts c ON c.id = s.contract JOIN selected_products p ON p.id = c.product
    WHERE NOT EXISTS (SELECT FROM volume_entries e WHERE e.to_part = s.id)
    UNION ALL
    SELECT id, result, lot_number, year, region, content, cause, volume, from_account, from_product, from_institution, from_contract, from_part,
        to_account, to_product, to_institution, to_contract, to_part, withdrawal, change, at
    FROM volume_entries WHERE year > 0;
GRANT SELECT ON volume_ledger TO jicai_app;
