//! 报量 over GraphQL.
mod inputs;
mod mutation;
mod query;
mod types;

pub(crate) use mutation::DemandMutation;
pub(crate) use query::DemandQuery;
