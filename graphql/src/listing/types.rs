//! What is shown of listings.
use async_graphql::{Enum, ID, Object, SimpleObject};
use jicai_domain::identity::Reason;
use jicai_domain::listing::{mark, state};
use jicai_service::listing::read as cases;
use jicai_service::listing::verdict::{self, ShownVerdict};

use crate::dates::DateTime;

/// How a listing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum ListingState {
    /// The office has the application. 待审核
    Applied,
    /// The firm has to put something right. 已退回
    Returned,
    /// The office refused it. 未通过
    Rejected,
    /// The firm took the application back. 已撤回
    Withdrawn,
    /// Hospitals may order it. 已挂网
    Listed,
    /// Nobody may order it for now. 已暂停
    Suspended,
    /// It was taken off the list. 已撤网
    Delisted,
}

impl ListingState {
    /// The label that rows have.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Applied => "APPLIED",
            Self::Returned => "RETURNED",
            Self::Rejected => "REJECTED",
            Self::Withdrawn => "WITHDRAWN",
            Self::Listed => "LISTED",
            Self::Suspended => "SUSPENDED",
            Self::Delisted => "DELISTED",
        }
    }

    const fn of(found: &state::ListingState) -> Self {
        match found {
            state::ListingState::Applied => Self::Applied,
            state::ListingState::Returned { .. } => Self::Returned,
            state::ListingState::Rejected { .. } => Self::Rejected,
            state::ListingState::Withdrawn => Self::Withdrawn,
            state::ListingState::Listed { .. } => Self::Listed,
            state::ListingState::Suspended { .. } => Self::Suspended,
            state::ListingState::Delisted { .. } => Self::Delisted,
        }
    }
}

/// A label of a listing, or what stops its orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::listing::mark::MarkKind")]
pub(super) enum ListingMarkKind {
    /// 黄标: the price is high.
    Yellow,
    /// 红标: the price is a risk.
    Red,
    /// 召回.
    Recall,
    /// 暂停采购.
    Suspension,
    /// 处罚.
    Sanction,
}

/// Who set a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::listing::mark::MarkSource")]
pub(super) enum ListingMarkSource {
    /// A price rule, with a decision about a price.
    Rules,
    /// The office of the region.
    Office,
    /// The regulator.
    Regulator,
}

/// How far a price of a listing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
enum ListingPriceState {
    /// Nobody has decided.
    Proposed,
    /// It is the price.
    InForce,
    /// It was the price.
    Ended,
    /// The office refused it.
    Rejected,
    /// The firm took it back.
    Withdrawn,
}

/// A label of a listing, or what stops its orders, from an instant on.
#[derive(SimpleObject)]
pub(super) struct ListingMark {
    /// Its id.
    id: ID,
    /// What.
    kind: ListingMarkKind,
    /// Who set it.
    source: ListingMarkSource,
    /// Why.
    reason: String,
    /// From which instant on it is effective.
    set_at: DateTime,
    /// From which instant on it is not.
    lifted_at: Option<DateTime>,
    /// Why it was lifted.
    lift_reason: Option<String>,
}

impl ListingMark {
    pub(super) fn of(mark: mark::ListingMark) -> Self {
        let (lifted_at, lift_reason) =
            mark.lifted.map(|(_by, at, why)| (DateTime(at), why.as_str().to_owned())).unzip();
        Self {
            id: ID(mark.id.to_string()),
            kind: mark.kind.into(),
            source: mark.source.into(),
            reason: mark.reason.as_str().to_owned(),
            set_at: DateTime(mark.set_at),
            lifted_at,
            lift_reason,
        }
    }
}

/// 挂网产品: a product as it is listed in a province.
pub(super) struct Listing(pub(super) cases::ShownListing);

#[Object]
impl Listing {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.listing.id.to_string())
    }

    /// The id of the item of the registry.
    async fn item_id(&self) -> Option<ID> {
        self.0.listing.item.map(|item| ID(item.to_string()))
    }

    /// The id of the manufacturer.
    async fn manufacturer_id(&self) -> ID {
        ID(self.0.listing.manufacturer.to_string())
    }

    /// The manufacturer's name.
    async fn manufacturer_name(&self) -> &str {
        &self.0.manufacturer_name
    }

    /// The code of the province.
    async fn region(&self) -> String {
        self.0.listing.region.to_string()
    }

    /// 通用名, as the registry had it when it was applied for.
    async fn name(&self) -> &str {
        &self.0.listing.labels.name
    }

    /// 剂型.
    async fn form(&self) -> Option<&str> {
        self.0.listing.labels.form.as_deref()
    }

    /// 规格.
    async fn spec(&self) -> Option<&str> {
        self.0.listing.labels.spec.as_deref()
    }

    /// The holder, as the registry names it.
    async fn holder_name(&self) -> &str {
        &self.0.listing.labels.holder_name
    }

    /// 最小制剂单位.
    async fn unit(&self) -> &str {
        &self.0.listing.labels.unit
    }

    /// Smallest units in a pack, as a decimal number.
    async fn pack_units(&self) -> String {
        self.0.listing.pack_units.to_string()
    }

    /// 挂网价, the price of a pack in yuan, tax included, as a decimal: the one in force, or the one applied for before there is one.
    async fn price(&self) -> String {
        self.0.listing.price.normalize().to_string()
    }

    /// How it stands.
    async fn state(&self) -> ListingState {
        ListingState::of(&self.0.listing.state)
    }

    /// Why it is not listed.
    async fn reason(&self) -> Option<&str> {
        self.0.listing.state.reason().map(Reason::as_str)
    }

    /// Since when it is listed.
    async fn listed_at(&self) -> Option<DateTime> {
        self.0.listing.state.listed_at().map(DateTime)
    }

    /// When it was applied for.
    async fn applied_at(&self) -> DateTime {
        DateTime(self.0.listing.applied_at)
    }

    /// The labels that it has now, and what stops its orders.
    #[graphql(complexity = "5 * child_complexity")]
    async fn marks(&self) -> Vec<ListingMark> {
        self.0.marks.iter().cloned().map(ListingMark::of).collect()
    }

    /// Whether a new order may go in now.
    async fn orderable(&self) -> bool {
        self.0.stopped.is_none()
    }

    /// Why none may.
    async fn stopped_because(&self) -> Option<&str> {
        self.0.stopped.as_deref()
    }

    /// Counts its changes.
    async fn version(&self) -> i32 {
        self.0.listing.version.number()
    }
}

