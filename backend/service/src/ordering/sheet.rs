//! A table of orders: the rows of a number are one order. A row that was ordered before is left alone.
use std::collections::{BTreeMap, BTreeSet};

use jicai_domain::audit::Act;
use jicai_domain::catalog::item::ItemNamed;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, RegionCode};
use jicai_domain::ids::{ContractId, FilingId, Id, ImportId, ItemId, ListingId, OrganizationId, RationingId};
use jicai_domain::imports::{ImportedOrderLine, OrderBasis};
use jicai_domain::ordering::quantity::same;
use jicai_domain::ordering::rules::ordering_rules;
use jicai_domain::procurement::demand::region_of;
use jicai_store::Tx;
use jicai_store::ordering::place::{NewLine, NewOrder};
use jicai_store::ordering::rationings::{self, Rest};
use jicai_store::ordering::sheets::{self, Basis, Ordered};

use super::place::{OrderLineWish, OrderedOn, heading, written};
use super::terms::{Buyer, Grounds};
use crate::catalog::find_uses;
use crate::errors::Error;

/// A row of a table: its place among the rows, and what it says.
type SheetRow = (usize, ImportedOrderLine);

/// A table of orders.
pub(crate) struct OrderSheet {
    /// The import that it came by.
    pub(crate) import: ImportId,
    /// Whether a row that is wrong keeps out every other one.
    pub(crate) whole: bool,
    /// Whether a row of it is wrong already.
    pub(crate) faulty: bool,
    /// Its rows, as far as they can be read.
    pub(crate) rows: Vec<SheetRow>,
}

/// What became of a table.
pub(crate) struct SheetTaken {
    /// What was done.
    pub(crate) acts: Vec<Act>,
    /// What is wrong, with the row.
    pub(crate) wrong: Vec<(usize, Refusal)>,
}

type Wrong = Vec<(usize, Refusal)>;
/// The institution, and its own number of the order.
type Key = (OrganizationId, String);
type Institutions = BTreeMap<Option<String>, (OrganizationId, RegionCode)>;

/// A row with what it wishes for.
struct Wished {
    at: usize,
    row: ImportedOrderLine,
    wish: OrderLineWish,
}

/// An order of the table, and which of its rows its lines are of.
struct Sheet {
    order: NewOrder,
    rows: Vec<(usize, ImportedOrderLine)>,
    lines: Vec<NewLine>,
}

/// Orders what a table says, or tells what is wrong with it. Errors: `FORBIDDEN`.
pub(crate) async fn order_sheet(
    tx: &mut Tx,
    caller: &Caller,
    sheet: OrderSheet,
) -> Result<SheetTaken, Error> {
    caller.require(Permission::PlaceOrders)?;
    let mut wrong = Wrong::new();
    let known = institutions(tx, caller, &sheet.rows).await?;
    let rows = new(tx, &known, sheet.rows, &mut wrong).await?;
    let wished = wished(tx, &known, rows, &mut wrong).await?;
    let mut orders = Vec::with_capacity(wished.len());
    for (key, of) in wished {
        orders.extend(judged(tx, (caller, &known), (key, of), &mut wrong).await?);
    }
    within(tx, &mut orders, &mut wrong).await?;
    if sheet.whole && (sheet.faulty || !wrong.is_empty()) {
        return Ok(SheetTaken { acts: Vec::new(), wrong });
    }
    let mut acts = Vec::with_capacity(orders.len());
    for one in orders.iter().filter(|one| !one.lines.is_empty()) {
        acts.push(written(tx, &one.order, &one.lines).await?);
        sheets::add(tx, sheet.import, &ordered(one)).await?;
    }
    Ok(SheetTaken { acts, wrong })
}

/// The institutions that rows may be for: the own one, and those that it leads, by their credit codes. Tables of an institution come one
/// after another.
async fn institutions(tx: &mut Tx, caller: &Caller, rows: &[SheetRow]) -> Result<Institutions, Error> {
    let codes: BTreeSet<&str> = rows.iter().filter_map(|(_, row)| row.credit_code.as_deref()).collect();
    let codes: Vec<&str> = codes.into_iter().collect();
    let mut known = Institutions::new();
    known.insert(None, (caller.organization, region_of(&caller.regions)?));
    for (code, id, regions) in sheets::institutions(tx, caller.organization, &codes).await? {
        known.insert(Some(code), (id, region_of(&regions)?));
    }
    sheets::hold(tx, &known.values().map(|(id, _)| *id).collect::<BTreeSet<_>>()).await?;
    Ok(known)
}

