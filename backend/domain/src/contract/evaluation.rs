//! Evaluation of a round after a period: price change, volume reached, concentration of supply, spend before and after. All exact: prices
//! in yuan per unit of the representative content, volumes in those units, so that a sum of price × volume is yuan.
//!
//! Price change is weighted with the volumes of the period, as Paasche's index does (price index manual: consumer price index theory, IMF 2020,
//! chapter 2). The Herfindahl-Hirschman index is the sum of the squared shares in percent, 0 to 10,000 (U.S. Merger Guidelines 2023,
//! section 2.1, where more than 1,800 is highly concentrated).
use std::collections::BTreeMap;

use crate::exact::Exact;
use crate::procurement::values::Name;

/// What was bought before and in the period of one selected product or of one that is not selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The firm.
    pub firm: Name,
    /// Whether it is selected.
    pub selected: bool,
    /// The price before the round; `None` where it was not bought or is not known.
    pub price_before: Option<Exact>,
    /// The price of the period.
    pub price: Exact,
    /// Bought in a period of the same length before the round.
    pub volume_before: u64,
    /// Bought in the period.
    pub volume: u64,
    /// Agreed for the period; zero where it is not selected.
    pub agreed: u64,
}

/// The evaluation of a lot or of a whole round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// Σ price × volume ÷ Σ price before × volume − 1 over the selected lines with a price before; below zero for a cut. `None` where none of
    /// them was bought.
    pub price_change: Option<Exact>,
    /// Selected volume bought in the period.
    pub bought: u64,
    /// Agreed volume.
    pub agreed: u64,
    /// Bought over agreed of the selected lines together; `None` where nothing is agreed.
    pub reached: Option<Exact>,
    /// The part of the agreed volume that was reached line by line: what one buys beyond its own does not make up for another.
    pub fulfilled: Option<Exact>,
    /// Concentration of supply over firms by volume, before; `None` where nothing was bought.
    pub concentration_before: Option<Exact>,
    /// Concentration in the period.
    pub concentration: Option<Exact>,
    /// Spend in yuan before, over the lines with a price before.
    pub spend_before: Exact,
    /// Spend in the period.
    pub spend: Exact,
    /// Of the difference in spend, what is due to prices: Σ (price − price before) × volume.
    pub price_effect: Exact,
    /// What is due to volumes of the lines with a price before: Σ price before × (volume − volume before).
    pub volume_effect: Exact,
    /// Spend in the period of the lines without a price before. The three together are the difference.
    pub new_spend: Exact,
    /// Selected volume over all volume of the period; `None` where nothing was bought.
    pub selected_share: Option<Exact>,
}

/// Evaluates the lines.
pub fn evaluate(lines: &[Line]) -> Evaluation {
    let selected = || lines.iter().filter(|line| line.selected);
    let known = || lines.iter().filter_map(|line| Some((line, line.price_before.as_ref()?)));
    let compared = || known().filter(|(line, _)| line.selected);
    let at_old = total(compared().map(|(line, before)| before * &Exact::from(line.volume)));
    let at_new = total(compared().map(|(line, _)| spend(line)));
    let (bought, agreed) =
        (volume(selected().map(|line| line.volume)), volume(selected().map(|line| line.agreed)));
    let within = volume(selected().map(|line| line.volume.min(line.agreed)));
    let all = volume(lines.iter().map(|line| line.volume));
    let value_at_old = total(known().map(|(line, before)| before * &Exact::from(line.volume)));
    let spend_before = total(known().map(|(line, before)| before * &Exact::from(line.volume_before)));
    Evaluation {
        price_change: at_new.checked_div(&at_old).map(|ratio| &ratio - &Exact::one()),
        reached: ratio(bought, agreed),
        fulfilled: ratio(within, agreed),
        concentration_before: concentration(lines.iter().map(|line| (&line.firm, line.volume_before))),
        concentration: concentration(lines.iter().map(|line| (&line.firm, line.volume))),
        spend: total(lines.iter().map(spend)),
        price_effect: &total(known().map(|(line, _)| spend(line))) - &value_at_old,
        volume_effect: &value_at_old - &spend_before,
        new_spend: total(lines.iter().filter(|line| line.price_before.is_none()).map(spend)),
        selected_share: ratio(bought, all),
        spend_before,
        bought,
        agreed,
    }
}

/// The Herfindahl-Hirschman index of firms' volumes: Σ (100 × share)², from near 0 to 10,000 for a sole firm. `None` of no volume.
pub fn concentration<'a>(volumes: impl Iterator<Item = (&'a Name, u64)>) -> Option<Exact> {
    let mut firms: BTreeMap<&Name, Exact> = BTreeMap::new();
    for (firm, volume) in volumes {
        let sum = firms.entry(firm).or_insert_with(Exact::zero);
        *sum = &*sum + &Exact::from(volume);
    }
    let whole = total(firms.values().cloned());
    let squares = total(firms.values().map(|volume| volume * volume));
    (&squares * &Exact::from(10_000)).checked_div(&(&whole * &whole))
}

