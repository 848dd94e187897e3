//! The comparisons between the periods of a panel that an index needs.
#![expect(clippy::float_arithmetic, reason = "an index is a statistic; no money is computed here")]

use super::formula::{BLOCK, Column, Formula, Sums, compare, figures};
use super::panel::Panel;

/// One period compared with a later one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Link {
    /// The index of the later over the earlier period; `None` where they share no product.
    pub(super) index: Option<f64>,
    /// The share of expenditure on shared products, in the period where it is smaller.
    pub(super) coverage: f64,
}

/// Comparisons between periods at most some distance apart.
#[derive(Clone, Debug)]
pub(super) struct Links {
    reach: usize,
    links: Vec<Link>,
}

/// Which periods are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Each with those at most that far after it.
    Within(usize),
    /// The first with every other.
    FromFirst,
}

impl Reach {
    /// How far periods after this one are compared with it.
    fn of(self, period: usize, periods: usize) -> usize {
        let rest = periods.saturating_sub(period).saturating_sub(1);
        match self {
            Self::Within(reach) => reach.min(rest),
            Self::FromFirst if period == 0 => rest,
            Self::FromFirst => 0,
        }
    }

    fn width(self, periods: usize) -> usize {
        match self {
            Self::Within(reach) => reach.min(periods),
            Self::FromFirst => periods,
        }
    }
}

impl Links {
    /// Compares periods under a formula. Products are taken in the panel's order.
    pub(super) fn new(panel: &Panel, formula: Formula, reach: Reach) -> Self {
        let periods = panel.periods.len();
        let width = reach.width(periods);
        let rows = if reach == Reach::FromFirst { 1 } else { periods };
        let mut sums = vec![Sums::default(); rows.saturating_mul(width)];
        let mut columns = vec![Column::EMPTY; periods];
        for block in panel.products.chunks(BLOCK) {
            columns.fill(Column::EMPTY);
            fill(&mut columns, block, formula);
            for (period, (earlier, sums)) in columns.iter().zip(sums.chunks_mut(width.max(1))).enumerate() {
                let later = columns.iter().skip(period.saturating_add(1)).take(reach.of(period, periods));
                for (sum, later) in sums.iter_mut().zip(later) {
                    sum.add(compare(formula, earlier, later));
                }
            }
        }
        Self { reach: width, links: finish(panel, formula, &sums, width) }
    }

    /// A period compared with a later one.
    pub(super) fn get(&self, earlier: usize, later: usize) -> Option<Link> {
        let distance =
            later.checked_sub(earlier)?.checked_sub(1).filter(|distance| *distance < self.reach)?;
        self.links.get(earlier.checked_mul(self.reach)?.checked_add(distance)?).copied()
    }

    /// The logarithm of one period over another, in either order.
    pub(super) fn logarithm(&self, from: usize, to: usize) -> Option<f64> {
        match from.cmp(&to) {
            std::cmp::Ordering::Equal => Some(0.0),
            std::cmp::Ordering::Less => Some(self.get(from, to)?.index?.ln()),
            std::cmp::Ordering::Greater => Some(-self.get(to, from)?.index?.ln()),
        }
    }
}

fn fill(columns: &mut [Column], block: &[Vec<super::panel::Cell>], formula: Formula) {
    for (position, cells) in block.iter().enumerate() {
        let base = cells.first().map_or(1.0, |cell| cell.price);
        for cell in cells {
            let (first, second) = figures(formula, cell.price, cell.quantity, base);
            if let Some(column) = columns.get_mut(cell.period) {
                column.put(position, cell.spent, first, second);
            }
        }
    }
}

fn finish(panel: &Panel, formula: Formula, sums: &[Sums], width: usize) -> Vec<Link> {
    let spent = panel.spent();
    let share = |part: f64, period: usize| spent.get(period).map_or(0.0, |whole| (part / whole).min(1.0));
    let mut links = Vec::with_capacity(sums.len());
    for (earlier, row) in sums.chunks(width.max(1)).enumerate() {
        for (distance, sums) in row.iter().enumerate() {
            let later = earlier.saturating_add(distance).saturating_add(1);
            let coverage = share(sums.shared[0], earlier).min(share(sums.shared[1], later));
            links.push(Link { index: sums.index(formula), coverage });
        }
    }
    links
}

impl Panel {
    /// Expenditure of each period.
    pub(super) fn spent(&self) -> Vec<f64> {
        let mut spent = vec![0.0; self.periods.len()];
        for cell in self.products.iter().flatten() {
            if let Some(sum) = spent.get_mut(cell.period) {
                *sum += cell.spent;
            }
        }
        spent
    }
}
