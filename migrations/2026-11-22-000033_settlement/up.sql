-- Direct settlement: the ledger, invoices, settlement statements, payments. Amounts are whole fen.

-- 账套: the book of a pooling area and scheme, and up to which day it is closed.
CREATE TABLE ledger_books (
    area text NOT NULL,
    scheme text NOT NULL,
    closed_until date,
    CONSTRAINT ledger_books_pkey PRIMARY KEY (area, scheme),
    CONSTRAINT ledger_books_area_fkey FOREIGN KEY (area) REFERENCES regions,
    CONSTRAINT ledger_books_scheme CHECK (scheme IN ('EMPLOYEE', 'RESIDENT'))
);
GRANT SELECT, INSERT, UPDATE (closed_until) ON ledger_books TO jicai_app;

-- 记账事项: what happened to the money. Its id comes from whoever tells of it.
CREATE TABLE ledger_events (
    id uuid NOT NULL,
    -- The order in which they were posted.
    position bigint GENERATED ALWAYS AS IDENTITY,
    area text NOT NULL,
    scheme text NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    hospital uuid,
    supplier uuid,
    payment uuid,
    amount bigint NOT NULL,
    recovered bigint NOT NULL,
    disbursed bigint NOT NULL,
    posted_at timestamptz NOT NULL,
    CONSTRAINT ledger_events_pkey PRIMARY KEY (id),
    CONSTRAINT ledger_events_position_key UNIQUE (position),
    CONSTRAINT ledger_events_book_fkey FOREIGN KEY (area, scheme) REFERENCES ledger_books,
    CONSTRAINT ledger_events_hospital_fkey FOREIGN KEY (hospital) REFERENCES organizations,
    CONSTRAINT ledger_events_supplier_fkey FOREIGN KEY (supplier) REFERENCES organizations,
    CONSTRAINT ledger_events_amounts CHECK (amount >= 0 AND recovered >= 0 AND disbursed >= 0
        AND (kind = 'COVERED' OR recovered + disbursed = 0)),
    CONSTRAINT ledger_events_kind CHECK (kind IN ('GRANTED', 'PREPAID', 'SETTLED', 'INSTRUCTED', 'PAID', 'FAILED', 'RETURNED', 'CLAIMED',
        'COVERED', 'REFUNDED', 'PREPAYMENT_RETURNED')),
    CONSTRAINT ledger_events_hospital CHECK ((hospital IS NOT NULL) = (kind IN ('PREPAID', 'SETTLED', 'CLAIMED', 'COVERED', 'REFUNDED',
        'PREPAYMENT_RETURNED'))),
    CONSTRAINT ledger_events_payment CHECK ((payment IS NOT NULL) = (kind IN ('INSTRUCTED', 'PAID', 'FAILED', 'RETURNED')))
);
CREATE INDEX ledger_events_book ON ledger_events (area, scheme, position);
CREATE INDEX ledger_events_hospital ON ledger_events (hospital, position);
CREATE INDEX ledger_events_supplier ON ledger_events (supplier, position);
-- A payment is instructed once, answered once, and comes back once.
CREATE UNIQUE INDEX ledger_events_instructed ON ledger_events (payment) WHERE kind = 'INSTRUCTED';
CREATE UNIQUE INDEX ledger_events_answered ON ledger_events (payment) WHERE kind IN ('PAID', 'FAILED');
CREATE UNIQUE INDEX ledger_events_came_back ON ledger_events (payment) WHERE kind = 'RETURNED';
GRANT SELECT, INSERT ON ledger_events TO jicai_app;

-- 分录: the two sides of each transfer of an event.
CREATE TABLE ledger_entries (
    event uuid NOT NULL,
    line smallint NOT NULL,
    area text NOT NULL,
    scheme text NOT NULL,
    account text NOT NULL,
    party uuid,
    side text NOT NULL,
    amount bigint NOT NULL,
    CONSTRAINT ledger_entries_pkey PRIMARY KEY (event, line),
    CONSTRAINT ledger_entries_event_fkey FOREIGN KEY (event) REFERENCES ledger_events,
    CONSTRAINT ledger_entries_party_fkey FOREIGN KEY (party) REFERENCES organizations,
    CONSTRAINT ledger_entries_account CHECK (account IN ('CASH', 'PREPAYMENT', 'RECEIVABLE', 'EXPENSE', 'TRANSIT', 'PAYABLE', 'CLAIM', 'FUNDING')),
    CONSTRAINT ledger_entries_party CHECK ((party IS NOT NULL) = (account IN ('PREPAYMENT', 'RECEIVABLE', 'PAYABLE', 'CLAIM'))),
    CONSTRAINT ledger_entries_side CHECK (side IN ('DEBIT', 'CREDIT')),
    CONSTRAINT ledger_entries_amount CHECK (amount > 0)
);
CREATE INDEX ledger_entries_party ON ledger_entries (party);
GRANT SELECT, INSERT ON ledger_entries TO jicai_app;

