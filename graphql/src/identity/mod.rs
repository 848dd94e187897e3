//! Organizations, regions, users, logins, clients and alliances over GraphQL.
mod clients;
mod inputs;
mod licences;
mod loaders;
mod mutation;
mod query;
mod types;

pub(crate) use clients::{ClientMutation, ClientQuery};
pub(crate) use inputs::{ChangeInput, ReasonedChangeInput};
pub(crate) use licences::Licence;
pub(crate) use loaders::{LicenceLoader, OrganizationLoader, RegionLoader};
pub(crate) use mutation::IdentityMutation;
pub(crate) use query::IdentityQuery;
pub(crate) use types::Region;
