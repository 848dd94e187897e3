-- A round is in force with its first contract, and closed with its last one.
ALTER TABLE rounds DROP CONSTRAINT rounds_status,
    ADD CONSTRAINT rounds_status CHECK (status IN ('DRAFT', 'ANNOUNCED', 'DEMAND', 'BIDDING', 'SEALED', 'OPENING', 'PROVISIONAL',
        'CHOOSING', 'NOTICE', 'OFFICIAL', 'IN_FORCE', 'CLOSED', 'CANCELLED'));

-- Contracts that follow others: the next year's, or those of a newer edition.
ALTER TABLE contracts
    -- The contract of the year before.
    ADD COLUMN renews uuid,
    -- The contract of an earlier edition whose place it takes.
    ADD COLUMN replaces uuid,
    -- Its last day where a newer edition ends it before its year is over.
    ADD COLUMN ends_on date,
    ADD CONSTRAINT contracts_renews_key UNIQUE (renews),
    ADD CONSTRAINT contracts_replaces_key UNIQUE (replaces),
    ADD CONSTRAINT contracts_renews_fkey FOREIGN KEY (renews) REFERENCES contracts,
    ADD CONSTRAINT contracts_replaces_fkey FOREIGN KEY (replaces) REFERENCES contracts,
    ADD CONSTRAINT contracts_follows CHECK (num_nonnulls(renews, replaces) <= 1),
    ADD CONSTRAINT contracts_ends_on CHECK (ends_on BETWEEN starts_on AND until);
GRANT UPDATE (ends_on) ON contracts TO jicai_app;

-- How far the contracts of a selected product may go on after its term (接续、延期). The newest one counts.
CREATE TABLE term_extensions (
    product uuid NOT NULL,
    number smallint NOT NULL,
    -- The last day; none until the next result.
    until date,
    reason text NOT NULL,
    decided_by uuid NOT NULL,
    decided_at timestamptz NOT NULL,
    CONSTRAINT term_extensions_pkey PRIMARY KEY (product, number),
    CONSTRAINT term_extensions_product_fkey FOREIGN KEY (product) REFERENCES selected_products,
    CONSTRAINT term_extensions_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES users,
    CONSTRAINT term_extensions_number CHECK (number >= 1)
);
CREATE INDEX term_extensions_decided_by ON term_extensions (decided_by);
GRANT SELECT, INSERT ON term_extensions TO jicai_app;
