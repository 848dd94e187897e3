//! What is shown of alerts.
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use jicai_domain::alert::live;
use jicai_service::alert as cases;

use crate::asking::asking;
use crate::catalog::{Item, item_today};
use crate::dates::DateTime;
use crate::error::ApiError;
use crate::identity::Region;

/// How an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum AlertState {
    /// Nobody but the authorities is told: its run is not over, or its monitor finds too much. 暂缓
    Held,
    /// It waits for somebody. 待处理
    Open,
    /// Somebody works on it. 处理中
    Acknowledged,
    /// Somebody found that nothing is wrong. 已排除
    Dismissed,
    /// The observations say it no longer. 已关闭
    Closed,
}

impl AlertState {
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Held => "HELD",
            Self::Open => "OPEN",
            Self::Acknowledged => "ACKNOWLEDGED",
            Self::Dismissed => "DISMISSED",
            Self::Closed => "CLOSED",
        }
    }

    const fn of(found: &live::AlertState) -> Self {
        match found {
            live::AlertState::Held => Self::Held,
            live::AlertState::Open => Self::Open,
            live::AlertState::Acknowledged { .. } => Self::Acknowledged,
            live::AlertState::Dismissed { .. } => Self::Dismissed,
            live::AlertState::Closed => Self::Closed,
        }
    }
}

/// How grave an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::alert::Severity")]
pub(super) enum AlertSeverity {
    /// A record to check; nobody is accused. 数据核对
    Ticket,
    /// High. 黄标
    Yellow,
    /// A risk. 红标
    Red,
}

/// Which prices were compared with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::alert::live::Basis")]
pub(super) enum AlertBasis {
    /// 挂网价.
    Listed,
    /// 实际采购价.
    Transaction,
}

/// What a monitor looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::alert::Kind")]
pub(super) enum MonitorKind {
    /// A price off by the factor of a pack.
    UnitError,
    /// 四同: above what other regions pay for the same product.
    #[graphql(name = "SAME4_GAP")]
    Same4Gap,
    /// 三同: above what other makers' products of the group cost.
    #[graphql(name = "SAME3_GAP")]
    Same3Gap,
    /// Far from the other regions.
    Outlier,
    /// Far above the median of the product's rows.
    MedianMultiple,
    /// A rise from one month to the next.
    SuddenRise,
    /// A slow shift.
    TimeShift,
    /// Above a ceiling.
    AboveCeiling,
    /// Above what a selected product may cost where its maker does not supply.
    NonSupplyProvince,
    /// Above the maker's own commitment.
    AboveCommitment,
    /// Above the contract's price.
    AboveContract,
    /// Above the basket of foreign prices.
    ForeignReference,
    /// A quantity far from the region's own.
    AbnormalVolume,
}

/// Who makes the product.
#[derive(SimpleObject)]
struct AlertMaker {
    /// As the observations name it.
    name: String,
    /// The id of the firm, where the observations name it.
    organization_id: Option<ID>,
}

/// What a price was compared with, in yuan per smallest unit, or as a statistic where the monitor is one of statistics.
#[derive(SimpleObject)]
struct AlertBenchmark {
    /// The benchmark.
    value: String,
    /// What is not to be exceeded; equality is no violation.
    threshold: String,
    /// How many values it is of.
    sample: u32,
}

/// An observation that an alert rests on.
#[derive(SimpleObject)]
struct AlertObservation {
    /// The id of the observation.
    id: ID,
    /// The month.
    period: String,
    /// The code of the region.
    region_code: String,
    /// Whose.
    maker: String,
    /// What.
    product: String,
    /// In yuan per smallest unit; none where whoever looks may not know it.
    price: Option<String>,
}

impl AlertObservation {
    fn all(rows: &[cases::SeenRow]) -> Vec<AlertObservation> {
        let one = |row: &cases::SeenRow| AlertObservation {
            id: ID(row.observation.clone()),
            period: row.period.clone(),
            region_code: row.region.clone(),
            maker: row.maker.clone(),
            product: row.product.clone(),
            price: row.price.clone(),
        };
        rows.iter().map(one).collect()
    }
}

/// 价格预警: a price that is out of line, as far as whoever looks may know.
pub(super) struct PriceAlert(pub(super) cases::ShownAlert);

