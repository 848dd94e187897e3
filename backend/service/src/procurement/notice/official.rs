//! A decided round as an official result: its selected products with prices, regions and volumes.
use std::collections::BTreeMap;

use jicai_domain::contract::official::{
    Content, Holder, PriceBasis, SelectedPrice, SelectedProduct, SupplyRole, SupplyRow,
};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::RoundProductId;
use jicai_domain::procurement::decision::{BidDecision, LotDecision, Period};
use jicai_domain::procurement::qualification::Entry;
use jicai_domain::procurement::round::{AnnouncedLot, Spec};
use jicai_domain::procurement::values::Name;
use jicai_domain::time::Day;
use jicai_store::fresh;

use crate::errors::Error;
use crate::procurement::form::price_text;
use crate::procurement::result::Owners;

/// What the names of a decision stand for.
pub(super) struct Known<'k> {
    pub(super) owners: &'k Owners,
    pub(super) entries: &'k [Entry],
    pub(super) codes: &'k BTreeMap<String, RegionCode>,
    /// The day the contracts begin, and the last one where the rules say nothing of it.
    pub(super) days: (Day, Option<Day>),
}

type Supplies = BTreeMap<(RoundProductId, RegionCode, SupplyRole), u64>;

/// The selected products of a lot. Errors: `RESULT_INVALID` where nothing says how long its contracts run.
pub(super) fn products(
    known: &Known<'_>,
    lot: &AnnouncedLot,
    decision: &LotDecision,
) -> Result<Vec<SelectedProduct>, Error> {
    let supplies = supplies(known, decision)?;
    let selected = decision.bids.iter().filter(|bid| bid.selected);
    selected.map(|bid| product(known, lot, (decision, bid), &supplies)).collect()
}

fn product(
    known: &Known<'_>,
    lot: &AnnouncedLot,
    (decision, bid): (&LotDecision, &BidDecision),
    supplies: &Supplies,
) -> Result<SelectedProduct, Error> {
    let id = product_of(known, bid.product.as_ref())?;
    let entry = known.entries.iter().find(|entry| entry.product == id).ok_or_else(|| nobody(&bid.product))?;
    let spec = lot.specs.iter().find(|spec| spec.id == entry.spec);
    let representative = lot.specs.iter().find(|spec| spec.representative).and_then(|spec| spec.content);
    let content = spec.and_then(|spec| spec.content).zip(representative);
    let price = bid.final_price.as_ref().map(|price| price_text(price).parse()).transpose();
    let price = price.map_err(|error: rust_decimal::Error| Error::Broken(error.into()))?;
    let of_product = supplies.iter().filter(|((product, ..), _volume)| *product == id);
    Ok(SelectedProduct {
        id: fresh(),
        lot_number: lot.number,
        lot_name: lot.name.as_str().to_owned(),
        name: entry.name.as_str().to_owned(),
        spec: spec.map_or_else(String::new, |spec: &Spec| spec.name.as_str().to_owned()),
        item: entry.item.clone(),
        unit: lot.unit.as_str().to_owned(),
        content: content.map(|(own, representative)| Content { own, representative }),
        holder: Holder {
            name: entry.applicant_name.as_str().to_owned(),
            credit_code: Some(entry.credit_code.as_str().to_owned()),
            organization: Some(entry.applicant),
        },
        round_product: Some(id),
        price: price.map(|price| SelectedPrice { price, basis: PriceBasis::Decided }),
        rank: bid.rank.and_then(|rank| i32::try_from(rank).ok()),
        until: until(known.days, decision.period.as_ref())?,
        blocked: None,
        supplies: of_product
            .map(|((_product, region, role), volume)| SupplyRow {
                region: *region,
                role: *role,
                volume: *volume,
            })
            .collect(),
    })
}

/// Where each product is supplied. A firm's region counts for its first selected bid that quotes the content, else for its first one.
fn supplies(known: &Known<'_>, decision: &LotDecision) -> Result<Supplies, Error> {
    let mut supplies = Supplies::new();
    let mut add = |product, region, role, volume: u64| {
        let sum: &mut u64 = supplies.entry((product, region, role)).or_default();
        *sum = sum.saturating_add(volume);
    };
    for row in &decision.regions {
        let region = code(known, &row.region)?;
        let of = |bidder: &Name| {
            let own = || decision.bids.iter().filter(|bid| bid.selected && bid.bidder == *bidder);
            let bid = own().find(|bid| bid.content == row.content).or_else(|| own().next());
            product_of(known, bid.and_then(|bid| bid.product.as_ref()))
        };
        add(of(&row.main)?, region, SupplyRole::Main, row.volume);
        if let Some(backup) = &row.backup {
            add(of(backup)?, region, SupplyRole::Backup, 0);
        }
    }
    for row in &decision.brand_volumes {
        let region = row.region.as_ref().ok_or_else(|| nobody(&row.product))?;
        add(product_of(known, row.product.as_ref())?, code(known, region)?, SupplyRole::Brand, row.volume);
    }
    Ok(supplies)
}

fn product_of(known: &Known<'_>, name: Option<&Name>) -> Result<RoundProductId, Error> {
    let owner = name.and_then(|name| known.owners.get(name));
    owner.map(|(product, _bidder)| *product).ok_or_else(|| nobody(&name))
}

fn code(known: &Known<'_>, region: &Name) -> Result<RegionCode, Error> {
    known.codes.get(&**region).copied().ok_or_else(|| nobody(&region))
}

fn nobody(name: &impl std::fmt::Debug) -> Error {
    Error::broken(format!("{name:?} is nobody's"))
}

/// The last day of contracts: that of so many months, or the day that the rules name.
fn until((starts_on, otherwise): (Day, Option<Day>), period: Option<&Period>) -> Result<Day, Error> {
    let found = match period {
        Some(Period::Months(months)) => starts_on.last_of_months(*months),
        Some(Period::Until(text)) => Day::parse(text),
        None => otherwise,
    };
    found.ok_or_else(|| Refusal::of(Code::ResultInvalid).at("until").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contracts_end_on_the_day_before_or_on_the_one_that_is_named() {
        let begins = Day::from_epoch_days(20_819); // 2027-01-01
        let last = |period: Option<Period>, otherwise| {
            until((begins, otherwise), period.as_ref())
                .map(|day| day.to_string())
                .map_err(|error| error.refusal().code)
        };
        assert_eq!(last(Some(Period::Months(12)), None), Ok("2027-12-31".to_owned()));
        assert_eq!(last(Some(Period::Until("2028-02-29".to_owned())), None), Ok("2028-02-29".to_owned()));
        assert_eq!(last(None, Some(begins)), Ok("2027-01-01".to_owned()));
        assert_eq!(last(None, None), Err(Code::ResultInvalid));
    }
}
