//! The state of the monitors: rows by group. A group's findings are a function of its rows alone, so they depend neither on how rows were
//! split into batches nor, where no row is corrected, on their order.
use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::evaluate::{Evaluated, evaluate};
use super::finding::{Alert, Evidence, Kind, Tallies, Tally};
use super::rules::MonitorRules;
use crate::pricing::Period;
use crate::procurement::values::Name;

/// A price that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Its id; offline, its line. A later row of the same id takes its place.
    pub row: u64,
    /// When.
    pub period: Period,
    /// Where.
    pub region: Name,
    /// Whose product.
    pub maker: Name,
    /// The product; with its maker 四同: one name, maker, form and spec.
    pub product: Name,
    /// The group: 三同, one name, form and spec.
    pub group: Name,
    /// Price of the smallest unit.
    pub price: Decimal,
    /// Units.
    pub quantity: Option<Decimal>,
}

impl Observation {
    /// The product with its maker.
    pub(super) fn of(&self) -> (&Name, &Name) {
        (&self.product, &self.maker)
    }

    pub(super) fn evidence(&self) -> Evidence {
        Evidence {
            row: self.row,
            period: self.period,
            region: self.region.clone(),
            maker: self.maker.clone(),
            product: self.product.clone(),
            price: self.price.normalize().to_string(),
        }
    }
}

/// Rows that came together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// New rows, and corrected ones under their old id.
    pub rows: Vec<Observation>,
    /// Ids that no longer count.
    pub withdrawn: Vec<u64>,
}

/// The monitors with all they have seen.
#[derive(Clone, Debug)]
pub struct Monitors {
    rules: MonitorRules,
    groups: BTreeMap<Name, BTreeMap<u64, Observation>>,
    home: BTreeMap<u64, Name>,
    stale: BTreeSet<Name>,
    found: BTreeMap<Name, Evaluated>,
}

impl Monitors {
    /// Monitors that have seen nothing.
    pub fn new(rules: MonitorRules) -> Self {
        Self {
            rules,
            groups: BTreeMap::new(),
            home: BTreeMap::new(),
            stale: BTreeSet::new(),
            found: BTreeMap::new(),
        }
    }

    /// The rules.
    pub fn rules(&self) -> &MonitorRules {
        &self.rules
    }

    /// Takes a batch, and judges the groups that it touches anew.
    pub fn feed(&mut self, batch: Batch) {
        for row in batch.withdrawn {
            self.forget(row);
        }
        for row in batch.rows {
            self.forget(row.row);
            self.home.insert(row.row, row.group.clone());
            self.stale.insert(row.group.clone());
            self.groups.entry(row.group.clone()).or_default().insert(row.row, row);
        }
        for group in std::mem::take(&mut self.stale) {
            let rows = self.groups.get(&group).filter(|rows| !rows.is_empty());
            match rows {
                Some(rows) => self.found.insert(group, evaluate(&self.rules, rows.values())),
                None => self.found.remove(&group),
            };
        }
    }

    fn forget(&mut self, row: u64) {
        if let Some(group) = self.home.remove(&row) {
            self.groups.entry(group.clone()).or_default().remove(&row);
            self.stale.insert(group);
        }
    }

    /// The open alerts, by group, product, kind and region.
    pub fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.found.values().flat_map(|found| &found.alerts)
    }

    /// How often each monitor judged and found.
    pub fn tallies(&self) -> Tallies {
        let mut tallies = Tallies::new();
        for ((_, kind), tally) in self.found.values().flat_map(|found| &found.tallies) {
            tallies.entry(*kind).or_default().add(*tally);
        }
        tallies
    }

    /// The same by period.
    pub fn tallies_by_period(&self) -> BTreeMap<(Period, Kind), Tally> {
        let mut tallies = BTreeMap::<(Period, Kind), Tally>::new();
        for (place, tally) in self.found.values().flat_map(|found| &found.tallies) {
            tallies.entry(*place).or_default().add(*tally);
        }
        tallies
    }

    /// The monitors that find more than their rule file says a monitor should, with the share that they find.
    pub fn noisy(&self) -> Vec<(Kind, f64)> {
        let Some(rule) = &self.rules.noise else { return Vec::new() };
        let shares = self.tallies().into_iter().filter(|(_, tally)| tally.judged >= rule.sample);
        shares.map(|(kind, tally)| (kind, tally.share())).filter(|(_, share)| *share > rule.share).collect()
    }
}
