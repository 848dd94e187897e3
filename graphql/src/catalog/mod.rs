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

use async_graphql::MergedObject;

pub(crate) use labels::ComparisonGroup;
pub(crate) use loaders::ItemLoader;
pub(crate) use types::{Item, ItemUse, item_today};

/// All that can be asked of items.
#[derive(MergedObject, Default)]
pub(crate) struct CatalogQueries(query::CatalogQuery, lookup::LookupQuery, releases::ReleaseQuery);

/// All that can be done with them.
#[derive(MergedObject, Default)]
pub(crate) struct CatalogMutations(mutation::CatalogMutation, releases::ReleaseMutation);
