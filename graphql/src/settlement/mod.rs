//! Direct settlement over GraphQL.
mod ledger;
mod mutation;
mod payments;
mod statements;
mod types;

use async_graphql::MergedObject;

/// All that can be asked of settlement.
#[derive(MergedObject, Default)]
pub(crate) struct SettlementQueries(ledger::LedgerQuery, statements::StatementQuery, payments::PaymentQuery);

/// All that can be done with them.
#[derive(MergedObject, Default)]
pub(crate) struct SettlementMutations(
    mutation::LedgerMutation,
    statements::StatementMutation,
    payments::PaymentMutation,
);
