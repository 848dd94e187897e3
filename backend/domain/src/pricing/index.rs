//! Price indices (价格指数): from rows to a series.
#![expect(clippy::float_arithmetic, reason = "an index is a statistic; no money is computed here")]

use std::ops::Range;

use super::formula::Formula;
use super::links::{Link, Links, Reach};
use super::multilateral::{Values, geary_khamis, geks, time_product_dummy};
use super::panel::Panel;
use super::{Period, Splice};

/// How an index is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A bilateral formula, along a chain of neighbouring periods or against the first one.
    Bilateral(Formula, Base),
    /// Expenditure over quantity, of all products. It measures cost including what is bought instead, not price.
    UnitValue,
    /// GEKS on a bilateral formula: Törnqvist, Fisher or Jevons.
    Geks(Formula),
    /// Geary-Khamis.
    GearyKhamis,
    /// The weighted time-product dummy method.
    TimeProductDummy,
}

/// What each period of a bilateral index is compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Base {
    /// The period before it; the comparisons are multiplied.
    #[default]
    Chained,
    /// The first period.
    Fixed,
}

impl Method {
    /// As written on the command line and in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bilateral(formula, _) => match formula {
                Formula::Laspeyres => "laspeyres",
                Formula::Paasche => "paasche",
                Formula::Fisher => "fisher",
                Formula::Tornqvist => "tornqvist",
                Formula::Jevons => "jevons",
                Formula::Walsh => "walsh",
            },
            Self::UnitValue => "unit-value",
            Self::Geks(Formula::Fisher) => "geks-fisher",
            Self::Geks(Formula::Jevons) => "geks-jevons",
            Self::Geks(Formula::Walsh) => "geks-walsh",
            Self::Geks(Formula::Tornqvist | Formula::Laspeyres | Formula::Paasche) => "geks-tornqvist",
            Self::GearyKhamis => "gk",
            Self::TimeProductDummy => "wtpd",
        }
    }

    /// What a bilateral index is compared with.
    pub fn base(self) -> Option<Base> {
        if let Self::Bilateral(_, base) = self { Some(base) } else { None }
    }

    /// Whether it compares all periods of a window at once.
    pub fn is_multilateral(self) -> bool {
        matches!(self, Self::Geks(_) | Self::GearyKhamis | Self::TimeProductDummy)
    }

    /// Whether it can do without quantities.
    pub fn takes_prices_alone(self) -> bool {
        matches!(self, Self::Bilateral(Formula::Jevons, _) | Self::Geks(Formula::Jevons))
    }
}

/// A window that moves over the periods of a multilateral index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its length in periods, at least 2.
    pub length: usize,
    /// How the series goes on when it moves.
    pub splice: Splice,
}

/// One period of an index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// When.
    pub period: Period,
    /// The index over the first period; `None` where no shared product leads there.
    pub value: Option<f64>,
    /// The share of expenditure that the value rests on: of the comparison with the base (fixed) or the period before (chained), of
    /// the weakest comparison with another period of its window (GEKS), on products that its window has twice (GK, WTPD).
    pub coverage: f64,
}

/// The comparison that rests on the smallest share of expenditure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeakestLink {
    /// The earlier period.
    pub earlier: Period,
    /// The later one.
    pub later: Period,
    /// The share of expenditure on products that both have, in the period where it is smaller.
    pub coverage: f64,
}

/// An index.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// How it was computed.
    pub method: Method,
    /// Its window, where it has one.
    pub window: Option<Window>,
    /// One a period, in the order of time.
    pub points: Vec<Point>,
    /// The weakest comparison, where periods are compared in pairs.
    pub weakest: Option<WeakestLink>,
}

