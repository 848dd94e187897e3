//! What is shown of results.
#![expect(clippy::unused_async, reason = "the library wants the function of a field to be async")]
use async_graphql::connection::{Connection, Edge};
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{BidId, Id, TieResolutionId};
use jicai_domain::procurement::decision::Period;
use jicai_domain::procurement::result::{TieResolution as Resolution, TieStatus as Status, Viewer};
use jicai_service::procurement::result as cases;

use super::loader::LotBids;
use super::supplies::{EarlierLotResult, RegionSupply, supplies};
use crate::asking::{app, asking};
use crate::connection::{connection, cost, page};
use crate::dates::DateTime;
use crate::error::ApiError;
use crate::plain::Plain;
use crate::splice::{Spliced, spliced};

/// Whether a lot is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::procurement::decision::LotStatus")]
pub(super) enum LotStatus {
    /// 已定: as far as the rules are known.
    Decided,
    /// 并列待定: a tie that changes the outcome has to be settled first.
    Tied,
    /// 无有效申报.
    NoValidBid,
}

/// How far the settlement of a tie is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
enum TieStatus {
    /// It waits for a second person.
    Proposed,
    /// The lots are decided with it.
    Confirmed,
    /// A second person rejected it.
    Rejected,
}

/// The decision on a round. What whoever asks may not see is null or not listed: a bidder sees its own bids, the round's office and the
/// auditors and regulators of a region that buys see all, everybody what the round's disclosure rule says.
pub(crate) struct RoundResult(pub(crate) cases::RoundResult);

#[Object]
impl RoundResult {
    /// The round.
    async fn round(&self) -> ID {
        ID(self.0.round.to_string())
    }

    /// When the bids were opened.
    async fn opened_at(&self) -> DateTime {
        DateTime(self.0.opened_at)
    }

    /// When it was decided last: a settled tie decides it again.
    async fn decided_at(&self) -> DateTime {
        DateTime(self.0.decided_at)
    }

    /// The lots, in their order.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn lots(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Spliced<Connection<String, LotResult>>, ApiError> {
        let (app, page) = (app(ctx)?, page(first, after.as_deref(), number)?);
        let viewer = self.0.viewer;
        spliced(ctx, (self.0.round, self.0.decided_at, viewer), async {
            let part = cases::lots(app, &self.0, &page).await?;
            Ok(connection(part, |lot| lot.outcome.place.to_string(), |lot| LotResult { lot, viewer }))
        })
        .await
    }

    /// Bids that are void as a whole, each with the reason.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn void_bids(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, VoidBid>, ApiError> {
        let page = page(first, after.as_deref(), BidId::parse)?;
        let part = cases::void_bids(app(ctx)?, &self.0, &page).await?;
        Ok(connection(part, |bid| bid.bid.to_string(), VoidBid))
    }

    /// Lines of opened bids that do not count, each with the reason.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn void_lines(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, VoidBid>, ApiError> {
        let page = page(first, after.as_deref(), line)?;
        let part = cases::void_lines(app(ctx)?, &self.0, &page).await?;
        Ok(connection(part, |line| format!("{}.{}", line.bid, line.position), VoidBid))
    }

    /// How ties were or are to be settled, the newest first; for whoever sees all bids.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn tie_resolutions(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, TieResolution>, ApiError> {
        let page = page(first, after.as_deref(), TieResolutionId::parse)?;
        let part = cases::tie_resolutions(app(ctx)?, &self.0, &page).await?;
        Ok(connection(part, |resolution| resolution.id.to_string(), TieResolution))
    }
}

/// A lot's result. 竞价单元结果
pub(crate) struct LotResult {
    lot: cases::ShownLot,
    viewer: Viewer,
}

#[Object]
impl LotResult {
    /// The lot.
    async fn lot(&self) -> ID {
        ID(self.lot.outcome.lot.to_string())
    }

    /// Its number in the round.
    async fn number(&self) -> i32 {
        self.lot.number
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.lot.name
    }

    /// Whether it is decided.
    async fn status(&self) -> LotStatus {
        self.lot.outcome.status.into()
    }

    /// Groups with a valid bid.
    async fn qualified_bidders(&self) -> i32 {
        small(self.lot.outcome.qualified_bidders)
    }

    /// How many may be shortlisted; null where nothing bounds it.
    async fn cap(&self) -> Option<i32> {
        self.lot.outcome.cap.map(small)
    }

    /// The lowest comparable price that competes for a place.
    async fn lowest(&self) -> Option<&str> {
        self.lot.outcome.lowest.as_deref()
    }

