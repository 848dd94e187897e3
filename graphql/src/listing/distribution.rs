//! 配送关系: who distributes what of whom, and which distributors a hospital ticks.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, RegionCode, Version};
use jicai_domain::ids::{DistributionRelationId, Id, ListingId, OrganizationId, SelectedProductId};
use jicai_service::listing::relations as cases;
use jicai_service::listing::relations::Goods;

use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::{Date, DateTime};
use crate::error::ApiError;

/// How a distribution relation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
enum DistributionState {
    /// The distributor has not answered. 待确认
    Proposed,
    /// The distributor delivers. 已确认
    Accepted,
    /// The distributor does not want it. 已拒绝
    Refused,
    /// A side ended it. 已作废
    Voided,
    /// Another distributor took its place. 已更换
    Replaced,
}

impl DistributionState {
    const fn label(self) -> &'static str {
        match self {
            Self::Proposed => "PROPOSED",
            Self::Accepted => "ACCEPTED",
            Self::Refused => "REFUSED",
            Self::Voided => "VOIDED",
            Self::Replaced => "REPLACED",
        }
    }

    const fn of(state: &cases::RelationState) -> Self {
        match state {
            cases::RelationState::Proposed => Self::Proposed,
            cases::RelationState::Accepted => Self::Accepted,
            cases::RelationState::Refused { .. } => Self::Refused,
            cases::RelationState::Voided { .. } => Self::Voided,
            cases::RelationState::Replaced { .. } => Self::Replaced,
        }
    }
}

/// 配送关系: a distributor delivers for a manufacturer in a city or county and everything below it.
struct DistributionRelation(cases::ShownRelation);

#[Object]
impl DistributionRelation {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.relation.id.to_string())
    }

    /// The id of the manufacturer.
    async fn manufacturer_id(&self) -> ID {
        ID(self.0.relation.manufacturer.to_string())
    }

    /// The manufacturer's name.
    async fn manufacturer_name(&self) -> &str {
        &self.0.manufacturer_name
    }

    /// The id of the distributor.
    async fn distributor_id(&self) -> ID {
        ID(self.0.relation.distributor.to_string())
    }

    /// The distributor's name.
    async fn distributor_name(&self) -> &str {
        &self.0.distributor_name
    }

    /// The code of the city or county.
    async fn region(&self) -> String {
        self.0.relation.region.to_string()
    }

    /// The id of the listing that it is for; none where it is for more, or for a selected product.
    async fn listing_id(&self) -> Option<ID> {
        match self.0.relation.goods {
            Goods::Listing(listing) => Some(ID(listing.to_string())),
            Goods::All | Goods::Product(_) => None,
        }
    }

    /// The id of the selected product that it is for; with neither it is for all that the manufacturer sells.
    async fn product_id(&self) -> Option<ID> {
        match self.0.relation.goods {
            Goods::Product(product) => Some(ID(product.to_string())),
            Goods::All | Goods::Listing(_) => None,
        }
    }

    /// The id of the relation whose place it takes when it is accepted.
    async fn replaces_id(&self) -> Option<ID> {
        self.0.relation.replaces.as_ref().map(|(before, _why)| ID(before.to_string()))
    }

    /// Why it takes that place.
    async fn replaces_because(&self) -> Option<&str> {
        self.0.relation.replaces.as_ref().map(|(_before, why)| why.as_str())
    }

    /// How it stands.
    async fn state(&self) -> DistributionState {
        DistributionState::of(&self.0.relation.state)
    }

    /// Why it was refused or ended.
    async fn reason(&self) -> Option<&str> {
        self.0.relation.state.reason().map(Reason::as_str)
    }

    /// The id of the side that ended it.
    async fn ended_by_id(&self) -> Option<ID> {
        self.0.relation.state.ended_by().map(|side| ID(side.to_string()))
    }

    /// From which day on it holds, once it is accepted.
    async fn valid_from(&self) -> Date {
        Date(self.0.relation.valid_from)
    }

    /// The day on which it holds no longer: new orders need another one, what runs is finished.
    async fn valid_to(&self) -> Option<Date> {
        self.0.relation.valid_to.map(Date)
    }

    /// When it was proposed.
    async fn proposed_at(&self) -> DateTime {
        DateTime(self.0.relation.proposed_at)
    }

    /// When it was accepted.
    async fn accepted_at(&self) -> Option<DateTime> {
        self.0.relation.accepted.map(|(_by, at)| DateTime(at))
    }

    /// Counts its changes.
    async fn version(&self) -> i32 {
        self.0.relation.version.number()
    }
}

