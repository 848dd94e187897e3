//! Prices over GraphQL: reported, in doubt, seen, shared.
mod history;
mod indices;
mod report;
mod shares;
mod tickets;
mod types;

use async_graphql::MergedObject;

/// All that can be asked of prices.
#[derive(MergedObject, Default)]
pub(crate) struct PricingQueries(
    history::HistoryQuery,
    indices::IndexQuery,
    shares::ShareQuery,
    tickets::TicketQuery,
);

/// All that can be done with them.
#[derive(MergedObject, Default)]
pub(crate) struct PricingMutations(
    indices::IndexMutation,
    report::ReportMutation,
    shares::ShareMutation,
    tickets::TicketMutation,
);