-- What each account comes to: kept by a trigger in the transaction of the entries, and by nobody else. No account falls below zero on its
-- own side. The party of an account without one is the number zero.
CREATE TABLE ledger_accounts (
    area text NOT NULL,
    scheme text NOT NULL,
    account text NOT NULL,
    party uuid NOT NULL,
    debits bigint NOT NULL,
    credits bigint NOT NULL,
    held bigint GENERATED ALWAYS AS (CASE WHEN account IN ('CASH', 'PREPAYMENT', 'RECEIVABLE', 'EXPENSE') THEN debits - credits
        ELSE credits - debits END) STORED,
    CONSTRAINT ledger_accounts_pkey PRIMARY KEY (area, scheme, account, party),
    CONSTRAINT ledger_accounts_book_fkey FOREIGN KEY (area, scheme) REFERENCES ledger_books,
    CONSTRAINT ledger_accounts_held CHECK (held >= 0)
);
CREATE INDEX ledger_accounts_party ON ledger_accounts (party);
GRANT SELECT ON ledger_accounts TO jicai_app;

-- What somebody prepared and another person has to post: 提请记账.
CREATE TABLE ledger_proposals (
    id uuid NOT NULL,
    area text NOT NULL,
    scheme text NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    hospital uuid,
    amount bigint NOT NULL,
    recovered bigint NOT NULL,
    disbursed bigint NOT NULL,
    status text NOT NULL,
    prepared_by uuid NOT NULL,
    prepared_at timestamptz NOT NULL,
    decided_by uuid,
    decided_at timestamptz,
    reason text,
    version integer NOT NULL,
    CONSTRAINT ledger_proposals_pkey PRIMARY KEY (id),
    CONSTRAINT ledger_proposals_book_fkey FOREIGN KEY (area, scheme) REFERENCES ledger_books,
    CONSTRAINT ledger_proposals_hospital_fkey FOREIGN KEY (hospital) REFERENCES organizations,
    CONSTRAINT ledger_proposals_prepared_by_fkey FOREIGN KEY (prepared_by) REFERENCES users,
    CONSTRAINT ledger_proposals_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES users,
    CONSTRAINT ledger_proposals_kind CHECK (kind IN ('GRANTED', 'PREPAID', 'CLAIMED', 'COVERED', 'REFUNDED', 'PREPAYMENT_RETURNED')),
    CONSTRAINT ledger_proposals_status CHECK (status IN ('PENDING', 'POSTED', 'VOIDED') AND (status = 'PENDING') = (decided_by IS NULL)
        AND (status = 'PENDING') = (decided_at IS NULL) AND (status = 'VOIDED') = (reason IS NOT NULL)),
    CONSTRAINT ledger_proposals_second_person CHECK (status <> 'POSTED' OR decided_by <> prepared_by),
    CONSTRAINT ledger_proposals_version CHECK (version >= 1)
);
CREATE INDEX ledger_proposals_book ON ledger_proposals (area, scheme, id);
CREATE INDEX ledger_proposals_hospital ON ledger_proposals (hospital);
CREATE INDEX ledger_proposals_prepared_by ON ledger_proposals (prepared_by);
CREATE INDEX ledger_proposals_decided_by ON ledger_proposals (decided_by);
GRANT SELECT, INSERT, UPDATE (status, decided_by, decided_at, reason, version) ON ledger_proposals TO jicai_app;

-- What the last proof of the balances found.
CREATE TABLE ledger_proofs (
    at timestamptz NOT NULL,
    events bigint NOT NULL,
    entries bigint NOT NULL,
    -- What is wrong, a line each; none where everything agrees.
    faults text[] NOT NULL,
    CONSTRAINT ledger_proofs_pkey PRIMARY KEY (at)
);
GRANT SELECT, INSERT ON ledger_proofs TO jicai_app;

