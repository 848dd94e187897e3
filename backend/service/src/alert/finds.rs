//! From what was seen in a group to what the monitors find in it: the pure monitors do it, here is only the translation.
use std::collections::{BTreeMap, BTreeSet};

use jicai_domain::alert::live::{Basis, Found, Subject, reason_of, told_of};
use jicai_domain::alert::rules::MonitorRules;
use jicai_domain::alert::{Alert, Observation, Tallies, judge};
use jicai_domain::identity::{Region, RegionCode};
use jicai_domain::pricing::parse_period;
use jicai_domain::time::Day;
use jicai_store::alert::groups::{GroupKey, SeenPrice};

use super::evidence::{Evidence, ROWS_MAX, SeenRow, observation};
use crate::errors::Error;

/// What the monitors say of a group.
pub(super) struct Looked {
    pub(super) found: Vec<Found>,
    pub(super) tallies: Tallies,
}

/// The month that a day is in.
fn month(day: Day) -> Result<jicai_domain::pricing::Period, Error> {
    let text = day.to_string();
    let month = text.get(..7).and_then(|month| parse_period(month).ok());
    month.ok_or_else(|| Error::broken(format!("no month: {text}")))
}

/// An observation as the monitors read it, under a number that is its place.
pub(super) fn read(place: usize, seen: &SeenPrice) -> Result<Observation, Error> {
    Ok(Observation {
        row: u64::try_from(place).map_err(|error| Error::Broken(error.into()))?,
        period: month(seen.observed_on)?,
        region: seen.region.to_string().into(),
        maker: seen.maker.as_str().into(),
        product: seen.product.as_str().into(),
        group: seen.group.1.as_str().into(),
        price: seen.price,
        quantity: seen.quantity,
    })
}

/// What the monitors find in one group.
pub(super) fn look(
    rules: &MonitorRules,
    (basis, group): &GroupKey,
    seen: &[&SeenPrice],
    names: &BTreeMap<RegionCode, Region>,
) -> Result<Looked, Error> {
    let rows = seen.iter().enumerate().map(|(place, seen)| read(place, seen));
    let rows = rows.collect::<Result<Vec<_>, Error>>()?;
    let judged = judge(rules, &rows);
    let found = judged.alerts.iter().map(|alert| found(rules, (*basis, group), alert, seen, names));
    Ok(Looked { found: found.collect::<Result<_, _>>()?, tallies: judged.tallies })
}

fn found(
    rules: &MonitorRules,
    (basis, group): (Basis, &str),
    alert: &Alert,
    seen: &[&SeenPrice],
    names: &BTreeMap<RegionCode, Region>,
) -> Result<Found, Error> {
    let finding = &alert.finding;
    let at = |row: u64| usize::try_from(row).ok().and_then(|place| seen.get(place)).copied();
    let faulty: Vec<&SeenPrice> = alert.rows.iter().filter_map(|row| at(row.row)).collect();
    let highest = faulty.iter().max_by_key(|row| row.price);
    let highest = highest.ok_or_else(|| Error::broken("an alert without an observation"))?;
    let region = highest.region;
    let (english, chinese) = match names.get(&region) {
        Some(named) => (named.english.as_str().into(), named.name.as_str().into()),
        None => (finding.region.clone(), finding.region.clone()),
    };
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let rows = |rows: &[jicai_domain::alert::Evidence]| {
        let shown = rows.iter().filter_map(|row| at(row.row)).take(ROWS_MAX);
        shown.map(shown_row).collect::<Result<Vec<_>, Error>>()
    };
    let evidence = Evidence {
        rows: rows(&alert.rows)?,
        at_fault: alert.rows.len(),
        compared: rows(&finding.compared)?,
        excluded: rows(&alert.excluded)?,
    };
    Ok(Found {
        subject: Subject {
            basis,
            kind: finding.kind,
            product: finding.product.to_string(),
            maker: finding.maker.to_string(),
            region,
        },
        group: group.to_owned(),
        item: faulty.iter().rev().find_map(|row| row.item),
        manufacturer: faulty.iter().rev().find_map(|row| row.manufacturer),
        rules: (rules.head.id.clone(), rules.head.version.clone()),
        severity: finding.severity,
        tests: alert.tests.iter().map(|test| (*test).to_owned()).collect(),
        value: plain(&finding.value),
        benchmark: plain(&finding.benchmark),
        threshold: plain(&finding.threshold),
        sample: count(finding.sample),
        highest: highest.price.normalize(),
        periods: (alert.periods.0.to_string(), alert.periods.1.to_string()),
        findings: count(alert.findings),
        reason: reason_of(finding, (&english, &chinese)),
        told: told_of(finding, (&english, &chinese)),
        evidence: evidence.to_text()?,
    })
}

/// A figure whole: people get four places in the reason.
fn plain(figure: &jicai_domain::alert::Figure) -> String {
    match figure {
        jicai_domain::alert::Figure::Price(text) => text.clone(),
        jicai_domain::alert::Figure::Number(number) => number.to_string(),
    }
}

fn shown_row(seen: &SeenPrice) -> Result<SeenRow, Error> {
    Ok(SeenRow {
        observation: observation(seen.id),
        period: month(seen.observed_on)?.to_string(),
        region: seen.region.to_string(),
        maker: seen.maker.clone(),
        product: seen.product.clone(),
        price: Some(seen.price.normalize().to_string()),
        disclosed: seen.disclosed,
    })
}

/// The regions that prices are of.
pub(super) fn regions(seen: &[SeenPrice]) -> Vec<RegionCode> {
    let regions: BTreeSet<RegionCode> = seen.iter().map(|one| one.region).collect();
    regions.into_iter().collect()
}
