//! The registry of drugs, consumables and reagents over GraphQL.
mod decisions;
mod inputs;
mod labels;
mod loaders;
mod lookup;
mod mutation;
mod query;
mod releases;
mod types;

pub(crate) use loaders::ItemLoader;
pub(crate) use lookup::LookupQuery;
pub(crate) use mutation::CatalogMutation;
pub(crate) use query::CatalogQuery;
pub(crate) use releases::{ReleaseMutation, ReleaseQuery};
pub(crate) use types::{Item, ItemUse, item_today};
