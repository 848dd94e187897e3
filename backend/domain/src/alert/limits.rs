//! Monitors that judge each row alone: against limits that the rule file gives, and against the median of its product.
use std::collections::BTreeMap;

use super::across::price;
use super::evaluate::{Book, Level, Levels, Product, shown};
use super::finding::{Figure, Finding, Kind, Severity};
use super::monitors::Observation;
use super::rules::{Limit, LimitKind, MedianRule};
use crate::exact::Exact;
use crate::pricing::Period;
use crate::pricing::label::exceeds;
use crate::procurement::values::Name;

impl LimitKind {
    fn kind(self) -> Kind {
        match self {
            Self::Ceiling => Kind::AboveCeiling,
            Self::Commitment => Kind::AboveCommitment,
            Self::Contract => Kind::AboveContract,
            Self::NonSupply => Kind::NonSupplyProvince,
            Self::Foreign => Kind::ForeignReference,
        }
    }
}

/// Rows above a limit.
pub(super) fn limits(limits: &BTreeMap<String, Vec<Limit>>, levels: &Levels<'_>, book: &mut Book) {
    for (product, regions) in levels {
        for limit in limits.get(&**product.0).into_iter().flatten() {
            let kind = limit.kind.kind();
            let held = regions.iter().filter(|(region, _)| {
                limit.region.as_ref().is_none_or(|of| **of == ****region)
                    && !limit.except.contains(&****region)
            });
            for (region, periods) in held {
                for (period, level) in periods {
                    let Some(most) = &limit.price else {
                        book.too_few(kind, *period, 1);
                        continue;
                    };
                    book.judged(kind, *period, 1);
                    let found = Above { kind, test: "limit", limit: most, benchmark: most, sample: 1 };
                    found.write((product, region, *period), level, book);
                }
            }
        }
    }
}

/// Rows above a multiple of the median of all rows of their product.
pub(super) fn median(rule: &MedianRule, levels: &Levels<'_>, book: &mut Book) {
    for (product, regions) in levels {
        let cells = || {
            regions.iter().flat_map(|(region, levels)| {
                levels.iter().map(move |(period, level)| (region, period, level))
            })
        };
        let rows: Vec<&Observation> = cells().flat_map(|(.., level)| level.rows.iter().copied()).collect();
        let sample = rows.len();
        let whole = Level::new(rows).filter(|whole| whole.rows.len() >= rule.sample);
        let Some(whole) = whole else {
            cells().for_each(|(_, period, _)| book.too_few(Kind::MedianMultiple, *period, 1));
            continue;
        };
        let benchmark = whole.exact();
        let limit = &benchmark * &rule.multiple;
        for (region, period, level) in cells() {
            book.judged(Kind::MedianMultiple, *period, 1);
            let found = Above {
                kind: Kind::MedianMultiple,
                test: "multiple",
                limit: &limit,
                benchmark: &benchmark,
                sample,
            };
            found.write((product, region, *period), level, book);
        }
    }
}

/// What the rows of a level may not exceed.
struct Above<'l> {
    kind: Kind,
    test: &'static str,
    limit: &'l Exact,
    benchmark: &'l Exact,
    sample: usize,
}

impl Above<'_> {
    fn write(
        &self,
        ((product, maker), region, period): (&Product<'_>, &Name, Period),
        level: &Level<'_>,
        book: &mut Book,
    ) {
        let above = |row: &&&Observation| exceeds(&Exact::from(row.price), self.limit, &Exact::one());
        let rows: Vec<&Observation> = level.rows.iter().filter(above).copied().collect();
        let Some(highest) = rows.iter().map(|row| row.price).max() else { return };
        book.found(Finding {
            kind: self.kind,
            test: self.test,
            severity: if self.kind == Kind::MedianMultiple { Severity::Yellow } else { Severity::Red },
            product: (*product).clone(),
            maker: (*maker).clone(),
            region: region.clone(),
            period,
            value: Figure::Price(highest.normalize().to_string()),
            benchmark: price(self.benchmark),
            threshold: price(self.limit),
            sample: self.sample,
            rows: rows.iter().map(|row| row.evidence()).collect(),
            compared: if self.sample > 1 { shown(std::iter::once(level)) } else { Vec::new() },
        });
    }
}
