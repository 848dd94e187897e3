//! 单位核对: is a price off by the factor of a unit or a pack? Then it is asked of whoever reported it, and accuses nobody.
#![expect(
    clippy::float_arithmetic,
    reason = "ratios are compared within a tolerance; no money is computed here"
)]

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use super::observation::{PriceKind, Said};
use crate::alert::rules::UnitRule;

/// What is in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoubtKind {
    /// The price of a smallest unit.
    Factor,
    /// The smallest units of a pack.
    Pack,
}

impl DoubtKind {
    /// The stable label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Factor => "FACTOR",
            Self::Pack => "PACK",
        }
    }

    /// The one with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        [Self::Factor, Self::Pack].into_iter().find(|kind| kind.label() == label)
    }
}

/// Why a price is not believed before somebody has looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// What is in doubt.
    pub kind: DoubtKind,
    /// What was said of it.
    pub value: Decimal,
    /// What was expected.
    pub expected: Decimal,
    /// By which factor they differ.
    pub factor: Decimal,
    /// On how many prices the expectation rests; 0 where the registry tells.
    pub sample: usize,
}

/// What is known of an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownItem {
    /// Smallest units in its pack, where the registry tells.
    pub pack_units: Option<u64>,
    /// What a smallest unit cost lately, in yuan, in any order.
    pub unit_prices: Vec<Decimal>,
}

/// What is in doubt of a price, if anything. A pack that the registry knows otherwise comes first. A price that is known of the item already, right or wrong, is
/// no doubt. What firms declare has a level of its own, and what is sold abroad has packs of its own, too.
pub fn doubt(rule: &UnitRule, said: &Said, known: &KnownItem) -> Option<Doubt> {
    if said.kind == PriceKind::Foreign {
        return None;
    }
    if let Some(expected) = known.pack_units.filter(|expected| *expected != said.pack_units) {
        let [value, expected] = [said.pack_units, expected].map(Decimal::from);
        return Some(Doubt {
            kind: DoubtKind::Pack,
            value,
            expected,
            factor: between(value, expected)?,
            sample: 0,
        });
    }
    if said.kind == PriceKind::Declared {
        return None;
    }
    let value = said.price.checked_div(Decimal::from(said.pack_units))?.round_dp(10);
    let near = |a: Decimal, b: Decimal, times: f64| {
        ratio(a, b).is_some_and(|ratio| (ratio / times - 1.0).abs() <= rule.tolerance)
    };
    let mut prices = known.unit_prices.clone();
    prices.sort_unstable();
    if prices.iter().any(|price| near(value, *price, 1.0)) {
        return None;
    }
    let expected = median(&prices)?;
    let pack = said.pack_units.to_f64().filter(|units| *units > 1.0);
    let found = rule.factors.iter().copied().chain(pack).find(|factor| near(value, expected, *factor))?;
    let factor = Decimal::from_f64(found)?;
    Some(Doubt { kind: DoubtKind::Factor, value, expected, factor, sample: prices.len() })
}

/// How many times the smaller one the larger one is.
fn ratio(a: Decimal, b: Decimal) -> Option<f64> {
    let (a, b) = (a.to_f64()?, b.to_f64()?);
    Some((a / b).max(b / a)).filter(|ratio| ratio.is_finite())
}

fn between(a: Decimal, b: Decimal) -> Option<Decimal> {
    a.max(b).checked_div(a.min(b)).map(|factor| factor.round_dp(4))
}

fn median(sorted: &[Decimal]) -> Option<Decimal> {
    let at = |place: usize| sorted.get(place).copied();
    let last = sorted.len().checked_sub(1)?;
    let (low, high) = (at(last / 2)?, at(sorted.len() / 2)?);
    low.checked_add(high)?.checked_div(Decimal::TWO).map(|mean| mean.round_dp(10))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::RegionCode;
    use crate::ids::{Id, OrganizationId};
    use crate::time::Day;

    fn said(kind: PriceKind, price: &str, pack_units: u64) -> Said {
        Said {
            kind,
            region: RegionCode::parse("320000").unwrap(),
            observed_on: Day::from_epoch_days(20_000),
            item: None,
            code: None,
            group_key: None,
            loose_group: None,
            maker: None,
            manufacturer: None,
            hospital: None,
            price: price.parse().unwrap(),
            pack_units,
            currency: "CNY".to_owned(),
            abroad: None,
            packs: None,
            disclosed: false,
            source: OrganizationId::from_number(1),
            source_key: "1".to_owned(),
            acceptance: None,
            listing: None,
        }
    }

    fn found(kind: PriceKind, price: &str, pack_units: u64, known: &[&str]) -> Option<(DoubtKind, String)> {
        let rule = UnitRule { factors: vec![10.0, 7.0], tolerance: 0.02, sample: 3 };
        let unit_prices = known.iter().map(|price| price.parse().unwrap()).collect();
        let known = KnownItem { pack_units: Some(14), unit_prices };
        doubt(&rule, &said(kind, price, pack_units), &known)
            .map(|doubt| (doubt.kind, doubt.factor.normalize().to_string()))
    }

    #[test]
    fn a_factor_of_ten_or_of_the_pack_is_doubted_and_a_rise_is_not() {
        let factor = |factor: &str| Some((DoubtKind::Factor, factor.to_owned()));
        let paid = |price: &str| found(PriceKind::Transaction, price, 14, &["1.01", "0.99", "1"]);
        assert_eq!(paid("14.00"), None);
        assert_eq!(paid("140.00"), factor("10"));
        assert_eq!(paid("1.40"), factor("10"));
        assert_eq!(paid("1.00"), factor("14"), "the price of a tablet in the place of that of a pack");
        assert_eq!(paid("98.00"), factor("7"));
        assert_eq!(paid("142.00"), factor("10"), "within two per cent");
        assert_eq!(paid("143.50"), None);
        assert_eq!(paid("28.00"), None, "twice the price is a price");
    }

    #[test]
    fn what_is_known_already_and_what_has_a_level_of_its_own_is_no_doubt() {
        let known = ["1", "1", "1", "10"];
        assert_eq!(found(PriceKind::Transaction, "140.00", 14, &known), None, "somebody paid that before");
        assert_eq!(found(PriceKind::Transaction, "140.00", 14, &[]), None, "nothing to compare with");
        assert_eq!(found(PriceKind::Declared, "140.00", 14, &["1", "1", "1"]), None);
        let pack = Some((DoubtKind::Pack, "2".to_owned()));
        assert_eq!(found(PriceKind::Declared, "14.00", 28, &["1"]), pack);
        assert_eq!(found(PriceKind::Foreign, "14.00", 28, &["1"]), None);
    }
}