/// Computes an index. Without a window a multilateral index takes all periods at once; a bilateral one has none.
pub fn compute(panel: &Panel, method: Method, window: Option<Window>) -> Series {
    let window = window.filter(|_| method.is_multilateral());
    let length =
        window.map_or(panel.periods.len(), |window| window.length.clamp(2, panel.periods.len().max(2)));
    let reach = match method {
        Method::Bilateral(_, Base::Chained) => Reach::Within(1),
        Method::Bilateral(_, Base::Fixed) => Reach::FromFirst,
        Method::UnitValue | Method::Geks(_) | Method::GearyKhamis | Method::TimeProductDummy => {
            Reach::Within(length.saturating_sub(1))
        }
    };
    let links = match method {
        Method::Bilateral(formula, _) | Method::Geks(formula) => Some(Links::new(panel, formula, reach)),
        Method::UnitValue | Method::GearyKhamis | Method::TimeProductDummy => None,
    };
    let values = match (method, &links) {
        (Method::Bilateral(_, base), Some(links)) => bilateral(panel, links, base),
        (Method::UnitValue, _) => unit_value(panel),
        (Method::Geks(_), Some(links)) => rolled(panel, length, window, |range| geks(links, range)),
        (Method::GearyKhamis, _) => rolled(panel, length, window, |range| geary_khamis(panel, range)),
        (Method::TimeProductDummy, _) => {
            rolled(panel, length, window, |range| time_product_dummy(panel, range))
        }
        (Method::Bilateral(..) | Method::Geks(_), None) => Values::new(),
    };
    let points = panel.periods.iter().zip(values);
    let points =
        points.map(|(period, (value, coverage))| Point { period: *period, value, coverage }).collect();
    Series { method, window, points, weakest: links.and_then(|links| weakest(panel, &links)) }
}

fn bilateral(panel: &Panel, links: &Links, base: Base) -> Values {
    let whole = Link { index: Some(1.0), coverage: 1.0 };
    let mut reached = Some(1.0);
    let mut value = |later: usize| {
        let Some(before) = later.checked_sub(1) else { return (Some(1.0), 1.0) };
        let earlier = if base == Base::Fixed { 0 } else { before };
        let link = links.get(earlier, later).unwrap_or(whole);
        match base {
            Base::Fixed => (link.index, link.coverage),
            Base::Chained => {
                reached = reached.zip(link.index).map(|(reached, index)| reached * index);
                (reached, link.coverage)
            }
        }
    };
    (0..panel.periods.len()).map(&mut value).collect()
}

fn unit_value(panel: &Panel) -> Values {
    let mut quantities = vec![0.0; panel.periods.len()];
    for cell in panel.products.iter().flatten() {
        if let Some(sum) = quantities.get_mut(cell.period) {
            *sum += cell.quantity;
        }
    }
    let values: Vec<f64> =
        panel.spent().iter().zip(&quantities).map(|(spent, quantity)| spent / quantity).collect();
    let first = values.first().copied().unwrap_or(1.0);
    values.iter().map(|value| (Some(value / first).filter(|index| index.is_finite()), 1.0)).collect()
}

/// The first window's values, then one value a window.
fn rolled(
    panel: &Panel,
    length: usize,
    window: Option<Window>,
    values: impl Fn(&Range<usize>) -> Values,
) -> Values {
    let length = length.min(panel.periods.len());
    let mut old = values(&(0..length));
    let mut series = old.clone();
    let splice = window.map(|window| window.splice).unwrap_or_default();
    for end in length.saturating_add(1)..panel.periods.len().saturating_add(1) {
        let new = values(&(end.saturating_sub(length)..end));
        let [published, before, now] =
            [&series, &old, &new].map(|values| values.iter().map(|(value, _)| *value).collect::<Vec<_>>());
        let coverage = new.last().map_or(0.0, |(_, coverage)| *coverage);
        series.push((splice.next(&published, &before, &now), coverage));
        old = new;
    }
    series
}

fn weakest(panel: &Panel, links: &Links) -> Option<WeakestLink> {
    let count = panel.periods.len();
    let pairs =
        (0..count).flat_map(|earlier| (earlier.saturating_add(1)..count).map(move |later| (earlier, later)));
    let found =
        pairs.filter_map(|(earlier, later)| Some((earlier, later, links.get(earlier, later)?.coverage)));
    let (earlier, later, coverage) = found.min_by(|a, b| a.2.total_cmp(&b.2))?;
    Some(WeakestLink { earlier: *panel.periods.get(earlier)?, later: *panel.periods.get(later)?, coverage })
}