fn spend(line: &Line) -> Exact {
    &line.price * &Exact::from(line.volume)
}

fn total(values: impl Iterator<Item = Exact>) -> Exact {
    values.fold(Exact::zero(), |sum, value| &sum + &value)
}

fn volume(volumes: impl Iterator<Item = u64>) -> u64 {
    volumes.fold(0, u64::saturating_add)
}

fn ratio(part: u64, whole: u64) -> Option<Exact> {
    Exact::from(part).checked_div(&Exact::from(whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(firm: &str, before: Option<(&str, u64)>, after: (&str, u64), agreed: Option<u64>) -> Line {
        Line {
            firm: firm.into(),
            selected: agreed.is_some(),
            price_before: before.map(|(price, _)| price.parse().unwrap()),
            price: after.0.parse().unwrap(),
            volume_before: before.map_or(0, |(_, volume)| volume),
            volume: after.1,
            agreed: agreed.unwrap_or(0),
        }
    }

    fn told(value: &Exact) -> String {
        value.to_short(4)
    }

    #[test]
    fn a_worked_round_comes_to_the_numbers_on_paper() {
        let lines = [
            line("甲", Some(("1.00", 400)), ("0.30", 700), Some(600)),
            line("乙", Some(("0.80", 100)), ("0.25", 200), Some(300)),
            line("丙", Some(("2.50", 500)), ("2.50", 100), None),
            line("丁", None, ("1.20", 50), None),
        ];
        let found = evaluate(&lines);
        // (0.30 x 700 + 0.25 x 200) / (1.00 x 700 + 0.80 x 200) - 1 = 260 / 860 - 1
        assert_eq!(told(&found.price_change.unwrap()), "-0.6977");
        assert_eq!((found.bought, found.agreed), (900, 900));
        assert_eq!(told(&found.reached.unwrap()), "1");
        // 600 + 200 of 900: the 100 beyond of one do not make up for the other.
        assert_eq!(told(&found.fulfilled.unwrap()), "0.8889");
        // 40² + 10² + 50², and (700² + 200² + 100² + 50²) / 1050² x 10,000.
        assert_eq!(told(&found.concentration_before.unwrap()), "4200");
        assert_eq!(told(&found.concentration.unwrap()), "4920.6349");
        assert_eq!((told(&found.spend_before), told(&found.spend)), ("1730".to_owned(), "570".to_owned()));
        // 510 - (700 + 160 + 250), 1110 - 1730, and 60.
        assert_eq!(
            (told(&found.price_effect), told(&found.volume_effect)),
            ("-600".to_owned(), "-620".to_owned())
        );
        assert_eq!(told(&found.new_spend), "60");
        assert_eq!(told(&found.selected_share.unwrap()), "0.8571");
    }

    #[test]
    fn a_sole_firm_is_all_there_is_and_products_of_a_firm_count_together() {
        let hhi = |rows: &[(&str, u64)]| {
            let rows: Vec<(Name, u64)> =
                rows.iter().map(|(firm, volume)| ((*firm).into(), *volume)).collect();
            concentration(rows.iter().map(|(firm, volume)| (firm, *volume))).as_ref().map(told)
        };
        assert_eq!(hhi(&[("甲", 7)]).as_deref(), Some("10000"));
        assert_eq!(hhi(&[("甲", 1), ("乙", 2), ("甲", 1)]).as_deref(), Some("5000"));
        assert_eq!(hhi(&[("甲", 1), ("乙", 1), ("丙", 1)]).as_deref(), Some("3333.3333"));
        assert_eq!(hhi(&[("甲", 0)]), None);
        assert_eq!(evaluate(&[]).price_change, None);
    }

    fn any_line() -> impl Strategy<Value = Line> {
        let price = || {
            (1u64..1_000_000)
                .prop_map(|number| Exact::from(number).checked_div(&Exact::from(10_000)).unwrap())
        };
        let volume = 0u64..1_000_000_000;
        let prices = (proptest::option::of(price()), price());
        ("[甲乙丙丁]", any::<bool>(), prices, (volume.clone(), volume.clone(), volume)).prop_map(
            |(firm, selected, (price_before, price), (volume_before, volume, agreed))| Line {
                firm: firm.into(),
                selected,
                volume_before: if price_before.is_some() { volume_before } else { 0 },
                price_before,
                price,
                volume,
                agreed: if selected { agreed } else { 0 },
            },
        )
    }

    proptest! {
        #[test]
        fn the_effects_are_the_difference_in_spend_to_the_last_digit(
            lines in proptest::collection::vec(any_line(), 0..12),
        ) {
            let found = evaluate(&lines);
            let effects = &(&found.price_effect + &found.volume_effect) + &found.new_spend;
            prop_assert_eq!(&found.spend - &found.spend_before, effects);
            let (least, most) = (Exact::from(0), Exact::from(10_000));
            prop_assert!(found.concentration.is_none_or(|index| least < index && index <= most));
            prop_assert!(found.fulfilled.is_none_or(|share| share <= Exact::one()));
        }
    }
}
