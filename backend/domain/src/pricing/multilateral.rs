//! Indices that compare all periods of a window at once.
#![expect(
    clippy::float_arithmetic,
    clippy::arithmetic_side_effects,
    reason = "an index is a statistic; no money is computed here, and a product of matrix entries does not overflow"
)]

use std::ops::Range;

use nalgebra::{DMatrix, DVector};

use super::links::Links;
use super::panel::{Cell, Panel};

/// The index of each period of a window over the window's first, and the share of its expenditure that it rests on.
pub(super) type Values = Vec<(Option<f64>, f64)>;

/// GEKS: the geometric mean, over every period of the window, of the way through that period.
/// A period without a link to one of the others has no value.
pub(super) fn geks(links: &Links, window: &Range<usize>) -> Values {
    let first = window.start;
    let mean = |period: usize| {
        let mut sum = 0.0;
        for through in window.clone() {
            sum += links.logarithm(through, period)? - links.logarithm(through, first)?;
        }
        Some((sum / float(window.len())).exp())
    };
    let coverage = |period: usize| {
        let others = window.clone().filter(|other| *other != period);
        let shares = others.filter_map(|other| links.get(period.min(other), period.max(other)));
        shares.map(|link| link.coverage).fold(1.0, f64::min)
    };
    window.clone().map(|period| (mean(period), coverage(period))).collect()
}

/// A window's products that are in two or more of those of its periods that products tie to the first one.
struct Tied<'a> {
    products: Vec<&'a [Cell]>,
    /// Periods, by their place in the window.
    periods: Vec<bool>,
    /// Expenditure of each period, on all products.
    spent: Vec<f64>,
    window: Range<usize>,
}

impl<'a> Tied<'a> {
    fn new(panel: &'a Panel, window: &Range<usize>) -> Self {
        let inside: Vec<&[Cell]> = panel.products.iter().map(|cells| within(cells, window)).collect();
        let mut spent = vec![0.0; window.len()];
        for cell in inside.iter().copied().flatten() {
            if let Some(sum) = spent.get_mut(cell.period - window.start) {
                *sum += cell.spent;
            }
        }
        let mut products: Vec<&[Cell]> = inside.into_iter().filter(|cells| cells.len() > 1).collect();
        let periods = tied_periods(&products, window);
        products.retain(|cells| {
            cells.first().is_some_and(|cell| periods.get(cell.period - window.start) == Some(&true))
        });
        Self { products, periods, spent, window: window.clone() }
    }

    /// The place of a cell's period among the unknowns; the first period, which is 1, is none.
    fn unknown(&self, cell: &Cell) -> Option<usize> {
        (cell.period - self.window.start).checked_sub(1)
    }

    /// Values with their coverage, from the index of each period but the first.
    fn values(&self, index: impl Fn(usize) -> Option<f64>) -> Values {
        let mut shared = vec![0.0; self.window.len()];
        for cell in self.products.iter().copied().flatten() {
            if let Some(sum) = shared.get_mut(cell.period - self.window.start) {
                *sum += cell.spent;
            }
        }
        let parts = self.periods.iter().zip(shared).zip(&self.spent).enumerate();
        parts
            .map(|(place, ((tied, shared), spent))| {
                let value =
                    place.checked_sub(1).map_or(Some(1.0), |unknown| index(unknown).filter(|_| *tied));
                (value.filter(|value| value.is_finite()), (shared / spent).min(1.0))
            })
            .collect()
    }
}

fn within<'a>(cells: &'a [Cell], window: &Range<usize>) -> &'a [Cell] {
    let from = cells.partition_point(|cell| cell.period < window.start);
    let until = cells.partition_point(|cell| cell.period < window.end);
    cells.get(from..until).unwrap_or_default()
}

