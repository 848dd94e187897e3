//! Monitors that compare at one time: regions, makers.
use std::collections::BTreeMap;

use super::evaluate::{Book, Level, Levels, Product, shown};
use super::finding::{Figure, Finding, Kind, Severity};
use super::rules::{OutlierRule, Same3Rule, Same4Rule};
use super::statistics::{fences, modified_z, quartiles};
use crate::exact::Exact;
use crate::pricing::Period;
use crate::pricing::label::{Label, exceeds, label};
use crate::procurement::values::Name;

/// Decimal places of a benchmark in print.
pub(super) const PLACES: usize = 8;

/// The levels of one product by period, each with those of its regions.
fn by_period<'l, 'a>(
    regions: &'l BTreeMap<&'a Name, BTreeMap<Period, Level<'a>>>,
) -> BTreeMap<Period, Vec<(&'a Name, &'l Level<'a>)>> {
    let mut periods: BTreeMap<Period, Vec<(&Name, &Level<'_>)>> = BTreeMap::new();
    for (region, levels) in regions {
        for (period, level) in levels {
            periods.entry(*period).or_default().push((region, level));
        }
    }
    periods
}

/// 四同: a region's price above the statistic of all regions'.
pub(super) fn same4(rule: &Same4Rule, levels: &Levels<'_>, book: &mut Book) {
    let multiple = &Exact::one() + &rule.tolerance;
    for ((product, maker), regions) in levels {
        for (period, regions) in by_period(regions) {
            let prices: Vec<Exact> = regions.iter().map(|(_, level)| level.exact()).collect();
            let Some(benchmark) = rule.statistic.of(&prices, rule.sample) else {
                book.too_few(Kind::Same4Gap, period, regions.len());
                continue;
            };
            book.judged(Kind::Same4Gap, period, regions.len());
            for (region, level) in &regions {
                if exceeds(&level.exact(), &benchmark, &multiple) {
                    book.found(Finding {
                        kind: Kind::Same4Gap,
                        test: "gap",
                        severity: Severity::Yellow,
                        product: (*product).clone(),
                        maker: (*maker).clone(),
                        region: (*region).clone(),
                        period,
                        value: price(&level.exact()),
                        benchmark: price(&benchmark),
                        threshold: price(&(&benchmark * &multiple)),
                        sample: regions.len(),
                        rows: level.evidence(),
                        compared: shown(regions.iter().map(|(_, level)| *level)),
                    });
                }
            }
        }
    }
}

/// 三同: the label of each product of the group in a region.
pub(super) fn same3(rule: &Same3Rule, levels: &Levels<'_>, book: &mut Book) {
    let mut places: BTreeMap<(Period, &Name), Vec<(&Product<'_>, &Level<'_>)>> = BTreeMap::new();
    for (product, regions) in levels {
        for (region, levels) in regions {
            for (period, level) in levels {
                places.entry((*period, region)).or_default().push((product, level));
            }
        }
    }
    for ((period, region), products) in places {
        let prices: Vec<Exact> = products.iter().map(|(_, level)| level.exact()).collect();
        let Some(reference) = rule.statistic.of(&prices, rule.sample) else {
            book.too_few(Kind::Same3Gap, period, products.len());
            continue;
        };
        let labelled = || products.iter().filter(|((product, _), _)| !rule.exempt.contains(&***product));
        book.judged(Kind::Same3Gap, period, labelled().count());
        for ((product, maker), level) in labelled() {
            let (severity, multiple) = match label(&level.exact(), &reference, &rule.yellow, &rule.red) {
                Label::None => continue,
                Label::Yellow => (Severity::Yellow, &rule.yellow),
                Label::Red => (Severity::Red, &rule.red),
            };
            book.found(Finding {
                kind: Kind::Same3Gap,
                test: "label",
                severity,
                product: (*product).clone(),
                maker: (*maker).clone(),
                region: region.clone(),
                period,
                value: price(&level.exact()),
                benchmark: price(&reference),
                threshold: price(&(&reference * multiple)),
                sample: products.len(),
                rows: level.evidence(),
                compared: shown(products.iter().map(|(_, level)| *level)),
            });
        }
    }
}

/// A region far from the others: modified z of the logarithms, and Tukey's fences.
pub(super) fn outlier(rule: &OutlierRule, levels: &Levels<'_>, book: &mut Book) {
    for ((product, maker), regions) in levels {
        for (period, regions) in by_period(regions) {
            if regions.len() < rule.sample {
                book.too_few(Kind::Outlier, period, regions.len());
                continue;
            }
            book.judged(Kind::Outlier, period, regions.len());
            let prices: Vec<f64> = regions.iter().map(|(_, level)| level.double()).collect();
            let mut found = by_z(rule, &prices);
            found.extend(by_fences(rule, &prices));
            for Out { place, test, severity, value, benchmark, threshold } in found {
                let Some((region, level)) = regions.get(place) else { continue };
                book.found(Finding {
                    kind: Kind::Outlier,
                    test,
                    severity,
                    product: (*product).clone(),
                    maker: (*maker).clone(),
                    region: (*region).clone(),
                    period,
                    value: Figure::Number(value),
                    benchmark: Figure::Number(benchmark),
                    threshold: Figure::Number(threshold),
                    sample: regions.len(),
                    rows: level.evidence(),
                    compared: shown(regions.iter().map(|(_, level)| *level)),
                });
            }
        }
    }
}

/// One value out of line.
struct Out {
    place: usize,
    test: &'static str,
    severity: Severity,
    value: f64,
    benchmark: f64,
    threshold: f64,
}

fn by_z(rule: &OutlierRule, prices: &[f64]) -> Vec<Out> {
    let Some(limit) = rule.z else { return Vec::new() };
    let logarithms: Vec<f64> = prices.iter().map(|price| price.ln()).collect();
    let scores = modified_z(&logarithms).unwrap_or_default();
    let out = scores.iter().enumerate().filter(|(_, z)| z.abs() > limit);
    let one = |(place, z): (usize, &f64)| {
        let (test, severity) =
            if *z > 0.0 { ("modified_z", Severity::Red) } else { ("modified_z_low", Severity::Yellow) };
        Out { place, test, severity, value: *z, benchmark: 0.0, threshold: limit }
    };
    out.map(one).collect()
}

fn by_fences(rule: &OutlierRule, prices: &[f64]) -> Vec<Out> {
    let Some(((yellow, red), quartiles)) = rule.fences.zip(quartiles(prices)) else { return Vec::new() };
    let ((low, high), (_, far)) = (fences(quartiles, yellow), fences(quartiles, red));
    let one = |(place, value): (usize, &f64)| {
        let out = |test, severity, benchmark, threshold| {
            Some(Out { place, test, severity, value: *value, benchmark, threshold })
        };
        if *value > far {
            out("tukey_far", Severity::Red, quartiles.1, far)
        } else if *value > high {
            out("tukey", Severity::Yellow, quartiles.1, high)
        } else if *value < low {
            out("tukey_low", Severity::Yellow, quartiles.0, low)
        } else {
            None
        }
    };
    prices.iter().enumerate().filter_map(one).collect()
}

pub(super) fn price(price: &Exact) -> Figure {
    Figure::Price(price.to_short(PLACES))
}