CREATE FUNCTION ledger_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what is posted is never changed' USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_stays';
END $$;
CREATE TRIGGER ledger_events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_events FOR EACH STATEMENT EXECUTE FUNCTION ledger_stays();
CREATE TRIGGER ledger_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries FOR EACH STATEMENT EXECUTE FUNCTION ledger_stays();

-- A book that is closed stays closed.
CREATE FUNCTION ledger_stays_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.closed_until IS NOT NULL AND (NEW.closed_until IS NULL OR NEW.closed_until <= OLD.closed_until) THEN
        RAISE EXCEPTION 'a closed month is not opened again' USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_books_closed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_books_stay_closed BEFORE UPDATE ON ledger_books FOR EACH ROW EXECUTE FUNCTION ledger_stays_closed();

-- No event comes into a month that is closed; the book is held, so that nobody closes it meanwhile.
CREATE FUNCTION ledger_takes_events() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM ledger_books b WHERE (b.area, b.scheme) IN (SELECT area, scheme FROM given) FOR SHARE;
    IF EXISTS (SELECT FROM given g JOIN ledger_books b ON b.area = g.area AND b.scheme = g.scheme WHERE g.day <= b.closed_until) THEN
        RAISE EXCEPTION 'the month is closed' USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_events_closed';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_events_taken AFTER INSERT ON ledger_events
    REFERENCING NEW TABLE AS given FOR EACH STATEMENT EXECUTE FUNCTION ledger_takes_events();

-- Entries come with their event, in one transaction, and never later; they move the balances.
CREATE FUNCTION ledger_takes_entries() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM given g LEFT JOIN ledger_events e ON e.id = g.event AND e.area = g.area AND e.scheme = g.scheme
            AND e.xmin = pg_current_xact_id()::xid WHERE e.id IS NULL) THEN
        RAISE EXCEPTION 'entries come with their event' USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entries_late';
    END IF;
    INSERT INTO ledger_accounts (area, scheme, account, party, debits, credits)
        SELECT DISTINCT area, scheme, account, coalesce(party, '00000000-0000-0000-0000-000000000000'), 0, 0 FROM given ORDER BY 1, 2, 3, 4
        ON CONFLICT DO NOTHING;
    UPDATE ledger_accounts a SET debits = a.debits + g.debits, credits = a.credits + g.credits
        FROM (SELECT area, scheme, account, coalesce(party, '00000000-0000-0000-0000-000000000000') AS party,
                coalesce(sum(amount) FILTER (WHERE side = 'DEBIT'), 0)::bigint AS debits,
                coalesce(sum(amount) FILTER (WHERE side = 'CREDIT'), 0)::bigint AS credits
            FROM given GROUP BY 1, 2, 3, 4) g
        WHERE a.area = g.area AND a.scheme = g.scheme AND a.account = g.account AND a.party = g.party;
    -- What the bank was told to pay is not spent twice.
    IF EXISTS (SELECT FROM ledger_accounts t LEFT JOIN ledger_accounts c ON c.area = t.area AND c.scheme = t.scheme AND c.account = 'CASH'
            WHERE t.account = 'TRANSIT' AND (t.area, t.scheme) IN (SELECT area, scheme FROM given) AND t.held > coalesce(c.held, 0)) THEN
        RAISE EXCEPTION 'more is in transit than there is' USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_accounts_transit';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_entries_taken AFTER INSERT ON ledger_entries
    REFERENCING NEW TABLE AS given FOR EACH STATEMENT EXECUTE FUNCTION ledger_takes_entries();

-- At the commit each event is balanced, and has entries at all.
CREATE FUNCTION ledger_is_balanced() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    balance numeric;
    entries bigint;
BEGIN
    SELECT coalesce(sum(CASE side WHEN 'DEBIT' THEN amount ELSE -amount END), 0), count(*) INTO balance, entries
        FROM ledger_entries WHERE event = NEW.id;
    IF balance <> 0 OR entries = 0 THEN
        RAISE EXCEPTION 'the event is not balanced' USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_events_balanced';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_events_balanced AFTER INSERT ON ledger_events DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ledger_is_balanced();

