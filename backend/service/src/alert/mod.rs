//! 价格预警: monitors over the observations of prices, and the alerts that they raise.
mod act;
mod digest;
mod evidence;
mod export;
mod finds;
mod follow;
mod monitor;
mod read;
mod settle;
mod verdict;

pub use act::{AlertChanged, SeenAlert, acknowledge_alert, assign_alert, dismiss_alert};
pub(crate) use digest::count_yesterday;
pub use digest::{AlertDigest, alert_digests};
pub use evidence::{Evidence, SeenRow};
pub use export::alerts_csv;
pub use follow::{AlertEvent, HeardAlerts, follow_alerts};
pub use jicai_store::alert::alerts::Wanted;
pub use jicai_store::alert::changes::AlertChange;
pub(crate) use monitor::monitor;
pub use read::{
    MonitorShare, ShownAlert, ShownRun, alert, alert_changes, alert_feed, alerts, alerts_of, monitor_runs,
};
pub use verdict::{AskPrice, PriceFinding, PriceVerdict, price_verdict};

use jicai_domain::alert::rules::{MONITOR_PRESETS, MonitorRules, parse_monitors};

use crate::errors::Error;

/// The rules that watch every observation.
fn rules() -> Result<MonitorRules, Error> {
    let preset = MONITOR_PRESETS.first().ok_or_else(|| Error::broken("no monitor rules are shipped"))?;
    parse_monitors(preset.text).map_err(|_faults| Error::broken(format!("{} has faults", preset.id)))
}

/// Rules as runs and groups name them.
fn named(rules: &MonitorRules) -> String {
    format!("{}@{}", rules.head.id, rules.head.version)
}
