//! A pack or spec that joins a product under contract: its price follows from the selected one by the price relation (差比价).
use crate::errors::{Code, Refusal};
use crate::exact::Exact;
use crate::procurement::relation::{Presentation, Related, relate};
use crate::procurement::rules::RelationRules;

/// A pack or spec with the price that the selected one gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// Yuan per pack, rounded as the rules say.
    pub pack_price: String,
    /// That pack's price over its units: what a smallest unit costs from then on.
    pub unit_price: Exact,
    /// The factors.
    pub related: Related,
}

/// Prices a presentation of the product. `price` is the price under contract per smallest unit of `from`, not above the selected one.
/// Errors: `DECIMAL_INVALID` where a content, count or volume is not above zero, or the rounded price is not.
pub fn added(
    rules: &RelationRules,
    price: &Exact,
    from: &Presentation,
    to: &Presentation,
) -> Result<Added, Refusal> {
    let invalid = || Refusal::of(Code::DecimalInvalid).at("presentation");
    let related = relate(rules, &(price * &from.units), from, to).ok_or_else(invalid)?;
    let pack_price = related.price(rules);
    let rounded: Exact = pack_price.parse().map_err(|_not_a_decimal| invalid())?;
    if rounded <= Exact::zero() {
        return Err(invalid());
    }
    let unit_price = rounded.checked_div(&to.units).ok_or_else(invalid)?;
    Ok(Added { pack_price, unit_price, related })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::procurement::rules::relation_preset;

    #[test]
    fn a_pack_is_added_at_the_price_that_one_published_list_prints() {
        let presentation = |content: &str, units: &str| Presentation {
            content: content.parse().unwrap(),
            units: units.parse().unwrap(),
            volume: None,
        };
        let add = |price: &str, from, to| added(&relation_preset(), &price.parse().unwrap(), &from, &to);
        // 75 mg x 7 at 22.26 is 3.18 a tablet; the list prints 25 mg x 20 at 26.40, 1.32 a tablet.
        let pack = add("3.18", presentation("75", "7"), presentation("25", "20")).unwrap();
        assert_eq!((pack.pack_price.as_str(), pack.unit_price.to_short(6).as_str()), ("26.40", "1.32"));
        let same = add("3.18", presentation("75", "7"), presentation("75", "7")).unwrap();
        assert_eq!(same.unit_price, "3.18".parse().unwrap());
        for (price, units) in [("3.18", "0"), ("0.0001", "1"), ("0", "7")] {
            let refused = add(price, presentation("75", "7"), presentation("75", units)).unwrap_err();
            assert_eq!(refused.code, Code::DecimalInvalid, "{price} x {units}");
        }
    }
}
