//! Judges the rows of a group: unit and pack first, then everything else on the rows that are left.
use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::finding::{Alert, Evidence, Finding, Kind, Tallies, Tally};
use super::monitors::Observation;
use super::rules::MonitorRules;
use super::{across, along, limits, reason, unit_check};
use crate::exact::Exact;
use crate::pricing::Period;
use crate::procurement::values::Name;

/// Rows of a comparison that a finding shows.
const COMPARED_MAX: usize = 12;

/// The findings of a group.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Evaluated {
    pub(super) alerts: Vec<Alert>,
    pub(super) tallies: BTreeMap<(Period, Kind), Tally>,
}

/// The price of a product in a region and period: the median of its rows.
pub(super) struct Level<'a> {
    pub(super) price: Decimal,
    pub(super) rows: Vec<&'a Observation>,
}

impl<'a> Level<'a> {
    pub(super) fn new(mut rows: Vec<&'a Observation>) -> Option<Self> {
        rows.sort_by_key(|row| (row.price, row.row));
        let low = rows.get(rows.len().checked_sub(1)? / 2)?.price;
        let high = rows.get(rows.len() / 2)?.price;
        let price = if low == high { low } else { low.checked_add(high)?.checked_div(Decimal::TWO)? };
        Some(Self { price, rows })
    }

    pub(super) fn exact(&self) -> Exact {
        Exact::from(self.price)
    }

    pub(super) fn double(&self) -> f64 {
        double(self.price)
    }

    pub(super) fn evidence(&self) -> Vec<Evidence> {
        self.rows.iter().map(|row| row.evidence()).collect()
    }
}

pub(super) fn double(price: Decimal) -> f64 {
    price.to_f64().unwrap_or(f64::NAN)
}

/// A product of a maker: 四同.
pub(super) type Product<'a> = (&'a Name, &'a Name);

/// Levels by product, region and period.
pub(super) type Levels<'a> = BTreeMap<Product<'a>, BTreeMap<&'a Name, BTreeMap<Period, Level<'a>>>>;

fn levels<'a>(rows: &[&'a Observation]) -> Levels<'a> {
    let mut cells: BTreeMap<(Product<'_>, &Name, Period), Vec<&'a Observation>> = BTreeMap::new();
    for row in rows {
        cells.entry((row.of(), &row.region, row.period)).or_default().push(row);
    }
    let mut levels = Levels::new();
    for ((product, region, period), rows) in cells {
        if let Some(level) = Level::new(rows) {
            levels.entry(product).or_default().entry(region).or_default().insert(period, level);
        }
    }
    levels
}

/// What the monitors write down.
#[derive(Default)]
pub(super) struct Book {
    findings: Vec<Finding>,
    tallies: BTreeMap<(Period, Kind), Tally>,
}

impl Book {
    /// Counts prices of a product, region and period that were judged.
    pub(super) fn judged(&mut self, kind: Kind, period: Period, count: usize) {
        self.tallies.entry((period, kind)).or_default().add(Tally { judged: count, ..Tally::default() });
    }

    /// Counts those for which there was too little to compare with.
    pub(super) fn too_few(&mut self, kind: Kind, period: Period, count: usize) {
        self.tallies.entry((period, kind)).or_default().add(Tally { too_few: count, ..Tally::default() });
    }

    /// Writes a finding down.
    pub(super) fn found(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    fn close(mut self, rows: &[&Observation], doubted: &BTreeSet<u64>) -> Evaluated {
        let places: BTreeSet<_> = self
            .findings
            .iter()
            .map(|found| (found.period, found.kind, &found.product, &found.maker, &found.region))
            .collect();
        for (period, kind, ..) in places {
            self.tallies.entry((period, kind)).or_default().add(Tally { found: 1, ..Tally::default() });
        }
        let mut open: BTreeMap<(Name, Name, Kind, Name), Vec<Finding>> = BTreeMap::new();
        for finding in self.findings {
            let key = (finding.product.clone(), finding.maker.clone(), finding.kind, finding.region.clone());
            open.entry(key).or_default().push(finding);
        }
        let alerts = open.into_values().filter_map(|findings| alert(findings, rows, doubted)).collect();
        Evaluated { alerts, tallies: self.tallies }
    }
}

/// What the monitors say of the rows of one group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// The alerts, by product, kind and region.
    pub alerts: Vec<Alert>,
    /// How often each monitor judged and found.
    pub tallies: Tallies,
}

