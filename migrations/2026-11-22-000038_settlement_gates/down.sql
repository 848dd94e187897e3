DROP TABLE paying_accounts, receivable_letters;
ALTER TABLE ledger_proposals DROP COLUMN contracted_fen;
ALTER TABLE statement_lines DROP CONSTRAINT statement_lines_kind,
    DROP COLUMN defers,
    ADD CONSTRAINT statement_lines_kind CHECK (num_nonnulls(invoice_line, resolves, goods_return) = 1
        AND kind = CASE WHEN invoice_line IS NOT NULL THEN 'INVOICE' WHEN resolves IS NOT NULL THEN 'RESOLVED' ELSE 'CREDIT' END);
DROP INDEX statements_waiting;
ALTER TABLE statements DROP CONSTRAINT statements_amounts,
    DROP CONSTRAINT statements_net,
    DROP COLUMN reminded_on,
    DROP COLUMN confirmed_itself,
    DROP COLUMN deferred_fen,
    ADD CONSTRAINT statements_amounts CHECK (least(asked_fen, credit_fen, carried_in_fen, payable_fen, held_fen, carried_out_fen) >= 0
        AND (payable_fen = 0 OR carried_out_fen = 0)),
    ADD CONSTRAINT statements_net CHECK (status IN ('APPLIED', 'RETURNED')
        OR payable_fen - carried_out_fen = asked_fen - held_fen - credit_fen - carried_in_fen);
DROP TABLE settlement_terms, designations;
ALTER TABLE invoice_lines DROP COLUMN first_invoice, DROP COLUMN exemption;
DROP TABLE first_invoice_lines, first_invoices, import_rows;
ALTER TABLE imports DROP CONSTRAINT imports_kind,
    ADD CONSTRAINT imports_kind CHECK (kind IN ('ORGANIZATIONS', 'DEMAND', 'RESULTS', 'CATALOG', 'PRICES'));
