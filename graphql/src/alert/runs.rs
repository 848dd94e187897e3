//! Runs of the monitors, days of alerts, and what the monitors would say of a price.
use async_graphql::{ID, Object, SimpleObject};
use jicai_service::alert as cases;

use crate::dates::{Date, DateTime};

/// How a monitor stood at the end of a run, over everything that it watches.
#[derive(SimpleObject)]
struct MonitorShare {
    /// Which prices: `LISTED` or `TRANSACTION`.
    basis: String,
    /// The monitor.
    monitor: String,
    /// Values judged.
    judged: String,
    /// Of them found.
    found: String,
    /// Values with too little to compare with.
    too_few: String,
    /// The share found of what was judged.
    share: f64,
    /// Whether that is more than the rule file says a monitor should. Then its threshold is in doubt, and its alerts are held. 触发比例过高
    too_much: bool,
}

/// A run of the monitors over what came.
pub(super) struct MonitorRun(pub(super) cases::ShownRun);

#[Object]
impl MonitorRun {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.run.id.to_string())
    }

    /// The rule file and its version.
    async fn rules(&self) -> &str {
        &self.0.run.rules
    }

    /// When it began.
    async fn started_at(&self) -> DateTime {
        DateTime(self.0.run.started_at)
    }

    /// When it ended; none while it runs.
    async fn ended_at(&self) -> Option<DateTime> {
        self.0.run.ended_at.map(DateTime)
    }

    /// Groups looked at.
    async fn groups(&self) -> String {
        self.0.run.counts.groups.to_string()
    }

    /// Observations in them.
    async fn observations(&self) -> String {
        self.0.run.counts.observations.to_string()
    }

    /// Alerts that came to stand.
    async fn raised(&self) -> String {
        self.0.run.counts.raised.to_string()
    }

    /// Alerts found otherwise than before.
    async fn changed(&self) -> String {
        self.0.run.counts.changed.to_string()
    }

    /// Alerts found no longer.
    async fn cleared(&self) -> String {
        self.0.run.counts.cleared.to_string()
    }

    /// Alerts that were told of.
    async fn opened(&self) -> String {
        self.0.run.counts.opened.to_string()
    }

    /// Alerts that were told of and are held by now.
    async fn held(&self) -> String {
        self.0.run.counts.held.to_string()
    }

    /// Each monitor at its end.
    #[graphql(complexity = "5 * child_complexity")]
    async fn monitors(&self) -> Vec<MonitorShare> {
        let one = |share: &cases::MonitorShare| MonitorShare {
            basis: share.basis.clone(),
            monitor: share.monitor.clone(),
            judged: share.judged.to_string(),
            found: share.found.to_string(),
            too_few: share.too_few.to_string(),
            share: share.share,
            too_much: share.too_much,
        };
        self.0.monitors.iter().map(one).collect()
    }
}

/// What a day of alerts came to for the own organization. 预警日报
pub(super) struct AlertDigest(pub(super) cases::AlertDigest);

#[Object]
impl AlertDigest {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The day, in China.
    async fn day(&self) -> Date {
        Date(self.0.day)
    }

    /// Red ones that were opened.
    async fn red(&self) -> String {
        self.0.red.to_string()
    }

    /// Yellow ones.
    async fn yellow(&self) -> String {
        self.0.yellow.to_string()
    }

    /// Records to check.
    async fn tickets(&self) -> String {
        self.0.tickets.to_string()
    }

    /// What stood open when it was counted.
    async fn waiting(&self) -> String {
        self.0.waiting.to_string()
    }
}

/// What a monitor would find of a price.
#[derive(SimpleObject)]
struct MonitorFinding {
    /// The monitor.
    monitor: String,
    /// How grave: `ticket`, `yellow` or `red`.
    severity: String,
    /// What was judged.
    value: String,
    /// What it was compared with.
    benchmark: String,
    /// What it is not to exceed.
    threshold: String,
    /// How many values the benchmark is of.
    sample: u32,
    /// The reason in English.
    reason: String,
    /// The reason in Chinese.
    reason_zh: String,
}

/// What the monitors would say of a price of an own item. They are given the own product's prices alone; against others only what is public is
/// compared, by `listingVerdict`.
#[derive(SimpleObject)]
pub(super) struct PriceVerdict {
    /// The label by the rules of listings: `NONE`, `YELLOW` or `RED`.
    label: String,
    /// Whether a ceiling is exceeded by the rules of listings.
    above_ceiling: bool,
    /// The price of a smallest unit that was judged.
    unit_price: String,
    /// Each test by the rules of listings that is exceeded, in words.
    exceeded: Vec<String>,
    /// The same in Chinese.
    exceeded_zh: Vec<String>,
    /// The rule file of the monitors and its version.
    rules: String,
    /// How many prices of the own product the monitors had.
    known: u32,
    /// What the monitors would find.
    #[graphql(complexity = "5 * child_complexity")]
    findings: Vec<MonitorFinding>,
}

impl PriceVerdict {
    pub(super) fn of(verdict: cases::PriceVerdict) -> Self {
        let exceeded = || verdict.listing.findings.iter().filter(|one| one.outcome == "EXCEEDED");
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let one = |found: &cases::PriceFinding| MonitorFinding {
            monitor: found.monitor.to_owned(),
            severity: found.severity.to_owned(),
            value: found.value.clone(),
            benchmark: found.benchmark.clone(),
            threshold: found.threshold.clone(),
            sample: count(found.sample),
            reason: found.reason.0.clone(),
            reason_zh: found.reason.1.clone(),
        };
        Self {
            label: verdict.listing.label.clone(),
            above_ceiling: verdict.listing.above_ceiling,
            unit_price: verdict.listing.unit_price.clone(),
            exceeded: exceeded().map(|one| one.english.clone()).collect(),
            exceeded_zh: exceeded().map(|one| one.chinese.clone()).collect(),
            rules: verdict.rules.clone(),
            known: count(verdict.known),
            findings: verdict.findings.iter().map(one).collect(),
        }
    }
}
