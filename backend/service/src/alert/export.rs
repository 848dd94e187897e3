//! Alerts as a table: what the caller sees of them, and no more.
use jicai_domain::identity::Caller;
use jicai_domain::ids::PriceAlertId;
use jicai_store::Page;

use super::Wanted;
use super::read::{ShownAlert, alerts};
use crate::app::App;
use crate::errors::Error;

/// Alerts that one table has at most.
const ROWS_MAX: usize = 50_000;
/// Alerts that one query reads.
const AT_ONCE: u16 = 500;

const HEADER: [&str; 22] = [
    "id",
    "state",
    "severity",
    "monitor",
    "basis",
    "region",
    "product",
    "maker",
    "group",
    "item",
    "manufacturer",
    "value",
    "benchmark",
    "threshold",
    "sample",
    "first_period",
    "last_period",
    "findings",
    "rules",
    "opened_at",
    "reason_en",
    "reason_zh",
];

/// Such alerts as CSV in UTF-8, the newest first, at most 50,000. Errors: `FORBIDDEN`.
pub async fn alerts_csv(app: &App, caller: &Caller, wanted: &Wanted) -> Result<Vec<u8>, Error> {
    let broken = |error: csv::Error| Error::Broken(error.into());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER).map_err(broken)?;
    let (mut after, mut count): (Option<PriceAlertId>, usize) = (None, 0);
    loop {
        let part = alerts(app, caller, wanted, &Page { first: AT_ONCE, after }).await?;
        for one in &part.rows {
            writer.write_record(record(one)).map_err(broken)?;
        }
        count = count.saturating_add(part.rows.len());
        after = part.rows.last().map(|one| one.alert.id);
        if !part.more || count >= ROWS_MAX {
            break;
        }
    }
    writer.into_inner().map_err(|error| Error::Broken(error.to_string().into()))
}

fn record(one: &ShownAlert) -> [String; 22] {
    let (alert, found) = (&one.alert, &one.alert.found);
    let instant = |at: jicai_domain::time::Timestamp| {
        jiff::Timestamp::from_microsecond(at.micros()).map(|at| at.to_string()).unwrap_or_default()
    };
    [
        alert.id.to_string(),
        alert.state.label().to_owned(),
        found.severity.name().to_uppercase(),
        found.subject.kind.name().to_owned(),
        found.subject.basis.label().to_owned(),
        found.subject.region.to_string(),
        found.subject.product.clone(),
        found.subject.maker.clone(),
        found.group.clone(),
        found.item.map(|item| item.to_string()).unwrap_or_default(),
        found.manufacturer.map(|firm| firm.to_string()).unwrap_or_default(),
        found.value.clone(),
        one.benchmark.clone().unwrap_or_default(),
        one.threshold.clone().unwrap_or_default(),
        found.sample.to_string(),
        found.periods.0.clone(),
        found.periods.1.clone(),
        found.findings.to_string(),
        format!("{} {}", found.rules.0, found.rules.1),
        alert.opened_at.map(instant).unwrap_or_default(),
        found.reason.0.clone(),
        found.reason.1.clone(),
    ]
}