    /// The anchor of the fuse. 锚点价
    async fn anchor(&self) -> Option<&str> {
        self.lot.outcome.anchor.as_deref()
    }

    /// For how many months the contracts run, where that is what the rules say.
    async fn months(&self) -> Option<i32> {
        match &self.lot.outcome.period {
            Some(Period::Months(months)) => Some(small(*months)),
            Some(Period::Until(_)) | None => None,
        }
    }

    /// Until which day the contracts run, where that is what the rules say: `YYYY-MM-DD`.
    async fn until(&self) -> Option<&str> {
        match &self.lot.outcome.period {
            Some(Period::Until(day)) => Some(day),
            Some(Period::Months(_)) | None => None,
        }
    }

    /// Its bids in rank order, void ones last.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn bids(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Plain<BidResult>>, ApiError> {
        let page = page(first, after.as_deref(), number)?;
        let lot = self.lot.outcome.lot;
        let key = LotBids { lot, first: page.first, after: page.after.unwrap_or(0), viewer: self.viewer };
        let part = asking(ctx)?.bids.load_one(key).await.map_err(|error| ApiError::shared(&error))?;
        let part = part.ok_or_else(|| Refusal::of(Code::Internal))?;
        Ok(connection(part, |bid| bid.place.to_string(), |bid| Plain(BidResult(bid))))
    }

    /// The suppliers of its regions, by region and content. 供应地区
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn regions(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, RegionSupply>, ApiError> {
        let seen = asking(ctx)?.lot_views.load_one((self.lot.outcome.lot, self.viewer)).await;
        let view =
            seen.map_err(|error| ApiError::shared(&error))?.ok_or_else(|| Refusal::of(Code::Internal))?;
        supplies(&view.regions, first, after.as_deref())
    }

    /// How it stood before it was decided again, the first decision first.
    #[graphql(complexity = "4 * child_complexity + 1")]
    async fn earlier(&self, ctx: &Context<'_>) -> Result<Vec<EarlierLotResult>, ApiError> {
        let found = cases::earlier(app(ctx)?, &self.viewer, self.lot.outcome.lot).await?;
        Ok(found.into_iter().map(EarlierLotResult).collect())
    }
}

/// A firm as results name it.
#[derive(SimpleObject)]
struct ResultFirm {
    /// Its organization.
    id: ID,
    /// Its name.
    name: String,
    /// Its unified social credit code.
    credit_code: String,
}

impl From<&cases::Firm> for ResultFirm {
    fn from(firm: &cases::Firm) -> Self {
        let cases::Firm { id, name, credit_code } = firm;
        Self { id: ID(id.to_string()), name: name.clone(), credit_code: credit_code.clone() }
    }
}

/// Why a bid stands where it stands.
#[derive(SimpleObject)]
struct ResultReason {
    /// The stable code.
    code: String,
    /// In English.
    message_en: String,
    /// In Chinese.
    message_zh: String,
}

impl From<&cases::Told> for ResultReason {
    fn from(told: &cases::Told) -> Self {
        let cases::Told { code, message_en, message_zh } = told;
        Self { code: code.clone(), message_en: message_en.clone(), message_zh: message_zh.clone() }
    }
}

/// A bid's result. Prices are yuan per smallest unit, tax included, exact ratios printed to six places; volumes are units of the
/// representative content.
pub(crate) struct BidResult(cases::ShownBid);

#[Object]
impl BidResult {
    /// The product.
    async fn product(&self) -> ID {
        ID(self.0.product.to_string())
    }

    /// The product's name in the result.
    async fn product_name(&self) -> &str {
        &self.0.product_name
    }

    /// Whose it is. 申报企业
    async fn firm(&self) -> Plain<ResultFirm> {
        Plain(ResultFirm::from(&self.0.firm))
    }

    /// Selected. 中选
    async fn selected(&self) -> bool {
        self.0.selected
    }

    /// The price of a pack as it was offered.
    async fn price(&self) -> Option<&str> {
        self.0.price.as_deref()
    }

    /// Smallest units in a pack.
    async fn units(&self) -> Option<String> {
        self.0.units.map(|units| units.to_string())
    }

    /// Pack price over units.
    async fn unit_price(&self) -> Option<&str> {
        self.0.unit_price.as_deref()
    }

    /// The unit price at the representative content. 单位可比价
    async fn comparable_price(&self) -> Option<&str> {
        self.0.comparable_price.as_deref()
    }

