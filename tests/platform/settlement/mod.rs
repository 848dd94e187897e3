//! Direct settlement: the ledger, statements and payments, and what Postgres itself refuses.
mod fund;
mod invoices;
mod ledger;
mod statements;
mod trade;
mod whole;
