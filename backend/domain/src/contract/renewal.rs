//! 续签: the volumes of the next agreement year, the price of a product under contract, and who holds it.
use std::collections::{BTreeMap, BTreeSet};

use super::change::Around;
use super::ledger::{Account, Cause, Entry, Holding, Ledger, Place};
use super::term::Term;
use crate::errors::{Code, Refusal};
use crate::exact::Exact;
use crate::identity::Name;
use crate::ids::OrganizationId;
use crate::procurement::rules::SuccessionRules;
use crate::time::Day;

/// The entries that end an agreement year and begin the next with these volumes. What is left over ends with the year.
/// Errors: `SUPPLIER_NOT_SELECTED`, `RENEWAL_TOO_LOW` where a place that goes on has less than the rules require of what it had,
/// `VOLUME_CHANGE_INVALID` for no volume.
pub fn renew(
    rules: &SuccessionRules,
    ledger: &Ledger,
    volumes: &BTreeMap<Holding, u64>,
    around: Around<'_>,
) -> Result<Vec<Entry>, Refusal> {
    if volumes.is_empty() || volumes.values().any(|volume| *volume == 0) {
        return Err(Refusal::of(Code::VolumeChangeInvalid).at("volumes"));
    }
    if !volumes.keys().all(|holding| around.selected.contains(&holding.supplier)) {
        return Err(Refusal::of(Code::SupplierNotSelected).at("volumes"));
    }
    check_floor(rules, ledger, volumes)?;
    let ended = |from, volume| Entry { from, to: Account::Outside, volume, cause: Cause::Ended };
    let held = ledger.holdings().map(|(holding, volume)| ended(Account::Held(*holding), volume));
    let left = ledger.leftovers().map(|(place, volume)| ended(Account::Leftover(*place), volume));
    let renewed = volumes.iter().map(|(holding, volume)| Entry {
        from: Account::Outside,
        to: Account::Held(*holding),
        volume: *volume,
        cause: Cause::Renewed,
    });
    Ok(held.chain(left).chain(renewed).collect())
}

fn check_floor(
    rules: &SuccessionRules,
    ledger: &Ledger,
    volumes: &BTreeMap<Holding, u64>,
) -> Result<(), Refusal> {
    let old = ledger.holdings().map(|(holding, volume)| (holding.place, volume));
    let new: BTreeMap<Place, u64> =
        by_place(volumes.iter().map(|(holding, volume)| (holding.place, *volume)));
    for (place, had) in by_place(old) {
        let least = &Exact::from(had) * &rules.renewal_at_least.value;
        if Exact::from(new.get(&place).copied().unwrap_or(0)) < least {
            let allowed = format!("at least {} in {}", least.to_short(6), place.region);
            return Err(Refusal::of(Code::RenewalTooLow).at("volumes").allowing(allowed));
        }
    }
    Ok(())
}

fn by_place(rows: impl Iterator<Item = (Place, u64)>) -> BTreeMap<Place, u64> {
    let mut sums: BTreeMap<Place, u64> = BTreeMap::new();
    for (place, volume) in rows {
        let sum = sums.entry(place).or_default();
        *sum = sum.saturating_add(volume);
    }
    sums
}

/// A new price of a product under contract: at or below the selected price, never above.
/// Errors: `PRICE_ABOVE_SELECTED`, `DECIMAL_INVALID` unless it is above zero.
pub fn new_price(selected: &Exact, proposed: &Exact) -> Result<(), Refusal> {
    if *proposed <= Exact::zero() {
        return Err(Refusal::of(Code::DecimalInvalid).at("price"));
    }
    if proposed > selected {
        let allowed = format!("at most {}", selected.to_short(6));
        return Err(Refusal::of(Code::PriceAboveSelected).at("price").allowing(allowed));
    }
    Ok(())
}

/// Who holds a product under contract from a day on (上市许可持有人). Volume and price follow the product: a new holder takes them over as
/// they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// From this day on.
    pub from: Day,
    /// The organization.
    pub organization: OrganizationId,
    /// Its name.
    pub name: Name,
}

/// Those who held a product, the first one first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holders(Vec<Holder>);

impl Holders {
    /// The one who was selected, from the first day of the term.
    pub fn first(organization: OrganizationId, name: Name, term: &Term) -> Self {
        Self(vec![Holder { from: term.start(), organization, name }])
    }

    /// The holders after a change of the holder, or of its name. Errors: `HOLDER_CHANGE_INVALID` where it changes nothing, is not later than
    /// the change before, or is outside the term.
    pub fn changed(mut self, next: Holder, term: &Term) -> Result<Self, Refusal> {
        let wrong = |field| Err(Refusal::of(Code::HolderChangeInvalid).at(field));
        if let Some(last) = self.0.last() {
            if next.from <= last.from {
                return wrong("from");
            }
            if (next.organization, &next.name) == (last.organization, &last.name) {
                return wrong("holder");
            }
        }
        if !term.covers(next.from) {
            return wrong("from");
        }
        self.0.push(next);
        Ok(self)
    }

