//! What is shown of rounds.
#![expect(clippy::unused_async, reason = "the library wants the function of a field to be async")]
use std::str::FromStr;
use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::RoundId;
use jicai_domain::procurement::round as domain;
use jicai_domain::procurement::rules::RuleSet as Rules;
use jicai_service::Part;
use jicai_service::procurement::{self as cases, LotRow, Parts, Shown, SpecRow};

use super::editions::RoundEdition;
use super::spec::RoundSpec;
use crate::asking::{app, asking};
use crate::connection::{connection, cost, page};
use crate::dates::DateTime;
use crate::error::ApiError;
use crate::identity::Region;
use crate::procurement::qualification::RuleColumn;
use crate::procurement::result::{RoundResult, result_of};

/// How far a round is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum RoundStatus {
    /// 草案: only its office sees it.
    Draft,
    /// 已公告: nothing is open yet.
    Announced,
    /// 报量: institutions report demand.
    Demand,
    /// 申报: manufacturers seal bids.
    Bidding,
    /// 已封标: the bids are closed.
    Sealed,
    /// 开标: enough custodians gave their shares.
    Opening,
    /// 拟中选: decided.
    Provisional,
    /// 供应地区确认: the selected firms choose their regions.
    Choosing,
    /// 公示: everybody sees the result, and participants may object.
    Notice,
    /// 中选结果公布: the official result is announced.
    Official,
    /// 执行: a contract of its result is in force.
    InForce,
    /// 已结束: its last contract is over, and no other can follow.
    Closed,
    /// 已取消.
    Cancelled,
}

impl RoundStatus {
    const fn of(status: &domain::RoundStatus) -> Self {
        match status {
            domain::RoundStatus::Draft => Self::Draft,
            domain::RoundStatus::Announced => Self::Announced,
            domain::RoundStatus::Demand => Self::Demand,
            domain::RoundStatus::Bidding => Self::Bidding,
            domain::RoundStatus::Sealed => Self::Sealed,
            domain::RoundStatus::Opening => Self::Opening,
            domain::RoundStatus::Provisional => Self::Provisional,
            domain::RoundStatus::Choosing => Self::Choosing,
            domain::RoundStatus::Notice => Self::Notice,
            domain::RoundStatus::Official => Self::Official,
            domain::RoundStatus::InForce => Self::InForce,
            domain::RoundStatus::Closed => Self::Closed,
            domain::RoundStatus::Cancelled { .. } => Self::Cancelled,
        }
    }
}

/// What a round buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::procurement::round::ProductKind")]
pub(super) enum ProductKind {
    /// 药品.
    Drug,
    /// 医用耗材.
    Consumable,
}

/// Who may see what of the bids once they are decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::procurement::round::Disclosure")]
pub(crate) enum Disclosure {
    /// Everybody sees every bid with its price and reasons.
    Everything,
    /// Everybody sees who is selected and at what price.
    SelectedWithPrices,
    /// Everybody sees who is selected.
    SelectedNames,
}

/// Dosage form class of a lot. 剂型
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::procurement::values::Form")]
pub(crate) enum DosageForm {
    /// 口服.
    Oral,
    /// 小容量注射剂.
    SmallInjection,
    /// 大容量注射剂.
    LargeInjection,
    /// 耗材.
    Consumable,
}

/// A procurement round. 采购轮次
pub(crate) struct Round(pub(crate) Shown);

