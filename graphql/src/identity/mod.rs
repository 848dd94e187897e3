//! Organizations, regions, users, logins, clients and alliances over GraphQL.
mod clients;
mod inputs;
mod licences;
mod loaders;
mod mutation;
mod query;
mod types;

use async_graphql::MergedObject;

pub(crate) use inputs::{ChangeInput, ReasonedChangeInput};
pub(crate) use licences::Licence;
pub(crate) use loaders::{LicenceLoader, OrganizationLoader, RegionLoader};
pub(crate) use types::Region;

/// All that can be asked of organizations and users.
#[derive(MergedObject, Default)]
pub(crate) struct IdentityQueries(query::IdentityQuery, clients::ClientQuery);

/// All that can be done with them.
#[derive(MergedObject, Default)]
pub(crate) struct IdentityMutations(mutation::IdentityMutation, clients::ClientMutation);