/// Which distribution relations.
#[derive(Default, InputObject)]
struct DistributionFilter {
    /// That stand like this.
    state: Option<DistributionState>,
    /// Of that manufacturer.
    manufacturer: Option<ID>,
    /// Of that distributor.
    distributor: Option<ID>,
    /// That are for that region, or for one that it is part of.
    region: Option<String>,
}

impl DistributionFilter {
    fn read(self) -> Result<cases::Wanted, Refusal> {
        Ok(cases::Wanted {
            state: self.state.map(DistributionState::label),
            manufacturer: organization_if_any(self.manufacturer.as_ref(), "manufacturer")?,
            distributor: organization_if_any(self.distributor.as_ref(), "distributor")?,
            region: self.region.map(|code| region(&code)).transpose()?,
        })
    }
}

pub(super) fn region(code: &str) -> Result<RegionCode, Refusal> {
    RegionCode::parse(code).map_err(|refusal| refusal.at("region"))
}

pub(super) fn organization(id: &ID, field: &'static str) -> Result<OrganizationId, Refusal> {
    OrganizationId::parse(id).map_err(|refusal| refusal.at(field))
}

pub(super) fn organization_if_any(
    id: Option<&ID>,
    field: &'static str,
) -> Result<Option<OrganizationId>, Refusal> {
    id.map(|id| organization(id, field)).transpose()
}