/// One test of a price, with all that it rests on. Prices are of a smallest unit, in yuan.
#[derive(SimpleObject)]
struct PriceFinding {
    /// What was tested: `SAME4` 四同, `SELECTED_PRICE` 中选价, `NON_SUPPLY` 非供应省, `NON_SELECTED` 非中选, `SAME3` 三同.
    test: String,
    /// `KEPT`, `EXCEEDED`, or `NOT_JUDGED` where there was too little to compare with.
    outcome: String,
    /// What was judged.
    value: String,
    /// What it was compared with.
    benchmark: Option<String>,
    /// What it may not exceed; equality is no violation.
    threshold: Option<String>,
    /// How many prices the benchmark is of.
    sample: u32,
    /// In English.
    message_en: String,
    /// In Chinese.
    message_zh: String,
}

impl PriceFinding {
    fn of(finding: verdict::ShownFinding) -> Self {
        Self {
            test: finding.test,
            outcome: finding.outcome,
            value: finding.value,
            benchmark: finding.benchmark,
            threshold: finding.threshold,
            sample: u32::try_from(finding.sample).unwrap_or(u32::MAX),
            message_en: finding.english,
            message_zh: finding.chinese,
        }
    }
}

/// 价格规则判断: what the price rules say of a price.
#[derive(SimpleObject)]
pub(super) struct ListingVerdict {
    /// The rule files that decided, each with its version.
    rules: Vec<String>,
    /// The price of a smallest unit that was judged.
    unit_price: String,
    /// The label that the price gets: `NONE`, `YELLOW` or `RED`.
    label: String,
    /// Whether a ceiling is exceeded: the office lists it only with a reason.
    above_ceiling: bool,
    /// Each test.
    #[graphql(complexity = "5 * child_complexity")]
    findings: Vec<PriceFinding>,
}

impl ListingVerdict {
    pub(super) fn of(verdict: ShownVerdict) -> Self {
        Self {
            rules: verdict.rules,
            unit_price: verdict.unit_price,
            label: verdict.label,
            above_ceiling: verdict.above_ceiling,
            findings: verdict.findings.into_iter().map(PriceFinding::of).collect(),
        }
    }
}

/// A price of a listing: in force, over, or asked for.
pub(super) struct ListingPrice(pub(super) cases::ShownPrice);

#[Object]
impl ListingPrice {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.price.id.to_string())
    }

    /// The price of a pack in yuan, tax included, as a decimal.
    async fn price(&self) -> String {
        self.0.price.price.normalize().to_string()
    }

    /// How far it is.
    async fn state(&self) -> ListingPriceState {
        match self.0.price.state.label() {
            "PROPOSED" => ListingPriceState::Proposed,
            "IN_FORCE" => ListingPriceState::InForce,
            "ENDED" => ListingPriceState::Ended,
            "REJECTED" => ListingPriceState::Rejected,
            _withdrawn => ListingPriceState::Withdrawn,
        }
    }

    /// From which instant on it is or was the price.
    async fn effective_at(&self) -> Option<DateTime> {
        self.0.price.state.span().0.map(DateTime)
    }

    /// Until which instant.
    async fn ended_at(&self) -> Option<DateTime> {
        self.0.price.state.span().1.map(DateTime)
    }

    /// When it was asked for.
    async fn proposed_at(&self) -> DateTime {
        DateTime(self.0.price.proposed_at)
    }

    /// What the firm says for it; only for the firm and the authorities of the region.
    async fn explanation(&self) -> Option<&str> {
        self.0.inside.then(|| self.0.price.explanation.as_str())
    }

    /// The ids of the documents that prove it; for the same.
    async fn document_ids(&self) -> Vec<ID> {
        let shown = self.0.price.documents.iter().filter(|_| self.0.inside);
        shown.map(|document| ID(document.to_string())).collect()
    }

    /// Why the office decided so; for the same.
    async fn decision(&self) -> Option<&str> {
        let decided = self.0.price.decided.as_ref().filter(|_| self.0.inside)?;
        decided.2.as_ref().map(Reason::as_str)
    }

    /// What the price rules said of it when it was decided, or when it was asked for; for the same.
    #[graphql(complexity = "1 + child_complexity")]
    async fn verdict(&self) -> Option<ListingVerdict> {
        self.0.verdict.clone().map(ListingVerdict::of)
    }
}