    /// 1 + the competing units strictly ahead; null for one above its ceiling. 顺位
    async fn rank(&self) -> Option<i32> {
        self.0.rank.map(small)
    }

    /// Not above its maximum valid bid.
    async fn valid(&self) -> Option<bool> {
        self.0.valid
    }

    /// Shortlisted. 入围
    async fn shortlisted(&self) -> Option<bool> {
        self.0.shortlisted
    }

    /// In a tie that has to be settled.
    async fn tied(&self) -> Option<bool> {
        self.0.tied
    }

    /// Its place in the order that settled a tie.
    async fn tie_order(&self) -> Option<i32> {
        self.0.tie_order
    }

    /// The selected price. 中选价
    async fn final_price(&self) -> Option<&str> {
        self.0.final_price.as_deref()
    }

    /// The fraction of the reported volume that is agreed.
    async fn share(&self) -> Option<&str> {
        self.0.share.as_deref()
    }

    /// Agreed volume. 约定采购量
    async fn agreed_volume(&self) -> Option<String> {
        self.0.agreed_volume.map(|volume| volume.to_string())
    }

    /// Why, in the order of the rules.
    #[graphql(complexity = "cost(Some(first.unwrap_or(REASONS)), child_complexity)")]
    async fn reasons(
        &self,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Plain<ResultReason>>, ApiError> {
        let page = page(Some(first.unwrap_or(REASONS)), after.as_deref(), number)?;
        let (skip, first) = (usize::try_from(page.after.unwrap_or(0)).unwrap_or(0), usize::from(page.first));
        let mut found = Connection::new(skip > 0, self.0.reasons.len() > skip.saturating_add(first));
        let rows = self.0.reasons.iter().enumerate().skip(skip).take(first);
        found.edges.extend(
            rows.map(|(place, told)| Edge::new(place.saturating_add(1).to_string(), Plain(told.into()))),
        );
        Ok(found)
    }
}

/// Reasons of a bid that are given when the client does not say: few have more.
const REASONS: i32 = 8;

/// A bid, or a line of one, that does not count.
pub(crate) struct VoidBid(cases::VoidEntry);

#[Object]
impl VoidBid {
    /// The bid.
    async fn bid(&self) -> ID {
        ID(self.0.bid.to_string())
    }

    /// Whose it is.
    async fn firm(&self) -> ResultFirm {
        ResultFirm::from(&self.0.firm)
    }

    /// The product that the line names; null for a whole bid.
    async fn product_named(&self) -> Option<&str> {
        self.0.product_named.as_deref()
    }

    /// Why.
    async fn reason(&self) -> ResultReason {
        ResultReason::from(&self.0.reason)
    }
}

/// How tied bids are put in order, by two persons of the round's office. 并列处理
pub(crate) struct TieResolution(Resolution);

#[Object]
impl TieResolution {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// How far it is.
    async fn status(&self) -> TieStatus {
        match self.0.status {
            Status::Proposed => TieStatus::Proposed,
            Status::Confirmed { .. } => TieStatus::Confirmed,
            Status::Rejected { .. } => TieStatus::Rejected,
        }
    }

    /// The products of the tied bids, the first one first.
    async fn products(&self) -> Vec<ID> {
        self.0.order.iter().map(|product| ID(product.to_string())).collect()
    }

    /// The document that proves the order.
    async fn evidence(&self) -> ID {
        ID(self.0.evidence.to_string())
    }

    /// How it came about.
    async fn explanation(&self) -> &str {
        self.0.explanation.as_str()
    }

    /// The user who proposed it.
    async fn proposed_by(&self) -> ID {
        ID(self.0.proposed_by.to_string())
    }

    /// The user who confirmed or rejected it.
    async fn decided_by(&self) -> Option<ID> {
        self.0.status.decision().0.map(|by| ID(by.to_string()))
    }

    /// Why it was rejected.
    async fn reason(&self) -> Option<&str> {
        self.0.status.decision().1.map(|reason| reason.as_str())
    }
}

pub(super) fn number(cursor: &str) -> Result<i32, Refusal> {
    cursor.parse().map_err(|_number| Refusal::of(Code::CursorInvalid))
}

fn line(cursor: &str) -> Result<(BidId, i32), Refusal> {
    let (bid, position) = cursor.split_once('.').ok_or_else(|| Refusal::of(Code::CursorInvalid))?;
    Ok((BidId::parse(bid)?, number(position)?))
}

/// A count on the wire.
fn small(count: u64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
