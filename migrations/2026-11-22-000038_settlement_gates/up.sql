-- What stands before a settlement: invoice files, the maker's invoice, designation, what a hospital may owe, letters, refunds; and the fund's account.

ALTER TABLE imports DROP CONSTRAINT imports_kind,
    ADD CONSTRAINT imports_kind CHECK (kind IN ('ORGANIZATIONS', 'DEMAND', 'RESULTS', 'CATALOG', 'PRICES', 'INVOICES'));

-- Rows of a table that is taken whole or not at all, until it is.
CREATE TABLE import_rows (
    import uuid NOT NULL,
    line bigint NOT NULL,
    fields text[] NOT NULL,
    CONSTRAINT import_rows_pkey PRIMARY KEY (import, line),
    CONSTRAINT import_rows_import_fkey FOREIGN KEY (import) REFERENCES imports
);
GRANT SELECT, INSERT, DELETE ON import_rows TO jicai_app;

-- 首票: a maker's invoice to a distributor, and how many packs of which batch it is about.
CREATE TABLE first_invoices (
    id uuid NOT NULL,
    number text NOT NULL,
    maker_code text NOT NULL,
    distributor uuid NOT NULL,
    issued_on date NOT NULL,
    registered_by uuid NOT NULL,
    registered_at timestamptz NOT NULL,
    CONSTRAINT first_invoices_pkey PRIMARY KEY (id),
    CONSTRAINT first_invoices_number_key UNIQUE (number),
    CONSTRAINT first_invoices_distributor_fkey FOREIGN KEY (distributor) REFERENCES organizations,
    CONSTRAINT first_invoices_registered_by_fkey FOREIGN KEY (registered_by) REFERENCES users,
    CONSTRAINT first_invoices_number CHECK (number ~ '^[0-9]{20}$')
);
CREATE INDEX first_invoices_distributor ON first_invoices (distributor, id);
CREATE INDEX first_invoices_registered_by ON first_invoices (registered_by);
-- Nobody changes one: the right to a column is that to hold a row, so that what stands on it comes one after another.
GRANT SELECT, INSERT, UPDATE (registered_at) ON first_invoices TO jicai_app;

CREATE TABLE first_invoice_lines (
    invoice uuid NOT NULL,
    batch text NOT NULL,
    packs bigint NOT NULL,
    CONSTRAINT first_invoice_lines_pkey PRIMARY KEY (invoice, batch),
    CONSTRAINT first_invoice_lines_invoice_fkey FOREIGN KEY (invoice) REFERENCES first_invoices,
    CONSTRAINT first_invoice_lines_packs CHECK (packs >= 1)
);
GRANT SELECT, INSERT ON first_invoice_lines TO jicai_app;

ALTER TABLE invoice_lines ADD COLUMN first_invoice uuid,
    ADD COLUMN exemption text,
    ADD CONSTRAINT invoice_lines_first_invoice_fkey FOREIGN KEY (first_invoice) REFERENCES first_invoices,
    ADD CONSTRAINT invoice_lines_exemption CHECK (exemption IN ('GENERAL_AGENT', 'GROUP_TRANSFER', 'EMERGENCY', 'REMOTE', 'CONTROLLED')),
    ADD CONSTRAINT invoice_lines_chain CHECK (num_nonnulls(first_invoice, exemption) <= 1);
CREATE INDEX invoice_lines_first_invoice ON invoice_lines (first_invoice);

-- 定点: from when until when the fund settles what an institution buys.
CREATE TABLE designations (
    id uuid NOT NULL,
    agency uuid NOT NULL,
    area text NOT NULL,
    hospital uuid NOT NULL,
    begins date NOT NULL,
    ends date,
    reason text,
    begun_by uuid NOT NULL,
    begun_at timestamptz NOT NULL,
    ended_by uuid,
    version integer NOT NULL,
    CONSTRAINT designations_pkey PRIMARY KEY (id),
    CONSTRAINT designations_agency_fkey FOREIGN KEY (agency) REFERENCES organizations,
    CONSTRAINT designations_area_fkey FOREIGN KEY (area) REFERENCES regions,
    CONSTRAINT designations_hospital_fkey FOREIGN KEY (hospital) REFERENCES organizations,
    CONSTRAINT designations_begun_by_fkey FOREIGN KEY (begun_by) REFERENCES users,
    CONSTRAINT designations_ended_by_fkey FOREIGN KEY (ended_by) REFERENCES users,
    CONSTRAINT designations_ended CHECK ((ends IS NULL) = (ended_by IS NULL) AND (ends IS NULL) = (reason IS NULL) AND ends >= begins),
    CONSTRAINT designations_version CHECK (version >= 1)
);
CREATE INDEX designations_agency ON designations (agency);
CREATE INDEX designations_area ON designations (area, id);
CREATE INDEX designations_hospital ON designations (hospital, area);
CREATE INDEX designations_begun_by ON designations (begun_by);
CREATE INDEX designations_ended_by ON designations (ended_by);
CREATE UNIQUE INDEX designations_open ON designations (hospital, area) WHERE ends IS NULL;
GRANT SELECT, INSERT, UPDATE (ends, reason, ended_by, version) ON designations TO jicai_app;

-- What a pooling area has chosen within its rules; without a row everything is as the rules have it, and silence confirms nothing.
CREATE TABLE settlement_terms (
    area text NOT NULL,
    confirms_itself boolean NOT NULL,
    set_by uuid NOT NULL,
    set_at timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT settlement_terms_pkey PRIMARY KEY (area),
    CONSTRAINT settlement_terms_area_fkey FOREIGN KEY (area) REFERENCES regions,
    CONSTRAINT settlement_terms_set_by_fkey FOREIGN KEY (set_by) REFERENCES users,
    CONSTRAINT settlement_terms_version CHECK (version >= 1)
);
CREATE INDEX settlement_terms_set_by ON settlement_terms (set_by);
GRANT SELECT, INSERT, UPDATE (confirms_itself, set_by, set_at, version) ON settlement_terms TO jicai_app;