/// Judges the rows of one group, in the order of their ids: what [`super::Monitors`] would find in it.
pub fn judge(rules: &MonitorRules, rows: &[Observation]) -> Judged {
    let Evaluated { alerts, tallies } = evaluate(rules, rows.iter());
    let mut summed = Tallies::new();
    for ((_, kind), tally) in tallies {
        summed.entry(kind).or_default().add(tally);
    }
    Judged { alerts, tallies: summed }
}

/// Judges the rows of one group.
pub(super) fn evaluate<'a>(rules: &MonitorRules, rows: impl Iterator<Item = &'a Observation>) -> Evaluated {
    let rows: Vec<&Observation> = rows.collect();
    let mut book = Book::default();
    let doubted = match &rules.unit {
        Some(rule) => unit_check::check(rule, &rows, &mut book),
        None => BTreeSet::new(),
    };
    let sound: Vec<&Observation> = rows.iter().copied().filter(|row| !doubted.contains(&row.row)).collect();
    let levels = levels(&sound);
    if let Some(rule) = &rules.same4 {
        across::same4(rule, &levels, &mut book);
    }
    if let Some(rule) = &rules.same3 {
        across::same3(rule, &levels, &mut book);
    }
    if let Some(rule) = &rules.outlier {
        across::outlier(rule, &levels, &mut book);
    }
    if let Some(rule) = &rules.rise {
        along::rise(rule, &levels, &mut book);
    }
    if let Some(rule) = &rules.shift {
        along::shift(rule, &levels, &mut book);
    }
    if let Some(rule) = &rules.volume {
        along::volume(rule, &levels, &mut book);
    }
    if let Some(rule) = &rules.median {
        limits::median(rule, &levels, &mut book);
    }
    limits::limits(&rules.limits, &levels, &mut book);
    book.close(&rows, &doubted)
}

/// The alert of findings of one kind, product and region.
fn alert(mut findings: Vec<Finding>, rows: &[&Observation], doubted: &BTreeSet<u64>) -> Option<Alert> {
    findings.sort_by_key(|finding| (finding.period, finding.test));
    let periods = (findings.first()?.period, findings.last()?.period);
    let gravest = findings.iter().map(|finding| finding.severity).max()?;
    let finding = findings.iter().find(|finding| finding.severity == gravest)?.clone();
    let tests = findings.iter().map(|finding| finding.test).collect();
    let at_fault: BTreeSet<Evidence> =
        findings.iter().flat_map(|finding| finding.rows.iter().cloned()).collect();
    let of_product = || rows.iter().filter(|row| row.of() == (&finding.product, &finding.maker));
    let group = of_product().next()?.group.clone();
    let excluded = if finding.kind == Kind::UnitError {
        Vec::new()
    } else {
        of_product().filter(|row| doubted.contains(&row.row)).map(|row| row.evidence()).collect()
    };
    let reason = reason::words(&finding);
    let (count, rows) = (findings.len(), at_fault.into_iter().collect());
    Some(Alert { finding, group, tests, periods, findings: count, rows, excluded, reason })
}

/// Some of the rows of a comparison, the lowest prices first.
pub(super) fn shown<'a>(levels: impl Iterator<Item = &'a Level<'a>>) -> Vec<Evidence> {
    let mut rows: Vec<&Observation> = levels.flat_map(|level| level.rows.iter().copied()).collect();
    rows.sort_by_key(|row| (row.price, row.row));
    rows.into_iter().take(COMPARED_MAX).map(Observation::evidence).collect()
}
