//! Direct settlement over GraphQL.
mod chain;
mod gates;
mod invoices;
mod ledger;
mod mutation;
mod payments;
mod savings;
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
    chain::FirstInvoiceQuery,
    gates::GateQuery,
    savings::SavingsQuery,
);

/// All that can be done with it.
#[derive(MergedObject, Default)]
pub(crate) struct SettlementMutations(
    mutation::LedgerMutation,
    invoices::InvoiceMutation,
    statements::StatementMutation,
    payments::PaymentMutation,
    chain::FirstInvoiceMutation,
    gates::GateMutation,
    savings::SavingsMutation,
);