-- A statement: when the hospital was told that silence will confirm it, whether it did, and what the limit put off to the next one.
ALTER TABLE statements ADD COLUMN reminded_on date,
    ADD COLUMN confirmed_itself boolean NOT NULL DEFAULT false,
    ADD COLUMN deferred_fen bigint NOT NULL DEFAULT 0,
    DROP CONSTRAINT statements_amounts,
    DROP CONSTRAINT statements_net,
    ADD CONSTRAINT statements_amounts CHECK (least(asked_fen, credit_fen, carried_in_fen, payable_fen, held_fen, carried_out_fen, deferred_fen) >= 0
        AND (payable_fen + deferred_fen = 0 OR carried_out_fen = 0)),
    ADD CONSTRAINT statements_net CHECK (status IN ('APPLIED', 'RETURNED')
        OR payable_fen + deferred_fen - carried_out_fen = asked_fen - held_fen - credit_fen - carried_in_fen);
GRANT UPDATE (reminded_on, confirmed_itself, deferred_fen) ON statements TO jicai_app;
CREATE INDEX statements_waiting ON statements (confirm_by) WHERE status = 'APPLIED';

ALTER TABLE statement_lines ADD COLUMN defers uuid,
    DROP CONSTRAINT statement_lines_kind,
    ADD CONSTRAINT statement_lines_defers_key UNIQUE (defers),
    ADD CONSTRAINT statement_lines_defers_fkey FOREIGN KEY (defers) REFERENCES statements,
    ADD CONSTRAINT statement_lines_kind CHECK (num_nonnulls(invoice_line, resolves, goods_return, defers) = 1
        AND kind = CASE WHEN invoice_line IS NOT NULL THEN 'INVOICE' WHEN resolves IS NOT NULL THEN 'RESOLVED' WHEN defers IS NOT NULL THEN 'DEFERRED'
            ELSE 'CREDIT' END);

-- 催缴函: what a hospital owes for longer than the rules let it, and by when it is to say how it pays.
CREATE TABLE receivable_letters (
    id uuid NOT NULL,
    area text NOT NULL,
    scheme text NOT NULL,
    hospital uuid NOT NULL,
    amount_fen bigint NOT NULL,
    -- What is open of each day on which it began to be owed, the oldest first.
    days date[] NOT NULL,
    amounts_fen bigint[] NOT NULL,
    issued_on date NOT NULL,
    answer_by date,
    rules text NOT NULL,
    issued_by uuid NOT NULL,
    issued_at timestamptz NOT NULL,
    CONSTRAINT receivable_letters_pkey PRIMARY KEY (id),
    CONSTRAINT receivable_letters_book_fkey FOREIGN KEY (area, scheme) REFERENCES ledger_books,
    CONSTRAINT receivable_letters_hospital_fkey FOREIGN KEY (hospital) REFERENCES organizations,
    CONSTRAINT receivable_letters_issued_by_fkey FOREIGN KEY (issued_by) REFERENCES users,
    -- One a day.
    CONSTRAINT receivable_letters_day_key UNIQUE (hospital, area, scheme, issued_on),
    CONSTRAINT receivable_letters_amounts CHECK (amount_fen >= 1 AND cardinality(days) = cardinality(amounts_fen) AND cardinality(days) >= 1)
);
CREATE INDEX receivable_letters_book ON receivable_letters (area, scheme, id);
CREATE INDEX receivable_letters_issued_by ON receivable_letters (issued_by);
GRANT SELECT, INSERT ON receivable_letters TO jicai_app;

-- Of a prepayment: the year's contracted amount that it is a share of.
ALTER TABLE ledger_proposals ADD COLUMN contracted_fen bigint,
    ADD CONSTRAINT ledger_proposals_contracted CHECK (contracted_fen > 0 AND kind = 'PREPAID' OR contracted_fen IS NULL);

-- 支出户: the account that a book pays from.
CREATE TABLE paying_accounts (
    area text NOT NULL,
    scheme text NOT NULL,
    holder text NOT NULL,
    bank_code text NOT NULL,
    account text NOT NULL,
    set_by uuid NOT NULL,
    set_at timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT paying_accounts_pkey PRIMARY KEY (area, scheme),
    CONSTRAINT paying_accounts_book_fkey FOREIGN KEY (area, scheme) REFERENCES ledger_books,
    CONSTRAINT paying_accounts_set_by_fkey FOREIGN KEY (set_by) REFERENCES users,
    CONSTRAINT paying_accounts_bank_code CHECK (bank_code ~ '^[0-9]{12}$'),
    CONSTRAINT paying_accounts_account CHECK (account ~ '^[0-9]{6,32}$'),
    CONSTRAINT paying_accounts_version CHECK (version >= 1)
);
CREATE INDEX paying_accounts_set_by ON paying_accounts (set_by);
GRANT SELECT, INSERT, UPDATE (holder, bank_code, account, set_by, set_at, version) ON paying_accounts TO jicai_app;

-- The second wall, as for the ledger: letters by area and by hospital. A hospital tells of what it paid back and of nothing else.
ALTER TABLE receivable_letters ENABLE ROW LEVEL SECURITY;
CREATE POLICY receivable_letters_of_area ON receivable_letters TO jicai_app USING (area ~ nullif(current_setting('jicai.settling_areas', true), ''));
CREATE POLICY receivable_letters_of_party ON receivable_letters FOR SELECT TO jicai_app
    USING (hospital = nullif(current_setting('jicai.settling_party', true), '')::uuid);
