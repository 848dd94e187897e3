DROP TABLE bank_answers, payments, payment_batches, statement_lines, statements, invoice_lines, invoices, payee_accounts, ledger_proofs,
    ledger_proposals, ledger_accounts, ledger_entries, ledger_events, ledger_books;
DROP FUNCTION ledger_stays();
DROP FUNCTION ledger_stays_closed();
DROP FUNCTION ledger_takes_events();
DROP FUNCTION ledger_takes_entries();
DROP FUNCTION ledger_is_balanced();
