//! The division of a main contract over institutions: sub-contracts add up to it, to the unit.
use std::collections::BTreeMap;

use crate::division::{divide, in_proportion};
use crate::errors::{Code, Refusal};
use crate::exact::Exact;
use crate::ids::OrganizationId;

/// What an institution reported, in units of the lot's representative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// The institution.
    pub institution: OrganizationId,
    /// For the brand of the contract.
    pub brand: Exact,
    /// For what no selected brand keeps: by generic name, or for a brand that is not selected here.
    pub generic: Exact,
}

/// The agreed volume of a main contract by where it comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreed {
    /// What follows the brand.
    pub brand: u64,
    /// What the main supplier gets.
    pub main: u64,
}

impl Agreed {
    /// All of it.
    pub const fn total(self) -> u64 {
        self.brand.saturating_add(self.main)
    }
}

/// Divides a main contract by what its institutions reported: the brand's volume by reports for the brand, the main supplier's by all
/// others, each by largest remainder (institutions that come first get the unit where fractions are equal). An institution that gets
/// nothing has no sub-contract. None where a volume has nobody who reported it: then the office divides it.
pub fn by_reports(agreed: Agreed, reported: &[Reported]) -> Option<BTreeMap<OrganizationId, u64>> {
    let brand = proportional(agreed.brand, reported.iter().map(|one| &one.brand))?;
    let main = proportional(agreed.main, reported.iter().map(|one| &one.generic))?;
    let parts = reported.iter().zip(brand.into_iter().zip(main));
    let parts = parts.map(|(one, (brand, main))| (one.institution, brand.saturating_add(main)));
    Some(parts.filter(|(_, volume)| *volume > 0).collect())
}

fn proportional<'e>(total: u64, weights: impl Iterator<Item = &'e Exact> + Clone) -> Option<Vec<u64>> {
    if total == 0 {
        return Some(weights.map(|_weight| 0).collect());
    }
    weights.clone().next()?;
    // Reports are whole nearly always, and ratios of tens of thousands of institutions cost a hundred times as much.
    if let Some(whole) = weights.clone().map(Exact::whole).collect::<Option<Vec<u64>>>() {
        return in_proportion(total, &whole);
    }
    let sum = weights.clone().fold(Exact::zero(), |sum, weight| &sum + weight);
    if sum.is_zero() {
        return None;
    }
    let total = Exact::from(total);
    let exact: Option<Vec<Exact>> = weights.map(|weight| (&total * weight).checked_div(&sum)).collect();
    Some(divide(&exact?))
}

/// Checks a division that the office gives: each institution once, each with at least one unit, all together the main contract.
/// Errors: `SPLIT_INVALID`.
pub fn by_list(
    total: u64,
    parts: &[(OrganizationId, u64)],
) -> Result<BTreeMap<OrganizationId, u64>, Refusal> {
    let wrong = |what: String| Refusal::of(Code::SplitInvalid).at("parts").allowing(what);
    let mut taken = BTreeMap::new();
    for (institution, volume) in parts {
        if *volume == 0 || taken.insert(*institution, *volume).is_some() {
            return Err(wrong(format!("{institution} once, with at least 1")));
        }
    }
    let sum = parts.iter().fold(0_u64, |sum, (_, volume)| sum.saturating_add(*volume));
    if sum == total { Ok(taken) } else { Err(wrong(format!("{total} together, not {sum}"))) }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]
mod tests {
    use super::*;
    use crate::ids::Id;
    use proptest::prelude::*;

    fn institution(number: u128) -> OrganizationId {
        OrganizationId::from_number(number)
    }

    fn reported(rows: &[(u64, u64)]) -> Vec<Reported> {
        let row = |(number, (brand, generic)): (u128, &(u64, u64))| Reported {
            institution: institution(number),
            brand: Exact::from(*brand),
            generic: Exact::from(*generic),
        };
        (1..).zip(rows).map(row).collect()
    }

    #[test]
    fn a_brand_follows_its_reports_and_the_main_volume_the_others() {
        let parts = by_reports(Agreed { brand: 100, main: 10 }, &reported(&[(1, 0), (2, 1), (0, 2), (0, 0)]))
            .unwrap();
        let volumes: Vec<u64> = parts.values().copied().collect();
        assert_eq!(volumes, [33, 67 + 3, 7]);
        assert_eq!(by_reports(Agreed { brand: 1, main: 0 }, &reported(&[(0, 5)])), None);
        assert_eq!(by_reports(Agreed { brand: 0, main: 1 }, &[]), None, "nobody reported anything");
        assert_eq!(by_reports(Agreed::default(), &[]), Some(BTreeMap::new()));
    }

    #[test]
    fn a_list_adds_up_and_names_each_institution_once() {
        let code = |total, parts: &[(u128, u64)]| {
            let parts: Vec<_> = parts.iter().map(|(one, volume)| (institution(*one), *volume)).collect();
            by_list(total, &parts).map(|parts| parts.len()).map_err(|refusal| refusal.code)
        };
        assert_eq!(code(10, &[(1, 4), (2, 6)]), Ok(2));
        for parts in [&[(1, 4), (2, 5)][..], &[(1, 4), (1, 6)], &[(1, 10), (2, 0)], &[]] {
            assert_eq!(code(10, parts), Err(Code::SplitInvalid), "{parts:?}");
        }
    }

    proptest! {
        #[test]
        fn sub_contracts_add_up_and_none_is_a_unit_off(
            rows in proptest::collection::vec((0_u64..10_000, 0_u64..1_000_000), 1..40),
            brand in 0_u64..1_000_000,
            main in 0_u64..1_000_000_000,
        ) {
            let reported = reported(&rows);
            let sums = rows.iter().fold((0_u64, 0_u64), |sums, row| (sums.0 + row.0, sums.1 + row.1));
            let whole = (brand == 0 || sums.0 > 0) && (main == 0 || sums.1 > 0);
            let parts = by_reports(Agreed { brand, main }, &reported);
            prop_assert_eq!(parts.is_some(), whole);
            let Some(parts) = parts else { return Ok(()) };
            prop_assert_eq!(parts.values().sum::<u64>(), brand + main);
            for (one, row) in reported.iter().zip(&rows) {
                let part = u128::from(parts.get(&one.institution).copied().unwrap_or(0));
                let floor = |total: u64, weight: u64, sum: u64| {
                    if sum == 0 { 0 } else { u128::from(total) * u128::from(weight) / u128::from(sum) }
                };
                let least = floor(brand, row.0, sums.0) + floor(main, row.1, sums.1);
                prop_assert!((least..=least + 2).contains(&part));
            }
        }
    }
}
