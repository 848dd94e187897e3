//! Monitors that follow one product in one region through time.
#![expect(clippy::float_arithmetic, reason = "shifts and volumes are statistics; rises are compared exactly")]

use std::collections::BTreeMap;

use super::across::price;
use super::evaluate::{Book, Level, Levels, Product, double, shown};
use super::finding::{Figure, Finding, Kind, Severity};
use super::rules::{RiseRule, ShiftRule, VolumeRule};
use super::statistics::{Baseline, change_point, cusum, ewma, modified_z};
use crate::pricing::Period;
use crate::pricing::label::{Label, label};
use crate::procurement::values::Name;

/// Each product and region with its levels in the order of time.
fn series<'l, 'a>(
    levels: &'l Levels<'a>,
) -> impl Iterator<Item = (Product<'a>, &'a Name, Vec<(Period, &'l Level<'a>)>)> {
    levels.iter().flat_map(|(product, regions)| {
        regions.iter().map(|(region, levels)| {
            (*product, *region, levels.iter().map(|(period, level)| (*period, level)).collect())
        })
    })
}

/// A price above a multiple of the one before it.
pub(super) fn rise(rule: &RiseRule, levels: &Levels<'_>, book: &mut Book) {
    for ((product, maker), region, levels) in series(levels) {
        for pair in levels.windows(2) {
            let [(_, before), (period, level)] = pair else { continue };
            book.judged(Kind::SuddenRise, *period, 1);
            if level.price <= before.price {
                continue;
            }
            let reference = before.exact();
            let (severity, multiple) = match label(&level.exact(), &reference, &rule.yellow, &rule.red) {
                Label::None => continue,
                Label::Yellow => (Severity::Yellow, &rule.yellow),
                Label::Red => (Severity::Red, &rule.red),
            };
            book.found(Finding {
                kind: Kind::SuddenRise,
                test: "rise",
                severity,
                product: product.clone(),
                maker: maker.clone(),
                region: region.clone(),
                period: *period,
                value: price(&level.exact()),
                benchmark: price(&reference),
                threshold: price(&(&reference * multiple)),
                sample: 1,
                rows: level.evidence(),
                compared: shown(std::iter::once(*before)),
            });
        }
    }
}

/// A slow rise: moving average, cumulative sum, change point. Each test finds at most once: where it first signals.
pub(super) fn shift(rule: &ShiftRule, levels: &Levels<'_>, book: &mut Book) {
    for ((product, maker), region, levels) in series(levels) {
        let values: Vec<f64> = levels.iter().map(|(_, level)| level.double()).collect();
        let (learnt, watched) = values.split_at(rule.baseline.min(values.len()));
        let Some(baseline) = Baseline::of(learnt, rule.floor).filter(|_| !watched.is_empty()) else {
            levels.iter().for_each(|(period, _)| book.too_few(Kind::TimeShift, *period, 1));
            continue;
        };
        levels.iter().skip(rule.baseline).for_each(|(period, _)| book.judged(Kind::TimeShift, *period, 1));
        for Signal { test, place, value, benchmark, threshold } in signals(rule, &values, baseline) {
            let Some((period, level)) = levels.get(place) else { continue };
            book.found(Finding {
                kind: Kind::TimeShift,
                test,
                severity: Severity::Yellow,
                product: product.clone(),
                maker: maker.clone(),
                region: region.clone(),
                period: *period,
                value: Figure::Number(value),
                benchmark: Figure::Number(benchmark),
                threshold: Figure::Number(threshold),
                sample: learnt.len(),
                rows: level.evidence(),
                compared: shown(levels.iter().take(rule.baseline).map(|(_, level)| *level)),
            });
        }
    }
}

struct Signal {
    test: &'static str,
    place: usize,
    value: f64,
    benchmark: f64,
    threshold: f64,
}

fn signals(rule: &ShiftRule, values: &[f64], baseline: Baseline) -> Vec<Signal> {
    let watched = values.get(rule.baseline..).unwrap_or_default();
    let mut signals = Vec::new();
    if let Some((weight, width)) = rule.ewma {
        let chart = ewma(watched, baseline, weight, width);
        let first = chart.iter().enumerate().find(|(_, (average, limit))| average > limit);
        signals.extend(first.map(|(place, (average, limit))| Signal {
            test: "ewma",
            place: rule.baseline.saturating_add(place),
            value: *average,
            benchmark: baseline.mean,
            threshold: *limit,
        }));
    }
    if let Some((slack, limit)) = rule.cusum {
        let sums = cusum(watched, baseline, slack);
        let first = sums.iter().enumerate().find(|(_, sum)| **sum > limit);
        signals.extend(first.map(|(place, sum)| Signal {
            test: "cusum",
            place: rule.baseline.saturating_add(place),
            value: *sum,
            benchmark: baseline.mean,
            threshold: limit,
        }));
    }
    // A step smaller than the least spread is no shift, however clean it is; one within the baseline is what the baseline is made of.
    let step = change_point(values).filter(|found| {
        rule.change_point && found.after >= rule.baseline && found.since - found.before > baseline.deviation
    });
    signals.extend(step.map(|found| Signal {
        test: "change_point",
        place: found.after,
        value: found.since,
        benchmark: found.before,
        threshold: found.before + baseline.deviation,
    }));
    signals
}

/// A quantity far from the others of the same product and region: modified z of the logarithm.
pub(super) fn volume(rule: &VolumeRule, levels: &Levels<'_>, book: &mut Book) {
    for ((product, maker), region, levels) in series(levels) {
        let quantities: BTreeMap<Period, f64> =
            levels.iter().filter_map(|(period, level)| Some((*period, quantity(level)?))).collect();
        if quantities.len() < rule.sample {
            quantities.keys().for_each(|period| book.too_few(Kind::AbnormalVolume, *period, 1));
            continue;
        }
        quantities.keys().for_each(|period| book.judged(Kind::AbnormalVolume, *period, 1));
        let logarithms: Vec<f64> = quantities.values().map(|quantity| quantity.ln()).collect();
        let scores = modified_z(&logarithms).unwrap_or_default();
        for (period, z) in quantities.keys().zip(scores).filter(|(_, z)| z.abs() > rule.z) {
            let Some((_, level)) = levels.iter().find(|(of, _)| of == period) else { continue };
            book.found(Finding {
                kind: Kind::AbnormalVolume,
                test: if z > 0.0 { "modified_z" } else { "modified_z_low" },
                severity: Severity::Yellow,
                product: product.clone(),
                maker: maker.clone(),
                region: region.clone(),
                period: *period,
                value: Figure::Number(z),
                benchmark: Figure::Number(0.0),
                threshold: Figure::Number(rule.z),
                sample: quantities.len(),
                rows: level.evidence(),
                compared: Vec::new(),
            });
        }
    }
}

fn quantity(level: &Level<'_>) -> Option<f64> {
    let quantities: Vec<f64> = level.rows.iter().filter_map(|row| row.quantity).map(double).collect();
    let sum: f64 = quantities.iter().sum();
    (sum > 0.0).then_some(sum)
}
