//! The registry of drugs, consumables and reagents over GraphQL.
mod inputs;
mod labels;
mod lookup;
mod mutation;
mod query;
mod releases;
mod types;

pub(crate) use lookup::LookupQuery;
pub(crate) use mutation::CatalogMutation;
pub(crate) use query::CatalogQuery;
pub(crate) use releases::{ReleaseMutation, ReleaseQuery};