/// The rows that were not ordered before. A row that says something else than what was ordered under its number is wrong, and so is one that
/// stands in the table twice.
async fn new(
    tx: &mut Tx,
    known: &Institutions,
    rows: Vec<SheetRow>,
    wrong: &mut Wrong,
) -> Result<BTreeMap<Key, Vec<SheetRow>>, Error> {
    let mut groups: BTreeMap<Key, Vec<SheetRow>> = BTreeMap::new();
    for (at, row) in rows {
        match known.get(&row.credit_code) {
            Some((hospital, _)) => {
                groups.entry((*hospital, row.number.clone())).or_default().push((at, row));
            }
            None => wrong.push((at, Refusal::of(Code::NotFound).at("creditCode"))),
        }
    }
    let keys: Vec<Key> = groups.keys().cloned().collect();
    let before: BTreeMap<(OrganizationId, String, String), String> = sheets::known(tx, &keys).await?;
    for ((hospital, number), rows) in &mut groups {
        let mut seen = BTreeSet::new();
        rows.retain(|(at, row)| {
            if !seen.insert(row.row.clone()) {
                wrong.push((*at, Refusal::of(Code::OrderInvalid).at("line").allowing("each once")));
                return false;
            }
            let said = before.get(&(*hospital, number.clone(), row.row.clone()));
            if said.is_some_and(|said| *said != row.words()) {
                wrong.push((*at, Refusal::of(Code::OrderRowTaken).at("line")));
            }
            said.is_none()
        });
    }
    groups.retain(|_key, rows| !rows.is_empty());
    Ok(groups)
}

/// The rows with what they wish for: a code stands for what the institution orders that item on.
async fn wished(
    tx: &mut Tx,
    known: &Institutions,
    groups: BTreeMap<Key, Vec<SheetRow>>,
    wrong: &mut Wrong,
) -> Result<BTreeMap<Key, Vec<Wished>>, Error> {
    let codes = groups.values().flatten().filter_map(|(_, row)| match &row.basis {
        OrderBasis::Item(named) => Some(named.clone()),
        OrderBasis::Contract(..)
        | OrderBasis::Listing(..)
        | OrderBasis::Negotiated(_)
        | OrderBasis::Filing(_) => None,
    });
    let codes: Vec<ItemNamed> = codes.collect();
    let mut found = find_uses(tx, &codes).await?.into_iter();
    let mut wished = BTreeMap::new();
    for (key, rows) in groups {
        let region = known.values().find(|(id, _)| *id == key.0).map(|(_, region)| *region);
        let mut named = Vec::new();
        for (at, row) in rows {
            let item = match &row.basis {
                OrderBasis::Item(_) => found.next().map(|found| {
                    let doubt = found.doubt.unwrap_or(Refusal::of(Code::NotFound));
                    found.used.item.ok_or(doubt.at("itemCode"))
                }),
                OrderBasis::Contract(..)
                | OrderBasis::Listing(..)
                | OrderBasis::Negotiated(_)
                | OrderBasis::Filing(_) => None,
            };
            match item.transpose() {
                Ok(item) => named.push((at, row, item)),
                Err(refusal) => wrong.push((at, refusal)),
            }
        }
        let items: Vec<(ItemId, u64)> =
            named.iter().filter_map(|(_, row, item)| Some(((*item)?, row.pack_units))).collect();
        let there = match region {
            Some(region) if !items.is_empty() => sheets::bases(tx, (key.0, region), &items).await?,
            Some(_) | None => BTreeMap::new(),
        };
        let rows = named.into_iter().filter_map(|(at, row, item)| match wish(&row, item, &there) {
            Ok(wish) => Some(Wished { at, row, wish }),
            Err(refusal) => {
                wrong.push((at, refusal));
                None
            }
        });
        wished.insert(key, rows.collect());
    }
    Ok(wished)
}

fn wish(
    row: &ImportedOrderLine,
    item: Option<ItemId>,
    there: &BTreeMap<(ItemId, u64), Vec<Basis>>,
) -> Result<OrderLineWish, Refusal> {
    let on = match (&row.basis, item) {
        (OrderBasis::Contract(contract, added), _) => OrderedOn::Contract(*contract, *added),
        (OrderBasis::Listing(listing, None), _) => OrderedOn::Listing(*listing),
        (OrderBasis::Listing(listing, Some(why)), _) => OrderedOn::Emergency(*listing, why.clone()),
        (OrderBasis::Negotiated(price), _) => OrderedOn::Negotiated(*price),
        (OrderBasis::Filing(filing), _) => OrderedOn::Filing(*filing),
        (OrderBasis::Item(_), Some(item)) => {
            the_one(there.get(&(item, row.pack_units)).map(Vec::as_slice).unwrap_or_default())?
        }
        (OrderBasis::Item(_), None) => return Err(Refusal::of(Code::NotFound).at("itemCode")),
    };
    let (pack_units, packs) = (row.pack_units, row.packs);
    same(packs, pack_units, row.units.unwrap_or(packs.saturating_mul(pack_units)))?;
    Ok(OrderLineWish { on, pack_units, packs, units: row.units })
}

