//! Rows that many fields of a request name, read once a level. Each carries the caller, so that nothing is loaded that the
//! caller may not see.
use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use jicai_domain::documents::Document;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Licence, Organization, Region, RegionCode};
use jicai_domain::ids::OrganizationId;
use jicai_service::{App, Error, identity};

/// Regions by their codes.
pub(crate) struct RegionLoader {
    pub(crate) app: App,
}

impl Loader<RegionCode> for RegionLoader {
    type Value = Region;
    type Error = Arc<Error>;

    async fn load(&self, codes: &[RegionCode]) -> Result<HashMap<RegionCode, Region>, Self::Error> {
        let found = identity::regions_named(&self.app, codes).await?;
        Ok(found.into_iter().map(|region| (region.code, region)).collect())
    }
}

/// Organizations that the caller may see, by their ids.
pub(crate) struct OrganizationLoader {
    pub(crate) app: App,
    pub(crate) caller: Option<Caller>,
}

impl Loader<OrganizationId> for OrganizationLoader {
    type Value = Organization;
    type Error = Arc<Error>;

    async fn load(
        &self,
        ids: &[OrganizationId],
    ) -> Result<HashMap<OrganizationId, Organization>, Self::Error> {
        let found = identity::organizations_of(&self.app, known(self.caller.as_ref())?, ids).await?;
        Ok(found.into_iter().map(|organization| (organization.id, organization)).collect())
    }
}

/// Licences that the caller may see, with their documents, by the organizations that hold them.
pub(crate) struct LicenceLoader {
    pub(crate) app: App,
    pub(crate) caller: Option<Caller>,
}

impl Loader<OrganizationId> for LicenceLoader {
    type Value = Vec<(Licence, Document)>;
    type Error = Arc<Error>;

    async fn load(
        &self,
        holders: &[OrganizationId],
    ) -> Result<HashMap<OrganizationId, Self::Value>, Self::Error> {
        let mut found: HashMap<OrganizationId, Self::Value> = HashMap::new();
        for licence in identity::licences_of(&self.app, known(self.caller.as_ref())?, holders).await? {
            found.entry(licence.0.organization).or_default().push(licence);
        }
        Ok(found)
    }
}

fn known(caller: Option<&Caller>) -> Result<&Caller, Error> {
    caller.ok_or_else(|| Error::Refused(Refusal::of(Code::Unauthenticated)))
}
