//! The bilateral formulas: one period against another over the products that both have.
#![expect(clippy::float_arithmetic, reason = "an index is a statistic; no money is computed here")]

/// How two periods are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formula {
    /// Σp¹q⁰ / Σp⁰q⁰.
    Laspeyres,
    /// Σp¹q¹ / Σp⁰q¹.
    Paasche,
    /// The geometric mean of the two.
    Fisher,
    /// Price relatives weighted by the mean of both periods' expenditure shares.
    Tornqvist,
    /// The plain geometric mean of price relatives.
    Jevons,
    /// Σp¹√(q⁰q¹) / Σp⁰√(q⁰q¹).
    Walsh,
}

/// Sums that a compiler may keep side by side; their number is part of the result's last bit and the same on every machine.
pub(super) const LANES: usize = 4;
/// Groups of products in a block. Blocks of all periods stay in a processor's cache while each is compared with each.
pub(super) const GROUPS: usize = 64;
/// Products of a block.
pub(super) const BLOCK: usize = LANES * GROUPS;

type Lanes = [[f64; LANES]; GROUPS];

/// A block of products in one period. Where a product is absent everything is zero.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// 1 where the product is there.
    there: Lanes,
    /// Expenditure.
    spent: Lanes,
    /// Laspeyres to Fisher: price; Törnqvist, Jevons: logarithm of the price over the product's first one; Walsh: price × √quantity.
    first: Lanes,
    /// Laspeyres to Fisher: quantity; Walsh: √quantity.
    second: Lanes,
}

impl Column {
    pub(super) const EMPTY: Self = {
        let zero = [[0.0; LANES]; GROUPS];
        Self { there: zero, spent: zero, first: zero, second: zero }
    };

    /// Puts a product in.
    pub(super) fn put(&mut self, position: usize, spent: f64, first: f64, second: f64) {
        let (group, lane) = (position / LANES, position % LANES);
        let places = [
            (&mut self.there, 1.0),
            (&mut self.spent, spent),
            (&mut self.first, first),
            (&mut self.second, second),
        ];
        for (lanes, value) in places {
            if let Some(place) = lanes.get_mut(group).and_then(|lanes| lanes.get_mut(lane)) {
                *place = value;
            }
        }
    }
}

/// What a formula needs of a product besides its expenditure; `base` is its first price.
pub(super) fn figures(formula: Formula, price: f64, quantity: f64, base: f64) -> (f64, f64) {
    match formula {
        Formula::Laspeyres | Formula::Paasche | Formula::Fisher => (price, quantity),
        Formula::Tornqvist | Formula::Jevons => ((price / base).ln(), 0.0),
        Formula::Walsh => (price * quantity.sqrt(), quantity.sqrt()),
    }
}

/// Sums over the products that two periods share.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sums {
    /// Expenditure of the earlier and of the later period on shared products.
    pub(super) shared: [f64; 2],
    /// Σp¹q⁰ and Σp⁰q¹, or what stands for them in the formula.
    cross: [f64; 2],
}

impl Sums {
    pub(super) fn add(&mut self, other: Self) {
        for (sum, part) in
            self.shared.iter_mut().chain(&mut self.cross).zip(other.shared.iter().chain(&other.cross))
        {
            *sum += part;
        }
    }

    /// The index of the later period over the earlier one; `None` where they share no product.
    pub(super) fn index(&self, formula: Formula) -> Option<f64> {
        let ([spent0, spent1], [cross0, cross1]) = (self.shared, self.cross);
        if spent0 <= 0.0 || spent1 <= 0.0 {
            return None;
        }
        let index = match formula {
            Formula::Laspeyres => cross0 / spent0,
            Formula::Paasche => spent1 / cross1,
            Formula::Fisher => ((cross0 / spent0) * (spent1 / cross1)).sqrt(),
            Formula::Tornqvist => f64::midpoint(cross0 / spent0, cross1 / spent1).exp(),
            Formula::Jevons => (cross0 / cross1).exp(),
            Formula::Walsh => cross0 / cross1,
        };
        index.is_finite().then_some(index)
    }
}

/// The sums of a block.
pub(super) fn compare(formula: Formula, earlier: &Column, later: &Column) -> Sums {
    match formula {
        Formula::Laspeyres | Formula::Paasche | Formula::Fisher | Formula::Walsh => {
            add_up(earlier, later, |_, a, b| [a.second * b.first, a.first * b.second])
        }
        Formula::Tornqvist => add_up(earlier, later, |[spent0, spent1], a, b| {
            let relative = b.first - a.first;
            [spent0 * relative, spent1 * relative]
        }),
        Formula::Jevons => add_up(earlier, later, |_, a, b| {
            let both = a.there * b.there;
            [both * (b.first - a.first), both]
        }),
    }
}

/// One product of a column.
#[derive(Clone, Copy)]
struct Entry {
    there: f64,
    first: f64,
    second: f64,
}

#[expect(
    clippy::indexing_slicing,
    reason = "both bounds are the arrays' own, so no check is left in the loop"
)]
fn add_up(earlier: &Column, later: &Column, cross: impl Fn([f64; 2], Entry, Entry) -> [f64; 2]) -> Sums {
    let mut sums = [[0.0; LANES]; 4];
    for group in 0..GROUPS {
        for lane in 0..LANES {
            let entry = |column: &Column| Entry {
                there: column.there[group][lane],
                first: column.first[group][lane],
                second: column.second[group][lane],
            };
            let (a, b) = (entry(earlier), entry(later));
            let shared = [earlier.spent[group][lane] * b.there, later.spent[group][lane] * a.there];
            let [cross0, cross1] = cross(shared, a, b);
            for (sum, part) in sums.iter_mut().zip([shared[0], shared[1], cross0, cross1]) {
                sum[lane] += part;
            }
        }
    }
    let [spent0, spent1, cross0, cross1] = sums.map(|lanes| lanes.iter().sum());
    Sums { shared: [spent0, spent1], cross: [cross0, cross1] }
}
