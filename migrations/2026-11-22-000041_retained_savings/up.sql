-- 结余留用: what a hospital keeps of what it saved the fund, how it was reckoned, and where it stands in the ledger.

ALTER TABLE ledger_events DROP CONSTRAINT ledger_events_kind,
    DROP CONSTRAINT ledger_events_hospital,
    ADD CONSTRAINT ledger_events_kind CHECK (kind IN ('GRANTED', 'PREPAID', 'SETTLED', 'INSTRUCTED', 'PAID', 'FAILED', 'RETURNED', 'CLAIMED',
        'COVERED', 'REFUNDED', 'PREPAYMENT_RETURNED', 'RETAINED')),
    ADD CONSTRAINT ledger_events_hospital CHECK ((hospital IS NOT NULL) = (kind IN ('PREPAID', 'SETTLED', 'CLAIMED', 'COVERED', 'REFUNDED',
        'PREPAYMENT_RETURNED', 'RETAINED')));
ALTER TABLE ledger_proposals DROP CONSTRAINT ledger_proposals_kind,
    ADD CONSTRAINT ledger_proposals_kind CHECK (kind IN ('GRANTED', 'PREPAID', 'CLAIMED', 'COVERED', 'REFUNDED', 'PREPAYMENT_RETURNED', 'RETAINED'));

CREATE TABLE retained_savings (
    -- The event that was prepared with it.
    event uuid NOT NULL,
    area text NOT NULL,
    hospital uuid NOT NULL,
    fund_share numeric(5, 4) NOT NULL,
    ratio numeric(5, 4) NOT NULL,
    rules text NOT NULL,
    budget_fen bigint NOT NULL,
    spending_fen bigint NOT NULL,
    saved_fen bigint NOT NULL,
    retained_fen bigint NOT NULL,
    CONSTRAINT retained_savings_pkey PRIMARY KEY (event),
    CONSTRAINT retained_savings_event_fkey FOREIGN KEY (event) REFERENCES ledger_proposals,
    CONSTRAINT retained_savings_hospital_fkey FOREIGN KEY (hospital) REFERENCES organizations,
    CONSTRAINT retained_savings_amounts CHECK (retained_fen >= 1 AND saved_fen = budget_fen - spending_fen AND retained_fen <= saved_fen)
);
CREATE INDEX retained_savings_hospital ON retained_savings (hospital, event);
CREATE INDEX retained_savings_area ON retained_savings (area, event);
GRANT SELECT, INSERT ON retained_savings TO jicai_app;

-- What the hospital used of each contract, in units of the lot's representative.
CREATE TABLE retained_uses (
    event uuid NOT NULL,
    contract uuid NOT NULL,
    base bigint NOT NULL,
    before numeric(18, 4) NOT NULL,
    agreed bigint NOT NULL,
    selected bigint NOT NULL,
    price numeric NOT NULL,
    others_fen bigint NOT NULL,
    CONSTRAINT retained_uses_pkey PRIMARY KEY (event, contract),
    CONSTRAINT retained_uses_event_fkey FOREIGN KEY (event) REFERENCES retained_savings,
    CONSTRAINT retained_uses_contract_fkey FOREIGN KEY (contract) REFERENCES contracts,
    CONSTRAINT retained_uses_amounts CHECK (least(base, agreed, selected, others_fen) >= 0 AND least(before, price) >= 0)
);
CREATE INDEX retained_uses_contract ON retained_uses (contract);
GRANT SELECT, INSERT ON retained_uses TO jicai_app;
