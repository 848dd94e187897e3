//! Is a price off by the factor of a pack? Such a row is a ticket for whoever keeps the data. It is left out of every other comparison.
#![expect(
    clippy::float_arithmetic,
    reason = "ratios are compared within a tolerance; no money is computed here"
)]

use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::{Book, double};
use super::finding::{Figure, Finding, Kind, Severity};
use super::monitors::Observation;
use super::rules::UnitRule;
use super::statistics::median;
use crate::procurement::values::Name;

/// A region's last prices: of the rows that were believed, and of all.
#[derive(Clone, Copy)]
struct Last {
    believed: f64,
    raw: f64,
}

/// The rows whose unit is in doubt.
pub(super) fn check(rule: &UnitRule, rows: &[&Observation], book: &mut Book) -> BTreeSet<u64> {
    let mut sorted = rows.to_vec();
    sorted.sort_by_key(|row| (row.of(), row.period, &row.region, row.row));
    let mut doubted = BTreeSet::new();
    for of_product in sorted.chunk_by(|a, b| a.of() == b.of()) {
        let mut last: BTreeMap<&Name, Last> = BTreeMap::new();
        for of_period in of_product.chunk_by(|a, b| a.period == b.period) {
            check_period(rule, of_period, &last, &mut doubted, book);
            for of_region in of_period.chunk_by(|a, b| a.region == b.region) {
                remember(of_region, &doubted, &mut last);
            }
        }
    }
    doubted
}

fn check_period<'a>(
    rule: &UnitRule,
    rows: &[&'a Observation],
    last: &BTreeMap<&'a Name, Last>,
    doubted: &mut BTreeSet<u64>,
    book: &mut Book,
) {
    let mut prices: Vec<f64> = rows.iter().map(|row| double(row.price)).collect();
    prices.sort_unstable_by(f64::total_cmp);
    for of_region in rows.chunk_by(|a, b| a.region == b.region) {
        let Some(first) = of_region.first() else { continue };
        let before = last.get(&first.region);
        let judged = prices.len() > rule.sample || before.is_some();
        let count = if judged { Book::judged } else { Book::too_few };
        count(book, Kind::UnitError, first.period, 1);
        for row in of_region {
            let found = doubt(rule, row, &prices, before);
            doubted.extend(found.iter().map(|_| row.row));
            found.into_iter().for_each(|finding| book.found(finding));
        }
    }
}

fn doubt(rule: &UnitRule, row: &Observation, prices: &[f64], before: Option<&Last>) -> Option<Finding> {
    let price = double(row.price);
    let others = prices.len().saturating_sub(1);
    let (reference, sample) = if others >= rule.sample {
        (median_without(prices, price)?, others)
    } else {
        let last = before?;
        // The price of the period before says so too: then it is the price, right or wrong.
        if (price / last.raw - 1.0).abs() <= rule.tolerance {
            return None;
        }
        (last.believed, 1)
    };
    let ratio = (price / reference).max(reference / price);
    let factor = rule.factors.iter().find(|factor| (ratio / *factor - 1.0).abs() <= rule.tolerance)?;
    Some(Finding {
        kind: Kind::UnitError,
        test: if others >= rule.sample { "regions" } else { "last_price" },
        severity: Severity::Ticket,
        product: row.product.clone(),
        maker: row.maker.clone(),
        region: row.region.clone(),
        period: row.period,
        value: Figure::Price(row.price.normalize().to_string()),
        benchmark: Figure::Number(reference),
        threshold: Figure::Number(*factor),
        sample,
        rows: vec![row.evidence()],
        compared: Vec::new(),
    })
}

/// The median of sorted values but one.
fn median_without(sorted: &[f64], value: f64) -> Option<f64> {
    let left_out = sorted.partition_point(|other| *other < value);
    let at =
        |place: usize| sorted.get(if place < left_out { place } else { place.saturating_add(1) }).copied();
    let count = sorted.len().checked_sub(1)?;
    Some(f64::midpoint(at(count.checked_sub(1)? / 2)?, at(count / 2)?))
}

fn remember<'a>(rows: &[&'a Observation], doubted: &BTreeSet<u64>, last: &mut BTreeMap<&'a Name, Last>) {
    let Some(first) = rows.first() else { return };
    let prices = |believed: bool| {
        let rows = rows.iter().filter(|row| !believed || !doubted.contains(&row.row));
        median(&rows.map(|row| double(row.price)).collect::<Vec<_>>())
    };
    let before = last.get(&first.region).copied();
    if let (Some(raw), Some(believed)) =
        (prices(false), prices(true).or(before.map(|last| last.believed)).or(prices(false)))
    {
        last.insert(&first.region, Last { believed, raw });
    }
}
