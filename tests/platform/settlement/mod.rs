//! Direct settlement: the ledger, statements and payments, and what Postgres itself refuses.
mod bank;
mod crashes;
pub(crate) mod files;
mod fund;
mod gates;
mod invoices;
mod ledger;
mod outside;
mod proof;
mod standards;
mod statements;
mod trade;
mod whole;
