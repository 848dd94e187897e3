//! Organizations, regions, users, logins and alliances over GraphQL.
mod inputs;
mod loaders;
mod mutation;
mod query;
mod types;

pub(crate) use loaders::{OrganizationLoader, RegionLoader};
pub(crate) use mutation::IdentityMutation;
pub(crate) use query::IdentityQuery;
