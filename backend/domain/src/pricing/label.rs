//! Labels and ceilings of prices (红黄标、限价). Equality is never a violation.
use crate::exact::Exact;

/// What a price is marked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// Nothing.
    None,
    /// The price is high (黄标).
    Yellow,
    /// The price is a risk (红标).
    Red,
}

/// Whether a price is strictly above a multiple of another. Exact.
pub fn exceeds(price: &Exact, reference: &Exact, multiple: &Exact) -> bool {
    *price > reference * multiple
}

/// The label of a price against a reference, by two multiples of it.
pub fn label(price: &Exact, reference: &Exact, yellow: &Exact, red: &Exact) -> Label {
    if exceeds(price, reference, red) {
        Label::Red
    } else if exceeds(price, reference, yellow) {
        Label::Yellow
    } else {
        Label::None
    }
}

/// What a selected product may cost where its maker does not supply (非供应省): the larger of a multiple of its selected price and the
/// highest selected price of the variety.
pub fn non_supply_limit(selected: &Exact, highest_selected: &Exact, multiple: &Exact) -> Exact {
    Exact::max_of(&(selected * multiple), highest_selected)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Exact {
        text.parse().unwrap()
    }

    #[test]
    fn a_label_begins_strictly_above_its_multiple() {
        let labelled = |price| label(&exact(price), &exact("0.50"), &exact("1.5"), &exact("1.8"));
        assert_eq!(
            ["0.75", "0.7501", "0.90", "0.9001"].map(labelled),
            [Label::None, Label::Yellow, Label::Yellow, Label::Red]
        );
    }

    #[test]
    fn outside_its_regions_a_selected_price_may_rise_by_half_or_to_the_highest() {
        let limit = |selected| non_supply_limit(&exact(selected), &exact("0.80"), &exact("1.5"));
        assert_eq!((limit("0.62"), limit("0.50")), (exact("0.93"), exact("0.80")));
        assert!(!exceeds(&exact("0.93"), &limit("0.62"), &Exact::one()));
        assert!(exceeds(&exact("0.9301"), &limit("0.62"), &Exact::one()));
    }
}
