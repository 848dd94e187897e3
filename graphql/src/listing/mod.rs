//! Listings and distribution relations over GraphQL.
mod choices;
mod distribution;
mod inputs;
mod listings;
mod types;

use async_graphql::MergedObject;

/// All that can be asked of listings and distribution.
#[derive(MergedObject, Default)]
pub(crate) struct ListingQueries(
    choices::ChoiceQuery,
    distribution::DistributionQuery,
    listings::ListingQuery,
);

/// All that can be done with them.
#[derive(MergedObject, Default)]
pub(crate) struct ListingMutations(
    choices::ChoiceMutation,
    distribution::DistributionMutation,
    listings::ListingMutation,
);