#[Object]
impl Round {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.round.id.to_string())
    }

    /// Its name.
    async fn name(&self) -> &str {
        self.0.round.name.as_str()
    }

    /// The procurement office that holds it.
    async fn office(&self) -> RoundOffice {
        RoundOffice { id: ID(self.0.round.office.to_string()), name: self.0.office_name.as_str().to_owned() }
    }

    /// How far it is, as the calendar has it now.
    async fn status(&self) -> RoundStatus {
        RoundStatus::of(&self.0.round.status)
    }

    /// Why it was cancelled.
    async fn reason(&self) -> Option<&str> {
        self.0.round.status.reason().map(|reason| reason.as_str())
    }

    /// How often it was announced: 0 for a draft, 1 when first published, one more with every correction.
    async fn edition(&self) -> i32 {
        self.0.round.edition
    }

    /// What it buys.
    async fn kind(&self) -> ProductKind {
        self.0.kind.into()
    }

    /// The alliance that buys; without one the office's own regions buy.
    async fn alliance(&self) -> Option<ID> {
        match &self.0.buyer {
            domain::Buyer::Office => None,
            domain::Buyer::Alliance { alliance, .. } => Some(ID(alliance.to_string())),
        }
    }

    /// For which product group the alliance buys.
    async fn product_group(&self) -> Option<&str> {
        match &self.0.buyer {
            domain::Buyer::Office => None,
            domain::Buyer::Alliance { group, .. } => Some(group.as_str()),
        }
    }

    /// The regions that buy; none before it is announced.
    #[graphql(complexity = "35 * child_complexity")]
    async fn regions(&self, ctx: &Context<'_>) -> Result<Vec<Region>, ApiError> {
        let codes = parts(ctx, self.0.round.id).await?;
        let codes = codes.regions.iter().map(|(_round, code)| *code);
        let found = asking(ctx)?.regions.load_many(codes).await.map_err(|error| ApiError::shared(&error))?;
        let mut regions: Vec<Region> = found.into_values().map(Region).collect();
        regions.sort_by_key(|region| region.0.code);
        Ok(regions)
    }

    /// The rule set that decides it.
    async fn rule_set(&self) -> Result<RuleSet, ApiError> {
        Ok(RuleSet { rules: domain::rule_set(&self.0.rules)?, text: self.0.rules.clone() })
    }

    /// Who may see what of the bids once they are decided.
    async fn disclosure(&self) -> Disclosure {
        self.0.round.disclosure.into()
    }

    /// Demand below this share of past use needs a reason.
    async fn past_use_share(&self) -> String {
        self.0.past_use_share.normalize().to_string()
    }

    /// Who holds a share of its key, in order.
    #[graphql(complexity = "15 * child_complexity")]
    async fn custodians(&self, ctx: &Context<'_>) -> Result<Vec<RoundCustodian>, ApiError> {
        let parts = parts(ctx, self.0.round.id).await?;
        Ok(parts.custodians.iter().map(RoundCustodian::of).collect())
    }

    /// How many of the custodians open the bids together.
    async fn threshold(&self) -> i32 {
        i32::from(self.0.round.threshold)
    }

    /// When what is open.
    async fn calendar(&self) -> RoundCalendar {
        self.0.round.calendar.into()
    }

    /// Its documents, in order.
    #[graphql(complexity = "50 * child_complexity")]
    async fn documents(&self, ctx: &Context<'_>) -> Result<Vec<RoundDocument>, ApiError> {
        let parts = parts(ctx, self.0.round.id).await?;
        Ok(parts.documents.iter().map(|(_round, document)| RoundDocument::of(document)).collect())
    }

    /// Its lots by number, those that a correction withdrew among them.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn lots(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, RoundLot>, ApiError> {
        let page = page(first, after.as_deref(), number)?;
        let part = cases::round_lots(app(ctx)?, self.0.round.id, &page).await?;
        Ok(connection(part, |lot| lot.number.to_string(), RoundLot))
    }

    /// What was published of it, the newest edition first; none of a draft. 历次公告
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn editions(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, RoundEdition>, ApiError> {
        let page = page(first, after.as_deref(), number)?;
        let round = self.0.round.id;
        let part = cases::editions(app(ctx)?, round, &page).await?;
        let edition = |published| RoundEdition { round, published };
        Ok(connection(part, |published| published.row.edition.to_string(), edition))
    }

    /// Its result, as far as whoever asks may see it; null before it is opened and decided. 开标结果
    async fn result(&self, ctx: &Context<'_>) -> Result<Option<RoundResult>, ApiError> {
        if self.0.round.edition == 0 {
            return Ok(None);
        }
        result_of(ctx, self.0.round.id).await
    }

    /// How often it changed; every change names the version that it has seen.
    async fn version(&self) -> i32 {
        self.0.round.version.number()
    }
}

/// Reads a cursor that is a number.
fn number<T: FromStr>(text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|_digit| Refusal::of(Code::CursorInvalid))
}

/// A procurement office, as the announcement names it.
#[derive(SimpleObject)]
pub(super) struct RoundOffice {
    /// Its id.
    id: ID,
    /// Its name.
    name: String,
}

/// Somebody who holds a share of a round's key. 密钥保管人
#[derive(SimpleObject)]
pub(super) struct RoundCustodian {
    /// Which share, from 1.
    position: i32,
    /// The user.
    user: ID,
    /// The user's name.
    name: String,
    /// The name of the user's organization.
    organization_name: String,
}

impl RoundCustodian {
    fn of(custodian: &cases::Custodian) -> Self {
        Self {
            position: i32::from(custodian.position),
            user: ID(custodian.user.to_string()),
            name: custodian.name.as_str().to_owned(),
            organization_name: custodian.organization.as_str().to_owned(),
        }
    }
}