-- 收款账户: to which account an enterprise is paid.
CREATE TABLE payee_accounts (
    organization uuid NOT NULL,
    holder text NOT NULL,
    bank_code text NOT NULL,
    account text NOT NULL,
    version integer NOT NULL,
    set_by uuid NOT NULL,
    set_at timestamptz NOT NULL,
    CONSTRAINT payee_accounts_pkey PRIMARY KEY (organization),
    CONSTRAINT payee_accounts_organization_fkey FOREIGN KEY (organization) REFERENCES organizations,
    CONSTRAINT payee_accounts_set_by_fkey FOREIGN KEY (set_by) REFERENCES users,
    CONSTRAINT payee_accounts_bank_code CHECK (bank_code ~ '^[0-9]{12}$'),
    CONSTRAINT payee_accounts_account CHECK (account ~ '^[0-9]{6,32}$'),
    CONSTRAINT payee_accounts_version CHECK (version >= 1)
);
CREATE INDEX payee_accounts_set_by ON payee_accounts (set_by);
GRANT SELECT, INSERT, UPDATE (holder, bank_code, account, version, set_by, set_at) ON payee_accounts TO jicai_app;

-- 数电票: invoices and red-letter notes. A number is used once in the country.
CREATE TABLE invoices (
    id uuid NOT NULL,
    number text NOT NULL,
    kind text NOT NULL,
    -- Of a red-letter note: the invoice that it takes back in part or in whole.
    corrects uuid,
    supplier uuid NOT NULL,
    hospital uuid NOT NULL,
    seller_code text NOT NULL,
    buyer_code text NOT NULL,
    issued_on date NOT NULL,
    -- Without tax, and the tax.
    amount_fen bigint NOT NULL,
    tax_fen bigint NOT NULL,
    voided_at timestamptz,
    registered_by uuid NOT NULL,
    registered_at timestamptz NOT NULL,
    CONSTRAINT invoices_pkey PRIMARY KEY (id),
    CONSTRAINT invoices_number_key UNIQUE (number),
    CONSTRAINT invoices_corrects_fkey FOREIGN KEY (corrects) REFERENCES invoices,
    CONSTRAINT invoices_supplier_fkey FOREIGN KEY (supplier) REFERENCES organizations,
    CONSTRAINT invoices_hospital_fkey FOREIGN KEY (hospital) REFERENCES organizations,
    CONSTRAINT invoices_registered_by_fkey FOREIGN KEY (registered_by) REFERENCES users,
    CONSTRAINT invoices_number CHECK (number ~ '^[0-9]{20}$'),
    CONSTRAINT invoices_kind CHECK (kind IN ('BLUE', 'RED') AND (kind = 'RED') = (corrects IS NOT NULL)),
    CONSTRAINT invoices_amounts CHECK (amount_fen >= 0 AND tax_fen >= 0)
);
CREATE INDEX invoices_corrects ON invoices (corrects);
CREATE INDEX invoices_supplier ON invoices (supplier, id);
CREATE INDEX invoices_hospital ON invoices (hospital, id);
CREATE INDEX invoices_registered_by ON invoices (registered_by);
GRANT SELECT, INSERT, UPDATE (voided_at) ON invoices TO jicai_app;

CREATE TABLE invoice_lines (
    id uuid NOT NULL,
    invoice uuid NOT NULL,
    place integer NOT NULL,
    acceptance uuid NOT NULL,
    packs bigint NOT NULL,
    price numeric(18, 4) NOT NULL,
    amount_fen bigint NOT NULL,
    tax_fen bigint NOT NULL,
    -- What does not agree, as `CODE invoiced expected`; such a line is not settled.
    mismatches text[] NOT NULL,
    CONSTRAINT invoice_lines_pkey PRIMARY KEY (id),
    CONSTRAINT invoice_lines_place_key UNIQUE (invoice, place),
    CONSTRAINT invoice_lines_invoice_fkey FOREIGN KEY (invoice) REFERENCES invoices,
    CONSTRAINT invoice_lines_acceptance_fkey FOREIGN KEY (acceptance) REFERENCES acceptances,
    CONSTRAINT invoice_lines_values CHECK (packs >= 1 AND price > 0 AND amount_fen >= 0 AND tax_fen >= 0)
);
CREATE INDEX invoice_lines_acceptance ON invoice_lines (acceptance);
GRANT SELECT, INSERT ON invoice_lines TO jicai_app;

