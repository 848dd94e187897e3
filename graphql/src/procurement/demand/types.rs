//! What is shown of demand.
use async_graphql::{Enum, ID, Object, SimpleObject};
use jicai_domain::identity::{Reason, RegionLevel};
use jicai_domain::ids::DemandFormId;
use jicai_domain::procurement::demand as domain;
use jicai_domain::procurement::qualification::Entry;
use jicai_service::Changed;
use jicai_service::procurement::demand as cases;

use crate::dates::DateTime;

/// How far a demand form is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum DemandStatus {
    /// 填报中: the institution or its lead fills it.
    Draft,
    /// 待审: it waits for reviewers.
    Submitted,
    /// 退回: the institution has to put something right.
    Returned,
    /// 锁定: it counts, and never changes again.
    Locked,
}

impl DemandStatus {
    /// The label that rows have.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Submitted => "SUBMITTED",
            Self::Returned => "RETURNED",
            Self::Locked => "LOCKED",
        }
    }

    const fn of(status: &domain::DemandStatus) -> Self {
        match status {
            domain::DemandStatus::Draft => Self::Draft,
            domain::DemandStatus::Submitted { .. } => Self::Submitted,
            domain::DemandStatus::Returned { .. } => Self::Returned,
            domain::DemandStatus::Locked => Self::Locked,
        }
    }
}

/// Whose reviewers a form waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum DemandStage {
    /// 县级.
    County,
    /// 市级.
    City,
    /// 省级, whose approval locks the form.
    Province,
}

impl DemandStage {
    /// The level of the region that a form waits in.
    pub(super) const fn level(self) -> RegionLevel {
        match self {
            Self::County => RegionLevel::County,
            Self::City => RegionLevel::Prefecture,
            Self::Province => RegionLevel::Province,
        }
    }

    const fn of(level: RegionLevel) -> Self {
        match level {
            RegionLevel::County => Self::County,
            RegionLevel::Prefecture => Self::City,
            RegionLevel::Province | RegionLevel::Nation => Self::Province,
        }
    }
}

/// A medical institution, as those see it who handle its demand.
#[derive(SimpleObject)]
pub(super) struct DemandInstitution {
    /// Its id.
    id: ID,
    /// Its name.
    name: String,
    /// 统一社会信用代码, its unified social credit code (GB 32100).
    credit_code: String,
}

/// 报量表, what an institution reports for a round. Its lines are `demandLines`.
pub(super) struct DemandForm(pub(super) cases::Reported);

#[Object]
impl DemandForm {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.form.id.to_string())
    }

    /// The id of the round.
    async fn round_id(&self) -> ID {
        ID(self.0.form.round.to_string())
    }

    /// Whose demand it is, whoever typed it.
    async fn institution(&self) -> DemandInstitution {
        DemandInstitution {
            id: ID(self.0.form.institution.to_string()),
            name: self.0.institution.as_str().to_owned(),
            credit_code: self.0.credit_code.as_str().to_owned(),
        }
    }

    /// The code of the smallest region that holds the institution.
    async fn region_code(&self) -> String {
        self.0.form.region.to_string()
    }

    /// How far it is.
    async fn status(&self) -> DemandStatus {
        DemandStatus::of(&self.0.form.status)
    }

    /// Whose reviewers it waits for.
    async fn stage(&self) -> Option<DemandStage> {
        self.0.form.status.waits_in().map(|region| DemandStage::of(region.level()))
    }

    /// The code of the region whose reviewers it waits for.
    async fn waits_in_code(&self) -> Option<String> {
        self.0.form.status.waits_in().map(|region| region.to_string())
    }

    /// Why it was returned.
    async fn status_reason(&self) -> Option<&str> {
        self.0.form.status.reason().map(Reason::as_str)
    }

    /// Since when it is as far as it is.
    async fn since(&self) -> DateTime {
        DateTime(self.0.since)
    }

    /// How often it changed; every change names the version that it has seen.
    async fn version(&self) -> i32 {
        self.0.form.version.number()
    }
}

/// What an institution will need of a spec.
pub(super) struct DemandLine(pub(super) cases::ListedLine);

