//! Division to the unit by largest remainder: whole parts that add up, the missing units to the largest fractions, earlier parts first.
use crate::exact::Exact;

/// Whole parts that add up to the rounded sum (half-up).
pub fn divide(exact: &[Exact]) -> Vec<u64> {
    let total = exact.iter().fold(Exact::zero(), |sum, value| &sum + value).round_half_up();
    let mut parts: Vec<u64> = exact.iter().map(Exact::floor).collect();
    let given = parts.iter().fold(0u64, |sum, part| sum.saturating_add(*part));
    let missing = usize::try_from(total.saturating_sub(given)).unwrap_or(usize::MAX);
    if missing > 0 {
        let fractions = exact.iter().zip(&parts).map(|(value, part)| value - &Exact::from(*part));
        let fractions = fractions.enumerate().filter(|(_, fraction)| !fraction.is_zero());
        let mut order: Vec<(usize, Exact)> = fractions.collect();
        order.sort_by(|(first, a), (second, b)| b.cmp(a).then(first.cmp(second)));
        for (position, _fraction) in order.into_iter().take(missing) {
            if let Some(part) = parts.get_mut(position) {
                *part = part.saturating_add(1);
            }
        }
    }
    parts
}

/// A whole total over whole weights, in proportion. `None` where all weights are zero: then nothing says whose it is.
pub fn in_proportion(total: u64, weights: &[u64]) -> Option<Vec<u64>> {
    let sum: u128 = weights.iter().fold(0, |sum: u128, weight| sum.saturating_add(u128::from(*weight)));
    if sum == 0 {
        return None;
    }
    // The product of two of 64 bits has 128, and no part is above the total.
    let shared = |weight: &u64| u128::from(total).saturating_mul(u128::from(*weight));
    let whole = |weight| shared(weight).checked_div(sum).and_then(|part| u64::try_from(part).ok());
    let mut parts: Vec<u64> = weights.iter().map(|weight| whole(weight).unwrap_or(u64::MAX)).collect();
    let given = parts.iter().fold(0u64, |given, part| given.saturating_add(*part));
    let missing = usize::try_from(total.saturating_sub(given)).unwrap_or(usize::MAX);
    let left = weights.iter().map(|weight| shared(weight).checked_rem(sum).unwrap_or(0)).enumerate();
    let mut order: Vec<(usize, u128)> = left.filter(|(_, left)| *left > 0).collect();
    order.sort_by(|(first, a), (second, b)| b.cmp(a).then(first.cmp(second)));
    for (position, _left) in order.into_iter().take(missing) {
        if let Some(part) = parts.get_mut(position) {
            *part = part.saturating_add(1);
        }
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_add_up_to_the_rounded_sum() {
        let exact = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<Exact>>();
        assert_eq!(divide(&exact(&["70.7", "70.7"])), [71, 70]);
        assert_eq!(divide(&exact(&["0.2", "0.9", "0.4"])), [0, 1, 1]);
        assert_eq!(divide(&exact(&["0.1", "0.2"])), [0, 0]);
        assert_eq!(divide(&exact(&["5", "7"])), [5, 7]);
        assert_eq!(divide(&[]), [0; 0]);
    }

    #[test]
    fn a_total_is_divided_in_proportion() {
        assert_eq!(in_proportion(10, &[1, 1, 1]), Some(vec![4, 3, 3]));
        assert_eq!(in_proportion(7, &[2, 0, 5]), Some(vec![2, 0, 5]));
        assert_eq!(in_proportion(7, &[0, 0]), None);
        assert_eq!(in_proportion(0, &[3]), Some(vec![0]));
    }

    proptest! {
        #[test]
        fn whole_weights_are_divided_as_ratios_are(
            total in 0u64..=u64::MAX, weights in proptest::collection::vec(prop_oneof![0u64..5, 0u64..=u64::MAX], 1..20),
        ) {
            let sum = weights.iter().fold(Exact::zero(), |sum, weight| &sum + &Exact::from(*weight));
            let share = |weight: &u64| (&Exact::from(total) * &Exact::from(*weight)).checked_div(&sum);
            let ratios: Option<Vec<Exact>> = weights.iter().map(share).collect();
            prop_assert_eq!(in_proportion(total, &weights), ratios.map(|ratios| divide(&ratios)));
        }

        #[test]
        fn nothing_is_lost_and_no_part_passes_its_weight(
            weights in proptest::collection::vec(0u64..1_000_000_000_000, 1..20), cut in 0u64..=1000,
        ) {
            let sum: u64 = weights.iter().sum();
            let total = (&Exact::from(sum) * &Exact::from(cut)).checked_div(&Exact::from(1000)).unwrap().floor();
            match in_proportion(total, &weights) {
                None => prop_assert_eq!(sum, 0),
                Some(parts) => {
                    prop_assert_eq!(parts.iter().sum::<u64>(), total);
                    prop_assert!(parts.iter().zip(&weights).all(|(part, weight)| part <= weight));
                }
            }
        }
    }
}