#[Object]
impl PriceAlert {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.alert.id.to_string())
    }

    /// How often it changed.
    async fn version(&self) -> i32 {
        self.0.alert.version.number()
    }

    /// How it stands.
    async fn state(&self) -> AlertState {
        AlertState::of(&self.0.alert.state)
    }

    /// Since when.
    async fn state_since(&self) -> DateTime {
        DateTime(self.0.alert.state_since)
    }

    /// Why it was dismissed; only for authorities.
    async fn dismissed_because(&self) -> Option<&str> {
        if let live::AlertState::Dismissed { reason, .. } = &self.0.alert.state
            && self.0.inside
        {
            return Some(reason.as_str());
        }
        None
    }

    /// The id of the person who is to work on it; only for authorities.
    async fn assignee_id(&self) -> Option<ID> {
        self.0.alert.assignee.map(|user| ID(user.to_string()))
    }

    /// The rule file that found it.
    async fn rule(&self) -> &str {
        &self.0.alert.found.rules.0
    }

    /// Its version.
    async fn rule_version(&self) -> &str {
        &self.0.alert.found.rules.1
    }

    /// The monitor.
    async fn monitor(&self) -> MonitorKind {
        self.0.alert.found.subject.kind.into()
    }

    /// The tests of the monitor that found something.
    async fn tests(&self) -> &[String] {
        &self.0.alert.found.tests
    }

    /// Which prices were compared.
    async fn basis(&self) -> AlertBasis {
        self.0.alert.found.subject.basis.into()
    }

    /// How grave.
    async fn severity(&self) -> AlertSeverity {
        self.0.alert.found.severity.into()
    }

    /// The code of the region.
    async fn region_code(&self) -> String {
        self.0.alert.found.subject.region.to_string()
    }

    /// The region.
    async fn region(&self, ctx: &Context<'_>) -> Result<Option<Region>, ApiError> {
        let found = asking(ctx)?.regions.load_one(self.0.alert.found.subject.region).await;
        Ok(found.map_err(|error| ApiError::shared(&error))?.map(Region))
    }

    /// The product, as its observations name it (四同).
    async fn product(&self) -> &str {
        &self.0.alert.found.subject.product
    }

    /// The group that it was compared in (三同).
    async fn group(&self) -> &str {
        &self.0.alert.found.group
    }

    /// Who makes it.
    async fn maker(&self) -> AlertMaker {
        AlertMaker {
            name: self.0.alert.found.subject.maker.clone(),
            organization_id: self.0.alert.found.manufacturer.map(|firm| ID(firm.to_string())),
        }
    }

    /// The item of the registry as it stands today.
    #[graphql(complexity = "2 + child_complexity")]
    async fn item(&self, ctx: &Context<'_>) -> Result<Option<Item>, ApiError> {
        item_today(ctx, self.0.alert.found.item).await
    }

    /// What was judged.
    async fn value(&self) -> &str {
        &self.0.alert.found.value
    }

    /// What it was compared with. A firm is told none that rests on what other firms ask.
    async fn benchmark(&self) -> Option<AlertBenchmark> {
        let (value, threshold) = self.0.benchmark.clone().zip(self.0.threshold.clone())?;
        Some(AlertBenchmark { value, threshold, sample: self.0.alert.found.sample })
    }

    /// Whether something is withheld from whoever looks.
    async fn withheld(&self) -> bool {
        self.0.withheld
    }

    /// The first month with a finding.
    async fn first_period(&self) -> &str {
        &self.0.alert.found.periods.0
    }

    /// The last one.
    async fn last_period(&self) -> &str {
        &self.0.alert.found.periods.1
    }

    /// How many findings.
    async fn findings(&self) -> u32 {
        self.0.alert.found.findings
    }

    /// The reason in English.
    async fn reason(&self) -> &str {
        &self.0.alert.found.reason.0
    }

    /// The reason in Chinese.
    async fn reason_zh(&self) -> &str {
        &self.0.alert.found.reason.1
    }

    /// The observations at fault, at most 100.
    #[graphql(complexity = "5 * child_complexity")]
    async fn evidence(&self) -> Vec<AlertObservation> {
        AlertObservation::all(&self.0.evidence.rows)
    }

    /// How many observations are at fault.
    async fn evidence_count(&self) -> u32 {
        u32::try_from(self.0.evidence.at_fault).unwrap_or(u32::MAX)
    }

    /// Some of those that they were compared with, the lowest first.
    #[graphql(complexity = "5 * child_complexity")]
    async fn compared(&self) -> Vec<AlertObservation> {
        AlertObservation::all(&self.0.evidence.compared)
    }

    /// Those of the product that were left out, because their unit is in doubt.
    #[graphql(complexity = "5 * child_complexity")]
    async fn exclusions(&self) -> Vec<AlertObservation> {
        AlertObservation::all(&self.0.evidence.excluded)
    }

    /// When it was first told of.
    async fn opened_at(&self) -> Option<DateTime> {
        self.0.alert.opened_at.map(DateTime)
    }

    /// The id of the one about the same product, monitor and region that was dismissed before.
    async fn follows_id(&self) -> Option<ID> {
        self.0.alert.follows.map(|before| ID(before.to_string()))
    }
}

/// A change of an alert.
pub(super) struct AlertChange(pub(super) cases::AlertChange);

#[Object]
impl AlertChange {
    /// The cursor of whoever follows.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The id of the alert.
    async fn alert_id(&self) -> ID {
        ID(self.0.alert.to_string())
    }

    /// What happened: `OPENED`, `CHANGED`, `HELD`, `ACKNOWLEDGED`, `ASSIGNED`, `DISMISSED` or `CLOSED`.
    async fn change(&self) -> &str {
        &self.0.change
    }

    /// How the alert stood then.
    async fn state(&self) -> &str {
        &self.0.state
    }

    /// How grave it was then.
    async fn severity(&self) -> AlertSeverity {
        self.0.severity.into()
    }

    /// What was judged then.
    async fn value(&self) -> &str {
        &self.0.value
    }

    /// When.
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// How often the alert had changed.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// A change of an alert with who made it; for authorities.
#[derive(SimpleObject)]
pub(super) struct AlertStep {
    /// What happened: `OPENED`, `CHANGED`, `HELD`, `ACKNOWLEDGED`, `ASSIGNED`, `DISMISSED` or `CLOSED`.
    change: String,
    /// When.
    at: DateTime,
    /// The id of the person; none where the observations changed it.
    by_id: Option<ID>,
    /// The id of the person who was to work on it then.
    assignee_id: Option<ID>,
    /// Why, of what was dismissed.
    reason: Option<String>,
    /// How often the alert had changed.
    version: i32,
}

impl AlertStep {
    pub(super) fn of(change: cases::AlertChange) -> Self {
        Self {
            change: change.change,
            at: DateTime(change.at),
            by_id: change.by.map(|user| ID(user.to_string())),
            assignee_id: change.assignee.map(|user| ID(user.to_string())),
            reason: change.reason,
            version: change.version,
        }
    }
}