-- 结算单: what an enterprise asks for of a month, a hospital, a pooling area and a scheme.
CREATE TABLE statements (
    id uuid NOT NULL,
    month date NOT NULL,
    hospital uuid NOT NULL,
    supplier uuid NOT NULL,
    area text NOT NULL,
    scheme text NOT NULL,
    status text NOT NULL,
    rules text NOT NULL,
    -- By when the hospital answers.
    confirm_by date,
    asked_fen bigint NOT NULL,
    credit_fen bigint NOT NULL,
    carried_in_fen bigint NOT NULL,
    -- The statement that the credit carried in comes from.
    carried_from uuid,
    payable_fen bigint NOT NULL,
    held_fen bigint NOT NULL,
    carried_out_fen bigint NOT NULL,
    applied_by uuid NOT NULL,
    applied_at timestamptz NOT NULL,
    confirmed_by uuid,
    reviewed_by uuid,
    approved_by uuid,
    status_since timestamptz NOT NULL,
    reason text,
    version integer NOT NULL,
    CONSTRAINT statements_pkey PRIMARY KEY (id),
    CONSTRAINT statements_month_key UNIQUE (month, hospital, supplier, area, scheme),
    CONSTRAINT statements_carried_from_key UNIQUE (carried_from),
    CONSTRAINT statements_carried_from_fkey FOREIGN KEY (carried_from) REFERENCES statements,
    CONSTRAINT statements_hospital_fkey FOREIGN KEY (hospital) REFERENCES organizations,
    CONSTRAINT statements_supplier_fkey FOREIGN KEY (supplier) REFERENCES organizations,
    CONSTRAINT statements_book_fkey FOREIGN KEY (area, scheme) REFERENCES ledger_books,
    CONSTRAINT statements_applied_by_fkey FOREIGN KEY (applied_by) REFERENCES users,
    CONSTRAINT statements_confirmed_by_fkey FOREIGN KEY (confirmed_by) REFERENCES users,
    CONSTRAINT statements_reviewed_by_fkey FOREIGN KEY (reviewed_by) REFERENCES users,
    CONSTRAINT statements_approved_by_fkey FOREIGN KEY (approved_by) REFERENCES users,
    CONSTRAINT statements_month CHECK (extract(day FROM month) = 1),
    CONSTRAINT statements_status CHECK (status IN ('APPLIED', 'CONFIRMED', 'REVIEWED', 'APPROVED', 'PAID', 'OFFSET', 'CLOSED', 'RETURNED')),
    CONSTRAINT statements_amounts CHECK (least(asked_fen, credit_fen, carried_in_fen, payable_fen, held_fen, carried_out_fen) >= 0
        AND (payable_fen = 0 OR carried_out_fen = 0)),
    CONSTRAINT statements_net CHECK (status IN ('APPLIED', 'RETURNED')
        OR payable_fen - carried_out_fen = asked_fen - held_fen - credit_fen - carried_in_fen),
    CONSTRAINT statements_second_person CHECK (approved_by IS NULL OR approved_by <> reviewed_by),
    CONSTRAINT statements_version CHECK (version >= 1)
);
CREATE INDEX statements_hospital ON statements (hospital, id);
CREATE INDEX statements_supplier ON statements (supplier, id);
CREATE INDEX statements_book ON statements (area, scheme, status, id);
CREATE INDEX statements_applied_by ON statements (applied_by);
CREATE INDEX statements_confirmed_by ON statements (confirmed_by);
CREATE INDEX statements_reviewed_by ON statements (reviewed_by);
CREATE INDEX statements_approved_by ON statements (approved_by);
GRANT SELECT, INSERT, UPDATE (status, confirm_by, asked_fen, credit_fen, payable_fen, held_fen, carried_out_fen, confirmed_by, reviewed_by, approved_by, status_since,
    reason, version) ON statements TO jicai_app;

