-- 渠道外支付: what hospitals pay enterprises themselves, outside direct settlement, so that it is known how much of what was accepted is paid (回款率).

CREATE TABLE outside_payments (
    id uuid NOT NULL,
    hospital uuid NOT NULL,
    supplier uuid NOT NULL,
    paid_on date NOT NULL,
    amount_fen bigint NOT NULL,
    -- The bank's number of it, as the hospital has it.
    reference text NOT NULL,
    status text NOT NULL,
    reported_by uuid NOT NULL,
    reported_at timestamptz NOT NULL,
    answered_by uuid,
    answered_at timestamptz,
    reason text,
    version integer NOT NULL,
    CONSTRAINT outside_payments_pkey PRIMARY KEY (id),
    CONSTRAINT outside_payments_hospital_fkey FOREIGN KEY (hospital) REFERENCES organizations,
    CONSTRAINT outside_payments_supplier_fkey FOREIGN KEY (supplier) REFERENCES organizations,
    CONSTRAINT outside_payments_reported_by_fkey FOREIGN KEY (reported_by) REFERENCES users,
    CONSTRAINT outside_payments_answered_by_fkey FOREIGN KEY (answered_by) REFERENCES users,
    CONSTRAINT outside_payments_amount CHECK (amount_fen >= 1),
    CONSTRAINT outside_payments_reference CHECK (char_length(reference) BETWEEN 1 AND 100),
    CONSTRAINT outside_payments_status CHECK (status IN ('REPORTED', 'CONFIRMED', 'DENIED') AND (status = 'REPORTED') = (answered_by IS NULL)
        AND (status = 'REPORTED') = (answered_at IS NULL) AND (status = 'DENIED') = (reason IS NOT NULL)),
    CONSTRAINT outside_payments_version CHECK (version >= 1)
);
CREATE INDEX outside_payments_hospital ON outside_payments (hospital, id);
CREATE INDEX outside_payments_supplier ON outside_payments (supplier, id);
CREATE INDEX outside_payments_reported_by ON outside_payments (reported_by);
CREATE INDEX outside_payments_answered_by ON outside_payments (answered_by);
-- A payment is told of once; one that was denied may be told of again.
CREATE UNIQUE INDEX outside_payments_told ON outside_payments (hospital, supplier, reference) WHERE status <> 'DENIED';
GRANT SELECT, INSERT, UPDATE (status, answered_by, answered_at, reason, version) ON outside_payments TO jicai_app;

CREATE TABLE outside_payment_lines (
    payment uuid NOT NULL,
    acceptance uuid NOT NULL,
    amount_fen bigint NOT NULL,
    CONSTRAINT outside_payment_lines_pkey PRIMARY KEY (payment, acceptance),
    CONSTRAINT outside_payment_lines_payment_fkey FOREIGN KEY (payment) REFERENCES outside_payments,
    CONSTRAINT outside_payment_lines_acceptance_fkey FOREIGN KEY (acceptance) REFERENCES acceptances,
    CONSTRAINT outside_payment_lines_amount CHECK (amount_fen >= 1)
);
CREATE INDEX outside_payment_lines_acceptance ON outside_payment_lines (acceptance);
GRANT SELECT, INSERT ON outside_payment_lines TO jicai_app;
-- What was accepted on some days in a region, for the shares of what was paid.
CREATE INDEX acceptances_accepted_on ON acceptances (accepted_on, hospital);
