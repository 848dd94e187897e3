DROP TABLE retained_uses, retained_savings;
ALTER TABLE ledger_proposals DROP CONSTRAINT ledger_proposals_kind,
    ADD CONSTRAINT ledger_proposals_kind CHECK (kind IN ('GRANTED', 'PREPAID', 'CLAIMED', 'COVERED', 'REFUNDED', 'PREPAYMENT_RETURNED'));
ALTER TABLE ledger_events DROP CONSTRAINT ledger_events_kind,
    DROP CONSTRAINT ledger_events_hospital,
    ADD CONSTRAINT ledger_events_kind CHECK (kind IN ('GRANTED', 'PREPAID', 'SETTLED', 'INSTRUCTED', 'PAID', 'FAILED', 'RETURNED', 'CLAIMED',
        'COVERED', 'REFUNDED', 'PREPAYMENT_RETURNED')),
    ADD CONSTRAINT ledger_events_hospital CHECK ((hospital IS NOT NULL) = (kind IN ('PREPAID', 'SETTLED', 'CLAIMED', 'COVERED', 'REFUNDED',
        'PREPAYMENT_RETURNED')));