-- A line is an invoice line, what an earlier dispute left to pay, or the credit of goods that went back. None is in two statements.
CREATE TABLE statement_lines (
    id uuid NOT NULL,
    statement uuid NOT NULL,
    kind text NOT NULL,
    invoice_line uuid,
    resolves uuid,
    goods_return uuid,
    asked_fen bigint NOT NULL,
    answer text NOT NULL,
    disputed_fen bigint NOT NULL,
    reason text,
    -- What of the dispute is to be paid after all.
    resolved_fen bigint,
    resolved_at timestamptz,
    CONSTRAINT statement_lines_pkey PRIMARY KEY (id),
    CONSTRAINT statement_lines_invoice_line_key UNIQUE (invoice_line),
    CONSTRAINT statement_lines_resolves_key UNIQUE (resolves),
    CONSTRAINT statement_lines_goods_return_key UNIQUE (goods_return),
    CONSTRAINT statement_lines_statement_fkey FOREIGN KEY (statement) REFERENCES statements,
    CONSTRAINT statement_lines_invoice_line_fkey FOREIGN KEY (invoice_line) REFERENCES invoice_lines,
    CONSTRAINT statement_lines_resolves_fkey FOREIGN KEY (resolves) REFERENCES statement_lines,
    CONSTRAINT statement_lines_goods_return_fkey FOREIGN KEY (goods_return) REFERENCES goods_returns,
    CONSTRAINT statement_lines_kind CHECK (num_nonnulls(invoice_line, resolves, goods_return) = 1
        AND kind = CASE WHEN invoice_line IS NOT NULL THEN 'INVOICE' WHEN resolves IS NOT NULL THEN 'RESOLVED' ELSE 'CREDIT' END),
    CONSTRAINT statement_lines_answer CHECK (answer IN ('OPEN', 'CONFIRMED', 'DISPUTED') AND (answer = 'DISPUTED') = (disputed_fen > 0)
        AND (answer = 'DISPUTED') = (reason IS NOT NULL) AND (kind <> 'CREDIT' OR answer = 'CONFIRMED')),
    CONSTRAINT statement_lines_amounts CHECK (asked_fen > 0 AND disputed_fen BETWEEN 0 AND asked_fen
        AND resolved_fen BETWEEN 0 AND disputed_fen AND (resolved_fen IS NULL) = (resolved_at IS NULL))
);
CREATE INDEX statement_lines_statement ON statement_lines (statement, id);
GRANT SELECT, INSERT, UPDATE (answer, disputed_fen, reason, resolved_fen, resolved_at) ON statement_lines TO jicai_app;

-- 付款批次: what the bank is told at once.
CREATE TABLE payment_batches (
    id uuid NOT NULL,
    area text NOT NULL,
    scheme text NOT NULL,
    day date NOT NULL,
    status text NOT NULL,
    payments integer NOT NULL,
    total_fen bigint NOT NULL,
    prepared_by uuid NOT NULL,
    prepared_at timestamptz NOT NULL,
    decided_by uuid,
    sent_at timestamptz,
    version integer NOT NULL,
    CONSTRAINT payment_batches_pkey PRIMARY KEY (id),
    CONSTRAINT payment_batches_book_fkey FOREIGN KEY (area, scheme) REFERENCES ledger_books,
    CONSTRAINT payment_batches_prepared_by_fkey FOREIGN KEY (prepared_by) REFERENCES users,
    CONSTRAINT payment_batches_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES users,
    CONSTRAINT payment_batches_status CHECK (status IN ('PREPARED', 'APPROVED', 'SENT', 'VOIDED') AND (status = 'PREPARED') = (decided_by IS NULL)
        AND (status = 'SENT') = (sent_at IS NOT NULL)),
    CONSTRAINT payment_batches_second_person CHECK (status IN ('PREPARED', 'VOIDED') OR decided_by <> prepared_by),
    CONSTRAINT payment_batches_counts CHECK (payments >= 1 AND total_fen >= 1),
    CONSTRAINT payment_batches_version CHECK (version >= 1)
);
CREATE INDEX payment_batches_book ON payment_batches (area, scheme, id);
CREATE INDEX payment_batches_prepared_by ON payment_batches (prepared_by);
CREATE INDEX payment_batches_decided_by ON payment_batches (decided_by);
GRANT SELECT, INSERT, UPDATE (status, decided_by, sent_at, version) ON payment_batches TO jicai_app;