/// What is selected comes before what is listed; of several, none is picked.
fn the_one(bases: &[Basis]) -> Result<OrderedOn, Refusal> {
    let selected: Vec<&Basis> = bases.iter().filter(|basis| basis.selected).collect();
    let of = if selected.is_empty() { bases.iter().collect() } else { selected };
    let on = |basis: &Basis| match basis.selected {
        true => OrderedOn::Contract(ContractId::from_number(basis.number), None),
        false => OrderedOn::Listing(ListingId::from_number(basis.number)),
    };
    let name = |basis: &&Basis| match basis.selected {
        true => ContractId::from_number(basis.number).to_string(),
        false => ListingId::from_number(basis.number).to_string(),
    };
    match of.as_slice() {
        [] => Err(Refusal::of(Code::NotFound).at("itemCode")),
        [one] => Ok(on(one)),
        several => {
            let names: Vec<String> = several.iter().map(name).collect();
            Err(Refusal::of(Code::OrderBasis).at("basis").allowing(names.join(", ")))
        }
    }
}

/// The order of a number, with the lines that may be ordered.
async fn judged(
    tx: &mut Tx,
    (caller, known): (&Caller, &Institutions),
    ((hospital, number), wished): (Key, Vec<Wished>),
    wrong: &mut Wrong,
) -> Result<Option<Sheet>, Error> {
    let Some((_, region)) = known.values().find(|(id, _)| *id == hospital) else { return Ok(None) };
    let rules = ordering_rules(*region).ok_or_else(|| Error::broken("no rules of ordering"))?;
    let buyer = Buyer { hospital, caller: caller.organization, region: *region, rules };
    let (rows, wishes): (Vec<SheetRow>, Vec<OrderLineWish>) =
        wished.into_iter().map(|one| ((one.at, one.row), one.wish)).unzip();
    let grounds = Grounds::read(tx, buyer, &wishes).await?;
    let order = heading(Some(number), (hospital, *region), (rules, grounds.now));
    let mut sheet = Sheet { order, rows: Vec::new(), lines: Vec::new() };
    for (place, (row, wish)) in rows.into_iter().zip(&wishes).enumerate() {
        match grounds.line(place, wish) {
            Ok(line) => {
                sheet.rows.push(row);
                sheet.lines.push(line);
            }
            Err(refusal) => wrong.push((row.0, refusal)),
        }
    }
    Ok(Some(sheet))
}

/// Leaves out, in the order of the table, the lines that there is not enough for of what is rationed or was approved. What is left is held.
async fn within(tx: &mut Tx, orders: &mut [Sheet], wrong: &mut Wrong) -> Result<(), Error> {
    let lines = || orders.iter().flat_map(|one| one.lines.iter().map(|line| (one.order.hospital, line)));
    let rationed = lines().filter_map(|(hospital, line)| Some((line.rationing?, hospital)));
    let rationed: BTreeSet<(RationingId, OrganizationId)> = rationed.collect();
    let filed: BTreeSet<FilingId> = lines().filter_map(|(_, line)| line.filing).collect();
    if rationed.is_empty() && filed.is_empty() {
        return Ok(());
    }
    let mut rest = rationings::rest(tx, &rationed).await?;
    let mut free = sheets::free(tx, &filed).await?;
    let mut places: Vec<(usize, usize, usize)> = Vec::new();
    for (at, one) in orders.iter().enumerate() {
        places.extend(one.rows.iter().enumerate().map(|(place, (row, _))| (*row, at, place)));
    }
    places.sort_unstable();
    let mut short = BTreeSet::new();
    for (row, at, place) in places {
        let Some(one) = orders.get(at) else { continue };
        let Some(line) = one.lines.get(place) else { continue };
        if let Err(refusal) = taken(line, one.order.hospital, (&mut rest, &mut free)) {
            wrong.push((row, refusal));
            short.insert(row);
        }
    }
    for one in orders {
        let mut fits = one.rows.iter().map(|(row, _)| !short.contains(row));
        one.lines.retain(|_line| fits.next().unwrap_or(false));
        one.rows.retain(|(row, _)| !short.contains(row));
    }
    Ok(())
}

fn taken(
    line: &NewLine,
    hospital: OrganizationId,
    (rest, free): (&mut Rest, &mut BTreeMap<FilingId, u64>),
) -> Result<(), Refusal> {
    if let Some(rationing) = line.rationing
        && !rest.take((rationing, hospital), line.line.units(line.line.packs.ordered))
    {
        return Err(Refusal::of(Code::RationExceeded).at("packs"));
    }
    if let Some(filing) = line.filing {
        let left = free.entry(filing).or_default();
        let after = left.checked_sub(line.line.packs.ordered);
        *left = after.ok_or(Refusal::of(Code::FilingLimit).at("packs"))?;
    }
    Ok(())
}

fn ordered(one: &Sheet) -> Vec<Ordered> {
    let row = |((_, row), line): (&SheetRow, &NewLine)| Ordered {
        hospital: one.order.hospital,
        number: row.number.clone(),
        row: row.row.clone(),
        said: row.words(),
        line: line.id,
    };
    one.rows.iter().zip(&one.lines).map(row).collect()
}
