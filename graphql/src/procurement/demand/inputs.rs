//! What clients send of demand, parsed once.
use async_graphql::{ID, InputObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::Refusal;
use jicai_domain::identity::{Caller, Reason, Version};
use jicai_domain::ids::{Id, OrganizationId, RoundId, RoundProductId, SpecId};
use jicai_domain::procurement::demand::{DemandLine, units};
use jicai_service::procurement::demand::{FillDemand, Leading};

use super::types::{DemandStage, DemandStatus};

/// Which forms.
#[derive(InputObject)]
pub(super) struct DemandFormFilter {
    /// Of which round.
    pub(super) round: ID,
    /// Only in that state.
    pub(super) status: Option<DemandStatus>,
    /// Only those that wait for reviewers at that level.
    pub(super) stage: Option<DemandStage>,
}

/// What an institution will need of a spec.
#[derive(InputObject)]
struct DemandLineInput {
    /// The id of the spec.
    spec: ID,
    /// The id of the brand's product; left out by generic name.
    product: Option<ID>,
    /// Smallest units a year, as a decimal number.
    volume: String,
    /// Smallest units a year, the mean of two years, as a decimal number.
    past_use: String,
    /// Why it is so little; needed below the round's share of past use.
    reason: Option<String>,
}

/// The whole demand of an institution for a round, in the place of what was there.
#[derive(InputObject)]
pub(super) struct FillDemandInput {
    /// The round.
    round: ID,
    /// The institution, where the caller's is the lead that reports for it.
    institution: Option<ID>,
    /// The version that was seen; left out where there is no form yet.
    version: Option<i32>,
    /// Its lines, at most 5,000; an import may bring more.
    lines: Vec<DemandLineInput>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl FillDemandInput {
    /// What the caller fills.
    pub(super) fn parsed(self, caller: &Caller) -> Result<FillDemand, Refusal> {
        let institution = self.institution.map(|id| OrganizationId::parse(&id)).transpose();
        Ok(FillDemand {
            round: RoundId::parse(&self.round).map_err(|refusal| refusal.at("round"))?,
            institution: institution
                .map_err(|refusal| refusal.at("institution"))?
                .unwrap_or(caller.organization),
            version: self.version.map(Version::new),
            lines: self.lines.into_iter().map(DemandLine::try_from).collect::<Result<_, _>>()?,
            key: IdempotencyKey::parse(&self.idempotency_key)?,
        })
    }
}

impl TryFrom<DemandLineInput> for DemandLine {
    type Error = Refusal;

    fn try_from(input: DemandLineInput) -> Result<Self, Refusal> {
        let product = input.product.map(|id| RoundProductId::parse(&id)).transpose();
        Ok(Self {
            spec: SpecId::parse(&input.spec).map_err(|refusal| refusal.at("spec"))?,
            product: product.map_err(|refusal| refusal.at("product"))?,
            volume: units(&input.volume, "volume")?,
            past_use: units(&input.past_use, "pastUse")?,
            reason: input.reason.as_deref().map(Reason::parse).transpose()?,
        })
    }
}

/// An institution that reports for another, or is to.
#[derive(InputObject)]
pub(super) struct DemandLeadInput {
    /// The institution that reports, the lead of a 医共体.
    lead: ID,
    /// The institution for which it reports.
    member: ID,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl TryFrom<DemandLeadInput> for Leading {
    type Error = Refusal;

    fn try_from(input: DemandLeadInput) -> Result<Self, Refusal> {
        Ok(Self {
            lead: organization(&input.lead, "lead")?,
            member: organization(&input.member, "member")?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

fn organization(id: &ID, field: &'static str) -> Result<OrganizationId, Refusal> {
    OrganizationId::parse(id).map_err(|refusal| refusal.at(field))
}