/// A distribution relation that is proposed.
#[derive(InputObject)]
struct ProposeDistributionInput {
    /// The distributor that is asked.
    distributor: ID,
    /// The code of the city or county; everything below it belongs to it.
    region: String,
    /// The own listing that it is for; with neither this nor a product it is for all that the manufacturer sells.
    listing: Option<ID>,
    /// The own selected product that it is for.
    product: Option<ID>,
    /// From which day on; from the day of acceptance where it is left out.
    valid_from: Option<Date>,
    /// The day on which it holds no longer.
    valid_to: Option<Date>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl TryFrom<ProposeDistributionInput> for cases::ProposeDistribution {
    type Error = Refusal;

    fn try_from(input: ProposeDistributionInput) -> Result<Self, Refusal> {
        let listing = input.listing.map(|id| ListingId::parse(&id)).transpose();
        let product = input.product.map(|id| SelectedProductId::parse(&id)).transpose();
        let product = product.map_err(|refusal| refusal.at("product"))?;
        let goods = match (listing.map_err(|refusal| refusal.at("listing"))?, product) {
            (Some(listing), None) => Goods::Listing(listing),
            (None, Some(product)) => Goods::Product(product),
            (None, None) => Goods::All,
            (Some(_), Some(_)) => {
                let refusal = Refusal::of(Code::RelationInvalid).at("product");
                return Err(refusal.allowing("a listing or a product"));
            }
        };
        Ok(Self {
            distributor: organization(&input.distributor, "distributor")?,
            region: region(&input.region)?,
            goods,
            valid_from: input.valid_from.map(|day| day.0),
            valid_to: input.valid_to.map(|day| day.0),
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

/// A distribution relation as it was seen.
#[derive(InputObject)]
struct DistributionInput {
    /// The relation.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A distribution relation that is refused or ended.
#[derive(InputObject)]
struct EndDistributionInput {
    /// The relation.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// Why.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A distributor that is asked to take the place of another.
#[derive(InputObject)]
struct ReplaceDistributorInput {
    /// The relation that is to be replaced.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// The distributor that is asked.
    distributor: ID,
    /// Why.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

fn seen(id: &ID, version: i32, key: &str) -> Result<cases::SeenRelation, Refusal> {
    Ok(cases::SeenRelation {
        id: DistributionRelationId::parse(id).map_err(|refusal| refusal.at("id"))?,
        version: Version::new(version),
        key: IdempotencyKey::parse(key)?,
    })
}

impl EndDistributionInput {
    fn read(&self) -> Result<(cases::SeenRelation, Reason), Refusal> {
        Ok((seen(&self.id, self.version, &self.idempotency_key)?, Reason::parse(&self.reason)?))
    }
}

/// Queries about distribution.
#[derive(Default)]
pub(crate) struct DistributionQuery;

#[Object]
impl DistributionQuery {
    /// A distribution relation: its sides see it, hospitals once it was accepted for their regions, authorities in their jurisdiction.
    async fn distribution_relation(
        &self,
        ctx: &Context<'_>,
        id: ID,
    ) -> Result<DistributionRelation, ApiError> {
        let caller = caller(ctx)?;
        let id = DistributionRelationId::parse(&id).map_err(|refusal| refusal.at("id"))?;
        Ok(DistributionRelation(cases::distribution_relation(app(ctx)?, caller, id).await?))
    }

    /// Such relations, the newest first. 配送关系列表
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn distribution_relations(
        &self,
        ctx: &Context<'_>,
        filter: Option<DistributionFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, DistributionRelation>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), DistributionRelationId::parse)?;
        let wanted = filter.unwrap_or_default().read()?;
        let part = cases::distribution_relations(app(ctx)?, caller, &wanted, &page).await?;
        Ok(connection(part, |one| one.relation.id.to_string(), DistributionRelation))
    }
}

/// Mutations of distribution.
#[derive(Default)]
pub(crate) struct DistributionMutation;

#[Object]
impl DistributionMutation {
    /// Ask a distributor to deliver in a city or county. 提出配送关系
    #[graphql(complexity = "1 + child_complexity")]
    async fn propose_distribution(
        &self,
        ctx: &Context<'_>,
        input: ProposeDistributionInput,
    ) -> Result<DistributionRelation, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let changed = cases::propose_distribution(app, caller, input.try_into()?).await?;
        Ok(DistributionRelation(cases::distribution_relation(app, caller, changed.id).await?))
    }

    /// Accept to deliver; the relation that this one replaces ends at once. 接受配送关系
    #[graphql(complexity = "1 + child_complexity")]
    async fn accept_distribution(
        &self,
        ctx: &Context<'_>,
        input: DistributionInput,
    ) -> Result<DistributionRelation, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let command = seen(&input.id, input.version, &input.idempotency_key)?;
        let changed = cases::accept_distribution(app, caller, command).await?;
        Ok(DistributionRelation(cases::distribution_relation(app, caller, changed.id).await?))
    }

    /// Refuse to deliver. 拒绝配送关系
    #[graphql(complexity = "1 + child_complexity")]
    async fn refuse_distribution(
        &self,
        ctx: &Context<'_>,
        input: EndDistributionInput,
    ) -> Result<DistributionRelation, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let changed = cases::refuse_distribution(app, caller, input.read()?).await?;
        Ok(DistributionRelation(cases::distribution_relation(app, caller, changed.id).await?))
    }

    /// End a relation, as either side: what runs is finished, new orders need another one. 作废配送关系
    #[graphql(complexity = "1 + child_complexity")]
    async fn void_distribution(
        &self,
        ctx: &Context<'_>,
        input: EndDistributionInput,
    ) -> Result<DistributionRelation, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let changed = cases::void_distribution(app, caller, input.read()?).await?;
        Ok(DistributionRelation(cases::distribution_relation(app, caller, changed.id).await?))
    }

    /// Ask another distributor to take the place of one: that one delivers until the other accepts. 更换配送企业
    #[graphql(complexity = "1 + child_complexity")]
    async fn replace_distributor(
        &self,
        ctx: &Context<'_>,
        input: ReplaceDistributorInput,
    ) -> Result<DistributionRelation, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let command = cases::ReplaceDistributor {
            seen: seen(&input.id, input.version, &input.idempotency_key)?,
            distributor: organization(&input.distributor, "distributor")?,
            reason: Reason::parse(&input.reason)?,
        };
        let changed = cases::replace_distributor(app, caller, command).await?;
        Ok(DistributionRelation(cases::distribution_relation(app, caller, changed.id).await?))
    }
}
