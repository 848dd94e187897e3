//! The rows of an index, sorted so that no sum depends on the order in which they came.
#![expect(clippy::float_arithmetic, reason = "an index is a statistic; no money is computed here")]

use super::Period;
use crate::procurement::values::Name;

/// Periods that one panel may have: a full window compares each with each.
pub const PERIODS_MAX: usize = 2_000;

/// What was sold of a product in a period, as a row says.
#[derive(Clone, Debug, PartialEq)]
pub struct Sale {
    /// Line of the file.
    pub row: u64,
    /// When.
    pub period: Period,
    /// What.
    pub product: Name,
    /// Price of a unit, above zero.
    pub price: f64,
    /// Units, above zero; without quantities every product weighs the same.
    pub quantity: Option<f64>,
}

/// What becomes of several rows of one product in one period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// They are refused: one of them may be a mistake.
    #[default]
    Refuse,
    /// They become one: quantities and expenditures added, the price their quotient.
    UnitValue,
}

/// Why rows make no panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PanelFault {
    /// Another row of the same product and period.
    Duplicate {
        /// The later line.
        row: u64,
        /// The line that came first.
        first: u64,
        /// The product.
        product: Name,
    },
    /// A period of another kind than the first row's.
    MixedPeriods {
        /// The line.
        row: u64,
        /// Its period.
        period: Period,
    },
    /// More periods than [`PERIODS_MAX`].
    TooManyPeriods(usize),
}

/// One product in one period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cell {
    /// Position of the period.
    pub(super) period: usize,
    pub(super) price: f64,
    pub(super) quantity: f64,
    /// Expenditure; 1 where there are no quantities.
    pub(super) spent: f64,
}

/// Rows by product (in the order of their first periods, then of names) and period.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    pub(super) periods: Vec<Period>,
    /// Cells of each product, by period.
    pub(super) products: Vec<Vec<Cell>>,
    /// Whether there are quantities.
    pub(super) weighted: bool,
}

impl Panel {
    /// Sorts rows into a panel. Errors: every row that does not fit.
    pub fn new(mut sales: Vec<Sale>, duplicates: Duplicates) -> Result<Self, Vec<PanelFault>> {
        let mut faults = mixed_periods(&sales);
        let mut periods: Vec<Period> = sales.iter().map(|sale| sale.period).collect();
        periods.sort_unstable();
        periods.dedup();
        if periods.len() > PERIODS_MAX {
            faults.push(PanelFault::TooManyPeriods(periods.len()));
        }
        // Figures are part of the order, so that rows which become one add up alike however they came.
        sales.sort_by(|a, b| {
            let figures = |sale: &Sale| (sale.price.to_bits(), sale.quantity.map(f64::to_bits));
            (&a.product, a.period).cmp(&(&b.product, b.period)).then_with(|| figures(a).cmp(&figures(b)))
        });
        let same = |a: &Sale, b: &Sale| (a.period, &a.product) == (b.period, &b.product);
        if duplicates == Duplicates::Refuse {
            faults.extend(sales.chunk_by(same).flat_map(repeated));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let weighted = sales.iter().all(|sale| sale.quantity.is_some());
        let mut products: Vec<Vec<Cell>> = Vec::new();
        for of_product in sales.chunk_by(|a, b| a.product == b.product) {
            let cells = of_product.chunk_by(same).filter_map(|rows| cell(&periods, rows, weighted));
            products.push(cells.collect());
        }
        // Sums go by the places of products: one that comes later moves none that were there, so no bit of what was published changes.
        products.sort_by_key(|cells| cells.first().map(|cell| cell.period));
        Ok(Self { periods, products, weighted })
    }

    /// The periods, in the order of time.
    pub fn periods(&self) -> &[Period] {
        &self.periods
    }

    /// How many products there are.
    pub fn product_count(&self) -> usize {
        self.products.len()
    }
}

fn mixed_periods(sales: &[Sale]) -> Vec<PanelFault> {
    let Some(kind) = sales.first().map(|sale| sale.period.kind()) else { return Vec::new() };
    let others = sales.iter().filter(|sale| sale.period.kind() != kind);
    others.map(|sale| PanelFault::MixedPeriods { row: sale.row, period: sale.period }).collect()
}

fn repeated(rows: &[Sale]) -> Vec<PanelFault> {
    let mut lines: Vec<u64> = rows.iter().map(|sale| sale.row).collect();
    lines.sort_unstable();
    let Some((first, later)) = lines.split_first() else { return Vec::new() };
    let product = rows.first().map(|sale| sale.product.clone()).unwrap_or_else(|| "".into());
    later
        .iter()
        .map(|row| PanelFault::Duplicate { row: *row, first: *first, product: product.clone() })
        .collect()
}

fn cell(periods: &[Period], rows: &[Sale], weighted: bool) -> Option<Cell> {
    let period = periods.binary_search(&rows.first()?.period).ok()?;
    let quantity_of = |sale: &Sale| sale.quantity.unwrap_or(1.0);
    let quantity: f64 = rows.iter().map(quantity_of).sum();
    let spent: f64 = rows.iter().map(|sale| sale.price * quantity_of(sale)).sum();
    // One row keeps its price to the last bit.
    let price = if let [sale] = rows { sale.price } else { spent / quantity };
    Some(Cell { period, price, quantity, spent: if weighted { spent } else { 1.0 } })
}
