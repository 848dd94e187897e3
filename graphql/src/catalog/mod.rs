//! The registry of drugs, consumables and reagents over GraphQL.
mod inputs;
mod labels;
mod mutation;
mod query;
mod types;

pub(crate) use mutation::CatalogMutation;
pub(crate) use query::CatalogQuery;