#[Object]
impl DemandLine {
    /// The number of the lot.
    async fn lot_number(&self) -> i32 {
        self.0.lot
    }

    /// The id of the spec.
    async fn spec_id(&self) -> ID {
        ID(self.0.line.spec.to_string())
    }

    /// The code of the spec.
    async fn spec_code(&self) -> &str {
        &self.0.code
    }

    /// The id of the brand's product; none is by generic name.
    async fn product_id(&self) -> Option<ID> {
        self.0.line.product.map(|product| ID(product.to_string()))
    }

    /// Smallest units a year, as a decimal number.
    async fn volume(&self) -> String {
        self.0.line.volume.to_string()
    }

    /// Smallest units a year, the mean of two years, as a decimal number.
    async fn past_use(&self) -> String {
        self.0.line.past_use.to_string()
    }

    /// Why it is so little.
    async fn reason(&self) -> Option<&str> {
        self.0.line.reason.as_ref().map(Reason::as_str)
    }
}

/// 医共体成员, an institution for which another reports.
pub(super) struct DemandLead(pub(super) cases::Led);

#[Object]
impl DemandLead {
    /// The institution.
    async fn member(&self) -> DemandInstitution {
        DemandInstitution {
            id: ID(self.0.member.to_string()),
            name: self.0.name.as_str().to_owned(),
            credit_code: self.0.credit_code.as_str().to_owned(),
        }
    }

    /// The id of the lead that reports for it.
    async fn lead_id(&self) -> ID {
        ID(self.0.lead.to_string())
    }

    /// The lead's name.
    async fn lead_name(&self) -> &str {
        self.0.lead_name.as_str()
    }

    /// Since when.
    async fn joined_at(&self) -> DateTime {
        DateTime(self.0.joined)
    }
}

/// What the locked forms of a region come to for a spec, by generic name or for a brand.
pub(super) struct DemandTotal(pub(super) cases::Total);

#[Object]
impl DemandTotal {
    /// The id of the lot.
    async fn lot_id(&self) -> ID {
        ID(self.0.demand.lot.to_string())
    }

    /// The number of the lot.
    async fn lot_number(&self) -> i32 {
        self.0.number
    }

    /// The code of the one of the round's regions that buys it.
    async fn region_code(&self) -> String {
        self.0.demand.region.to_string()
    }

    /// The id of the spec.
    async fn spec_id(&self) -> ID {
        ID(self.0.demand.spec.to_string())
    }

    /// The code of the spec.
    async fn spec_code(&self) -> &str {
        &self.0.code
    }

    /// The id of the brand's product; none is by generic name.
    async fn product_id(&self) -> Option<ID> {
        self.0.demand.product.map(|product| ID(product.to_string()))
    }

    /// Smallest units a year, as a decimal number.
    async fn volume(&self) -> String {
        self.0.demand.volume.to_string()
    }
}

/// A product that brand demand may name.
pub(super) struct DemandBrand(pub(super) Entry);

#[Object]
impl DemandBrand {
    /// The id of the product.
    async fn product_id(&self) -> ID {
        ID(self.0.product.to_string())
    }

    /// Its name.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// The firm that supplies it.
    async fn holder_name(&self) -> &str {
        self.0.applicant_name.as_str()
    }

    /// The name of the lot.
    async fn lot_name(&self) -> &str {
        self.0.lot_name.as_str()
    }

    /// The id of the spec.
    async fn spec_id(&self) -> ID {
        ID(self.0.spec.to_string())
    }

    /// The name of the spec.
    async fn spec_name(&self) -> &str {
        self.0.spec_name.as_str()
    }
}

/// The answer to a change of a form.
#[derive(SimpleObject)]
pub(super) struct DemandChanged {
    /// The id of the form.
    id: ID,
    /// Its version after the change.
    version: i32,
}

impl From<Changed<DemandFormId>> for DemandChanged {
    fn from(changed: Changed<DemandFormId>) -> Self {
        Self { id: ID(changed.id.to_string()), version: changed.version.number() }
    }
}