    /// Who holds it on a day; `None` before the term.
    pub fn on(&self, day: Day) -> Option<&Holder> {
        self.0.iter().rev().find(|holder| holder.from <= day)
    }

    /// Every organization that held it.
    pub fn organizations(&self) -> BTreeSet<OrganizationId> {
        self.0.iter().map(|holder| holder.organization).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::ledger::{Buyer, Delivered};
    use crate::identity::RegionCode;
    use crate::ids::{Id, SelectedProductId};
    use crate::procurement::decision::Period;
    use crate::procurement::rules::succession_preset;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn holding(institution: u128, supplier: u128) -> Holding {
        let buyer = Buyer::Institution(OrganizationId::from_number(institution));
        let place = Place { region: RegionCode::parse("310000").unwrap(), content: None, buyer };
        Holding { place, supplier: SelectedProductId::from_number(supplier) }
    }

    #[test]
    fn a_renewed_year_has_at_least_the_volume_of_the_one_before_at_each_place() {
        let entry = |holding, volume| Entry {
            from: Account::Outside,
            to: Account::Held(holding),
            volume,
            cause: Cause::Awarded,
        };
        let entries = [entry(holding(1, 1), 60), entry(holding(1, 2), 40), entry(holding(2, 1), 7)];
        let mut ledger = Ledger::replay(&entries).unwrap();
        let delivered = Delivered::new();
        let selected: BTreeSet<_> = [1, 2].map(SelectedProductId::from_number).into();
        let around = Around { selected: &selected, delivered: &delivered };
        let try_with = |volumes: &[(Holding, u64)]| {
            let volumes = volumes.iter().copied().collect();
            renew(&succession_preset(), &ledger, &volumes, around)
        };
        let code = |volumes: &[(Holding, u64)]| try_with(volumes).unwrap_err().code;
        assert_eq!(code(&[(holding(1, 2), 99), (holding(2, 1), 7)]), Code::RenewalTooLow);
        assert_eq!(code(&[(holding(1, 2), 100)]), Code::RenewalTooLow);
        assert_eq!(code(&[(holding(1, 3), 100), (holding(2, 1), 7)]), Code::SupplierNotSelected);
        assert_eq!(code(&[(holding(1, 2), 0)]), Code::VolumeChangeInvalid);
        let entries = try_with(&[(holding(1, 2), 100), (holding(2, 1), 8)]).unwrap();
        ledger.post(&entries).unwrap();
        let held: Vec<(Holding, u64)> =
            ledger.holdings().map(|(holding, volume)| (*holding, volume)).collect();
        assert_eq!(held, [(holding(1, 2), 100), (holding(2, 1), 8)]);
    }

    #[test]
    fn a_price_falls_below_the_selected_one_and_never_rises_above_it() {
        let check = |text: &str| {
            new_price(&"0.25".parse().unwrap(), &text.parse().unwrap()).map_err(|refusal| refusal.code)
        };
        assert_eq!((check("0.25"), check("0.2")), (Ok(()), Ok(())));
        assert_eq!(check("0.2500001"), Err(Code::PriceAboveSelected));
        assert_eq!(check("0"), Err(Code::DecimalInvalid));
    }

    #[test]
    fn a_holder_changes_within_the_term_and_in_order() {
        let term = Term::of(&Period::Months(12), day("2024-01-01")).unwrap();
        let name = |text: &str| Name::parse(text).unwrap();
        let [one, two] = [1, 2].map(OrganizationId::from_number);
        let next =
            |from: &str, organization, text: &str| Holder { from: day(from), organization, name: name(text) };
        let first = Holders::first(one, name("甲"), &term);
        let refused = |holder: Holder| first.clone().changed(holder, &term).unwrap_err().field;
        assert_eq!(refused(next("2024-01-01", two, "乙")), Some("from"));
        assert_eq!(refused(next("2025-01-01", two, "乙")), Some("from"));
        assert_eq!(refused(next("2024-05-01", one, "甲")), Some("holder"));
        let renamed = first.clone().changed(next("2024-05-01", one, "甲药业"), &term).unwrap();
        let sold = renamed.changed(next("2024-07-01", two, "乙"), &term).unwrap();
        let on = |text: &str| sold.on(day(text)).map(|holder| holder.name.as_str().to_owned());
        assert_eq!(on("2023-12-31"), None);
        assert_eq!(on("2024-04-30").as_deref(), Some("甲"));
        assert_eq!(on("2024-06-30").as_deref(), Some("甲药业"));
        assert_eq!(on("2024-07-01").as_deref(), Some("乙"));
        assert_eq!(sold.organizations().len(), 2);
    }
}
