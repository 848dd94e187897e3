//! What changed from one period to the next: prices, listings, delistings.
use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::{Level, Product};
use super::monitors::Observation;
use crate::pricing::Period;
use crate::procurement::values::Name;

/// The changes of a period against the period before it, by product and region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Movement {
    /// Prices that are others.
    pub changed: usize,
    /// Of them higher ones.
    pub raised: usize,
    /// Products that were not there.
    pub listed: usize,
    /// Products that are no longer there.
    pub delisted: usize,
}

/// The changes of every period but the first.
pub fn movements(rows: &[Observation]) -> BTreeMap<Period, Movement> {
    let periods: BTreeSet<Period> = rows.iter().map(|row| row.period).collect();
    let mut cells: BTreeMap<(Product<'_>, &Name), BTreeMap<Period, Vec<&Observation>>> = BTreeMap::new();
    for row in rows {
        cells.entry((row.of(), &row.region)).or_default().entry(row.period).or_default().push(row);
    }
    let mut movements: BTreeMap<Period, Movement> =
        periods.iter().skip(1).map(|period| (*period, Movement::default())).collect();
    for of_product in cells.into_values() {
        let prices: BTreeMap<Period, _> = of_product
            .into_iter()
            .filter_map(|(period, rows)| Some((period, Level::new(rows)?.price)))
            .collect();
        for (before, now) in periods.iter().zip(periods.iter().skip(1)) {
            let Some(movement) = movements.get_mut(now) else { continue };
            let count = |holds: bool, sum: &mut usize| *sum = sum.saturating_add(usize::from(holds));
            match (prices.get(before), prices.get(now)) {
                (Some(before), Some(now)) => {
                    count(now != before, &mut movement.changed);
                    count(now > before, &mut movement.raised);
                }
                (None, Some(_)) => count(true, &mut movement.listed),
                (Some(_), None) => count(true, &mut movement.delisted),
                (None, None) => {}
            }
        }
    }
    movements
}