/// A document of a round.
#[derive(SimpleObject)]
pub(super) struct RoundDocument {
    /// The stored file.
    document: ID,
    /// What it is.
    title: String,
    /// Where its bytes are read.
    path: String,
}

impl RoundDocument {
    fn of(document: &domain::RoundDocument) -> Self {
        Self {
            document: ID(document.document.to_string()),
            title: document.title.as_str().to_owned(),
            path: format!("/documents/{}", document.document),
        }
    }
}

/// When what of a round is open. Each span holds its beginning and not its end. 日程
#[derive(SimpleObject)]
pub(super) struct RoundCalendar {
    /// Institutions report demand from here
    demand_from: DateTime,
    /// to here.
    demand_until: DateTime,
    /// Manufacturers apply up to here.
    qualification_until: DateTime,
    /// Bids are sealed from here
    bids_from: DateTime,
    /// to here, the deadline.
    bids_until: DateTime,
    /// Custodians may give their shares from here.
    opening_from: DateTime,
}

impl From<domain::Calendar> for RoundCalendar {
    fn from(calendar: domain::Calendar) -> Self {
        Self {
            demand_from: DateTime(calendar.demand_from),
            demand_until: DateTime(calendar.demand_until),
            qualification_until: DateTime(calendar.qualification_until),
            bids_from: DateTime(calendar.bids_from),
            bids_until: DateTime(calendar.bids_until),
            opening_from: DateTime(calendar.opening_from),
        }
    }
}

/// The rule set that decides a round.
pub(super) struct RuleSet {
    rules: Rules,
    text: String,
}

#[Object]
impl RuleSet {
    /// Its id.
    async fn id(&self) -> &str {
        &self.rules.head.id
    }

    /// Its version.
    async fn version(&self) -> &str {
        &self.rules.head.version
    }

    /// Its title in English.
    async fn title(&self) -> &str {
        &self.rules.head.title_en
    }

    /// Its title in Chinese.
    async fn title_zh(&self) -> &str {
        &self.rules.head.title_zh
    }

    /// What it asks of products beside price and volume; an application tells it as `facts`.
    async fn columns(&self) -> Vec<RuleColumn> {
        self.rules.columns.iter().map(RuleColumn::of).collect()
    }

    /// The whole file (TOML).
    async fn text(&self) -> &str {
        &self.text
    }
}

/// A lot: what is bid for. 竞价单元
pub(crate) struct RoundLot(pub(crate) LotRow);

#[Object]
impl RoundLot {
    /// Its id; the same in every edition.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Its number in the round; the same in every edition.
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// Its name.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// Dosage form class.
    async fn form(&self) -> DosageForm {
        self.0.form.into()
    }

    /// Volume class of the rule set, where the lot names one.
    async fn volume_class(&self) -> Option<&str> {
        self.0.volume_class.as_ref().map(|class| class.as_str())
    }

    /// How many may be selected, where the lot says so before the rule set's table.
    async fn cap(&self) -> Option<i32> {
        self.0.cap.and_then(|cap| i32::try_from(cap).ok())
    }

    /// The smallest unit, such as 片.
    async fn unit(&self) -> &str {
        self.0.unit.as_str()
    }

    /// The edition that withdrew it; none while it stands.
    async fn withdrawn_in(&self) -> Option<i32> {
        self.0.withdrawn_in
    }

    /// Its specs in the order of the announcement, those that a correction withdrew among them.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn specs(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, RoundSpec>, ApiError> {
        let page = page(first, after.as_deref(), jicai_domain::ids::Id::parse)?;
        let found = asking(ctx)?.specs.load_one(self.0.id).await;
        let all = found.map_err(|error| ApiError::shared(&error))?.unwrap_or_default();
        let rest = all.into_iter().skip_while(|row| page.after.is_some_and(|after| row.spec.id <= after));
        let mut rows: Vec<SpecRow> = rest.take(usize::from(page.first).saturating_add(1)).collect();
        let more = rows.len() > usize::from(page.first);
        rows.truncate(usize::from(page.first));
        Ok(connection(Part { rows, more }, |row| row.spec.id.to_string(), RoundSpec))
    }
}

async fn parts(ctx: &Context<'_>, round: RoundId) -> Result<Arc<Parts>, ApiError> {
    let found = asking(ctx)?.round_parts.load_one(round).await;
    found.map_err(|error| ApiError::shared(&error))?.ok_or_else(|| Refusal::of(Code::NotFound).into())
}