/// Which periods are tied to the first by products, directly or through others.
fn tied_periods(products: &[&[Cell]], window: &Range<usize>) -> Vec<bool> {
    let mut tied = vec![false; window.len()];
    if let Some(first) = tied.first_mut() {
        *first = true;
    }
    loop {
        let mut grew = false;
        for cells in products {
            let places: Vec<usize> = cells.iter().map(|cell| cell.period - window.start).collect();
            let reached = |place: &usize| tied.get(*place) == Some(&true);
            let (some, all) = (places.iter().any(reached), places.iter().all(reached));
            if some && !all {
                grew = true;
                for place in places {
                    tied.get_mut(place).into_iter().for_each(|tied| *tied = true);
                }
            }
        }
        if !grew {
            return tied;
        }
    }
}

/// Geary-Khamis. With x = 1/π its two definitions are x_t·E_t = Σ_i q_it·(Σ_s e_is·x_s)/(Σ_s q_is), linear in x, so that it is
/// solved and not iterated: no tolerance is part of the result. A product of a single period is on both sides and drops out.
pub(super) fn geary_khamis(panel: &Panel, window: &Range<usize>) -> Values {
    let tied = Tied::new(panel, window);
    let size = window.len() - 1;
    let mut matrix = DMatrix::<f64>::zeros(size, size);
    let mut right = DVector::<f64>::zeros(size);
    for cells in &tied.products {
        let quantity: f64 = cells.iter().map(|cell| cell.quantity).sum();
        for cell in cells.iter() {
            let Some(row) = tied.unknown(cell) else { continue };
            add(&mut matrix, row, row, cell.spent);
            for other in cells.iter() {
                let part = cell.quantity * other.spent / quantity;
                match tied.unknown(other) {
                    Some(column) => add(&mut matrix, row, column, -part),
                    None => right.get_mut(row).into_iter().for_each(|sum| *sum += part),
                }
            }
        }
    }
    free(&mut matrix, &tied.periods);
    let solved = matrix.lu().solve(&right);
    tied.values(|unknown| Some(1.0 / solved.as_ref()?.get(unknown)?))
}

/// The weighted time-product dummy method: least squares of ln p on periods and products, weighted by each period's expenditure
/// shares. Products are eliminated first; what is left is one equation a period.
pub(super) fn time_product_dummy(panel: &Panel, window: &Range<usize>) -> Values {
    let tied = Tied::new(panel, window);
    let size = window.len() - 1;
    let mut matrix = DMatrix::<f64>::zeros(size, size);
    let mut right = DVector::<f64>::zeros(size);
    for cells in &tied.products {
        let weight_of =
            |cell: &Cell| tied.spent.get(cell.period - window.start).map_or(0.0, |spent| cell.spent / spent);
        // Over the product's first price, so that a change of its unit changes no bit.
        let base = cells.first().map_or(1.0, |cell| cell.price);
        let logarithm = |cell: &Cell| (cell.price / base).ln();
        let weight: f64 = cells.iter().map(weight_of).sum();
        let mean = cells.iter().map(|cell| weight_of(cell) * logarithm(cell)).sum::<f64>() / weight;
        for cell in cells.iter() {
            let Some(row) = tied.unknown(cell) else { continue };
            add(&mut matrix, row, row, weight_of(cell));
            right.get_mut(row).into_iter().for_each(|sum| *sum += weight_of(cell) * (logarithm(cell) - mean));
            for other in cells.iter() {
                if let Some(column) = tied.unknown(other) {
                    add(&mut matrix, row, column, -weight_of(cell) * weight_of(other) / weight);
                }
            }
        }
    }
    free(&mut matrix, &tied.periods);
    let solved = matrix.cholesky().map(|factors| factors.solve(&right));
    tied.values(|unknown| solved.as_ref()?.get(unknown).copied().map(f64::exp))
}

fn add(matrix: &mut DMatrix<f64>, row: usize, column: usize, part: f64) {
    if let Some(sum) = matrix.get_mut((row, column)) {
        *sum += part;
    }
}

/// Periods that nothing ties to the first have empty rows; a one on the diagonal keeps the rest solvable.
fn free(matrix: &mut DMatrix<f64>, tied: &[bool]) {
    for (row, _) in tied.iter().skip(1).enumerate().filter(|(_, tied)| !**tied) {
        add(matrix, row, row, 1.0);
    }
}

/// A count as a double; counts here are far below 2^32.
pub(super) fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
