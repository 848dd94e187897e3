//! Direct settlement over GraphQL.
mod chain;
mod gates;
mod invoices;
mod ledger;
mod mutation;
mod outside;
mod payments;
mod savings;
mod standards;
mod statements;
mod types;

use async_graphql::MergedObject;

/// All that can be asked of settlement.
#[derive(MergedObject, Default)]
pub(crate) struct SettlementQueries(
    ledger::LedgerQuery,
    invoices::InvoiceQuery,
    statements::StatementQuery,
    payments::PaymentQuery,
    outside::OutsideQuery,
    chain::FirstInvoiceQuery,
    gates::GateQuery,
    savings::SavingsQuery,
    standards::StandardQuery,
);

/// All that can be done with it.
#[derive(MergedObject, Default)]
pub(crate) struct SettlementMutations(
    mutation::LedgerMutation,
    invoices::InvoiceMutation,
    statements::StatementMutation,
    payments::PaymentMutation,
    outside::OutsideMutation,
    chain::FirstInvoiceMutation,
    gates::GateMutation,
    savings::SavingsMutation,
    standards::StandardMutation,
);
