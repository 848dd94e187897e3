//! 备案采购 over GraphQL.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, Version};
use jicai_domain::ids::{FilingId, Id, ItemId, OrganizationId};
use jicai_domain::ordering::filing::{FilingDecision, Granted};
use jicai_domain::ordering::quantity::{parse_pack_units, parse_packs};
use jicai_domain::procurement::values::parse_positive;
use jicai_service::ordering as cases;

use super::types::Moved;
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::{Date, DateTime};
use crate::error::ApiError;

/// How a filing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::ordering::filing::FilingStatus")]
enum FilingStatus {
    /// The office has it. 待审批
    Applied,
    /// It may be ordered. 已批准
    Approved,
    /// The office refused it. 已驳回
    Refused,
    /// The office ended it. 已终止
    Ended,
}

/// 备案采购, what an institution files to buy although it is not listed. Quantities are whole packs, as decimal numbers.
#[derive(SimpleObject)]
struct Filing {
    /// Its id.
    id: ID,
    /// The id of the institution.
    hospital_id: ID,
    /// The code of its region.
    region_code: String,
    /// The id of the item.
    item_id: ID,
    /// The id of its holder.
    manufacturer_id: ID,
    /// What the registry called it.
    name: String,
    /// Its specification.
    spec: Option<String>,
    /// The smallest unit.
    unit: String,
    /// Smallest units in a pack, as a decimal number.
    pack_units: String,
    /// The price of a pack, as a decimal.
    price: String,
    /// What was asked for.
    asked: String,
    /// What was approved.
    packs: Option<String>,
    /// What of it was ordered.
    ordered: String,
    /// The last day on which it may be ordered.
    until: Option<Date>,
    /// Why it is bought.
    reason: String,
    /// How it stands.
    status: FilingStatus,
    /// Why it was refused or ended.
    decision: Option<String>,
    /// The rule file that it was filed under, with its version.
    rules: String,
    /// When it was filed.
    applied_at: DateTime,
    /// When it was decided.
    decided_at: Option<DateTime>,
    /// How often it changed.
    version: i32,
}

impl Filing {
    fn of(shown: cases::ShownFiling) -> Filing {
        let one = shown.filing;
        Filing {
            id: ID(one.id.to_string()),
            hospital_id: ID(shown.hospital.to_string()),
            region_code: shown.region.to_string(),
            item_id: ID(shown.item.to_string()),
            manufacturer_id: ID(shown.manufacturer.to_string()),
            name: shown.name,
            spec: shown.spec,
            unit: shown.unit,
            pack_units: shown.pack_units.to_string(),
            price: one.price.normalize().to_string(),
            asked: one.asked.to_string(),
            packs: one.granted.map(|granted| granted.packs.to_string()),
            ordered: shown.taken.to_string(),
            until: one.granted.map(|granted| Date(granted.until)),
            reason: shown.reason.as_str().to_owned(),
            status: one.status.into(),
            decision: one.decision.map(|reason| reason.as_str().to_owned()),
            rules: shown.rules,
            applied_at: DateTime(shown.applied_at),
            decided_at: one.decided.map(|(_by, at)| DateTime(at)),
            version: one.version.number(),
        }
    }
}

/// What is filed.
#[derive(InputObject)]
struct FilePurchaseInput {
    /// The item of the registry.
    item: ID,
    /// Its holder.
    manufacturer: ID,
    /// Smallest units in a pack, where the registry does not tell.
    pack_units: Option<String>,
    /// The price of a pack, tax included, as a decimal.
    price: String,
    /// How many packs.
    packs: String,
    /// Why it is needed, and why nothing that is listed will do.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What an office decides of a filing: packs and a day to approve it; else a reason, to refuse it, or to end one that was approved.
#[derive(InputObject)]
struct DecideFilingInput {
    /// The filing.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// How many packs are approved.
    packs: Option<String>,
    /// Until which day.
    until: Option<Date>,
    /// Why it is refused.
    refuse: Option<String>,
    /// Why it is ended.
    end: Option<String>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl DecideFilingInput {
    fn decision(&self) -> Result<FilingDecision, Refusal> {
        let packs = self.packs.as_deref().map(parse_packs).transpose();
        let packs = packs.map_err(|refusal| refusal.at("packs"))?;
        let refuse = self.refuse.as_deref().map(Reason::parse).transpose()?;
        let end = self.end.as_deref().map(Reason::parse).transpose()?;
        match (packs, &self.until, refuse, end) {
            (Some(packs), Some(until), None, None) => {
                Ok(FilingDecision::Approve(Granted { packs, until: until.0 }))
            }
            (None, None, Some(reason), None) => Ok(FilingDecision::Refuse(reason)),
            (None, None, None, Some(reason)) => Ok(FilingDecision::End(reason)),
            _other => {
                let one = "packs and until, or refuse, or end";
                Err(Refusal::of(Code::ReasonMissing).at("refuse").allowing(one))
            }
        }
    }
}

/// Queries about filings.
#[derive(Default)]
pub(crate) struct FilingQuery;

#[Object]
impl FilingQuery {
    /// 备案采购, of the own institution, of the jurisdiction, or of the own items once they were approved; the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn filings(
        &self,
        ctx: &Context<'_>,
        status: Option<FilingStatus>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Filing>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), FilingId::parse)?;
        let part = cases::filings(app(ctx)?, caller, status.map(Into::into), &page).await?;
        Ok(connection(part, |one| one.filing.id.to_string(), Filing::of))
    }
}

/// Mutations of filings.
#[derive(Default)]
pub(crate) struct FilingMutation;

#[Object]
impl FilingMutation {
    /// File a purchase of an item that is not listed. 备案采购申请
    async fn file_purchase(&self, ctx: &Context<'_>, input: FilePurchaseInput) -> Result<Moved, ApiError> {
        let caller = caller(ctx)?;
        let units = input.pack_units.as_deref().map(parse_pack_units).transpose();
        let price = parse_positive(&input.price);
        let maker = OrganizationId::parse(&input.manufacturer);
        let command = cases::FilePurchase {
            item: ItemId::parse(&input.item).map_err(|refusal| refusal.at("item"))?,
            manufacturer: maker.map_err(|refusal| refusal.at("manufacturer"))?,
            pack_units: units.map_err(|refusal| refusal.at("packUnits"))?,
            price: price.map_err(|_value| Refusal::of(Code::PriceInvalid).at("price"))?,
            packs: parse_packs(&input.packs).map_err(|refusal| refusal.at("packs"))?,
            reason: Reason::parse(&input.reason)?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        Ok(Moved::of(&cases::file_purchase(app(ctx)?, caller, command).await?))
    }

    /// Approve a filing of the jurisdiction for so many packs until a day, refuse it, or end it. 备案采购审批
    async fn decide_filing(&self, ctx: &Context<'_>, input: DecideFilingInput) -> Result<Moved, ApiError> {
        let caller = caller(ctx)?;
        let command = cases::DecideFiling {
            id: FilingId::parse(&input.id).map_err(|refusal| refusal.at("id"))?,
            version: Version::new(input.version),
            decision: input.decision()?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        Ok(Moved::of(&cases::decide_filing(app(ctx)?, caller, command).await?))
    }
}