CREATE TABLE payments (
    id uuid NOT NULL,
    batch uuid NOT NULL,
    area text NOT NULL,
    statement uuid NOT NULL,
    supplier uuid NOT NULL,
    amount_fen bigint NOT NULL,
    holder text NOT NULL,
    bank_code text NOT NULL,
    account text NOT NULL,
    -- The payment that did not arrive, of which this is the next try.
    replaces uuid,
    status text NOT NULL,
    bank_reference text,
    bank_reason text,
    paid_on date,
    status_since timestamptz NOT NULL,
    CONSTRAINT payments_pkey PRIMARY KEY (id),
    CONSTRAINT payments_batch_fkey FOREIGN KEY (batch) REFERENCES payment_batches,
    CONSTRAINT payments_statement_fkey FOREIGN KEY (statement) REFERENCES statements,
    CONSTRAINT payments_supplier_fkey FOREIGN KEY (supplier) REFERENCES organizations,
    CONSTRAINT payments_replaces_fkey FOREIGN KEY (replaces) REFERENCES payments,
    CONSTRAINT payments_status CHECK (status IN ('PREPARED', 'INSTRUCTED', 'PAID', 'FAILED', 'RETURNED', 'VOIDED')
        AND (status NOT IN ('PAID', 'RETURNED') OR paid_on IS NOT NULL)),
    CONSTRAINT payments_amount CHECK (amount_fen >= 1)
);
CREATE INDEX payments_batch ON payments (batch, id);
CREATE INDEX payments_statement ON payments (statement);
CREATE INDEX payments_supplier ON payments (supplier, id);
-- Nothing is paid twice.
CREATE UNIQUE INDEX payments_live ON payments (statement) WHERE status IN ('PREPARED', 'INSTRUCTED', 'PAID');
CREATE INDEX payments_replaces ON payments (replaces);
CREATE UNIQUE INDEX payments_replaced ON payments (replaces) WHERE status <> 'VOIDED';
GRANT SELECT, INSERT, UPDATE (status, bank_reference, bank_reason, paid_on, status_since) ON payments TO jicai_app;

-- Answers of the bank that were taken in, so that the same file changes nothing the second time.
CREATE TABLE bank_answers (
    batch uuid NOT NULL,
    sha256 bytea NOT NULL,
    answers integer NOT NULL,
    taken_by uuid NOT NULL,
    taken_at timestamptz NOT NULL,
    CONSTRAINT bank_answers_pkey PRIMARY KEY (batch, sha256),
    CONSTRAINT bank_answers_batch_fkey FOREIGN KEY (batch) REFERENCES payment_batches,
    CONSTRAINT bank_answers_taken_by_fkey FOREIGN KEY (taken_by) REFERENCES users,
    CONSTRAINT bank_answers_sha256 CHECK (octet_length(sha256) = 32)
);
CREATE INDEX bank_answers_taken_by ON bank_answers (taken_by);
GRANT SELECT, INSERT ON bank_answers TO jicai_app;

-- The second wall: the service's role sees nothing of the ledger and of statements unless the transaction says for which areas, as the pattern
-- of their codes, or for which party it works.
ALTER TABLE ledger_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger_accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger_proposals ENABLE ROW LEVEL SECURITY;
ALTER TABLE statements ENABLE ROW LEVEL SECURITY;
ALTER TABLE payments ENABLE ROW LEVEL SECURITY;
CREATE POLICY ledger_events_of_area ON ledger_events TO jicai_app USING (area ~ nullif(current_setting('jicai.settling_areas', true), ''));
CREATE POLICY ledger_entries_of_area ON ledger_entries TO jicai_app USING (area ~ nullif(current_setting('jicai.settling_areas', true), ''));
CREATE POLICY ledger_accounts_of_area ON ledger_accounts TO jicai_app USING (area ~ nullif(current_setting('jicai.settling_areas', true), ''));
CREATE POLICY ledger_proposals_of_area ON ledger_proposals TO jicai_app USING (area ~ nullif(current_setting('jicai.settling_areas', true), ''));
CREATE POLICY statements_of_area ON statements TO jicai_app USING (area ~ nullif(current_setting('jicai.settling_areas', true), ''));
CREATE POLICY payments_of_area ON payments TO jicai_app USING (area ~ nullif(current_setting('jicai.settling_areas', true), ''));
CREATE POLICY ledger_accounts_of_party ON ledger_accounts FOR SELECT TO jicai_app
    USING (party = nullif(current_setting('jicai.settling_party', true), '')::uuid);
CREATE POLICY statements_of_party ON statements TO jicai_app
    USING (nullif(current_setting('jicai.settling_party', true), '')::uuid IN (hospital, supplier));
CREATE POLICY payments_of_party ON payments FOR SELECT TO jicai_app
    USING (supplier = nullif(current_setting('jicai.settling_party', true), '')::uuid);
