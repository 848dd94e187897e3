//! What the registry says: as of a day, as it was known at an instant or in a release.
use std::collections::BTreeMap;

use jicai_domain::catalog::code::{AnyCode, CodeKind, check, check_as};
use jicai_domain::catalog::group::Grouping;
use jicai_domain::catalog::item::{IdentifierStatus, NameGiven, Proposal, Relation, path};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::ids::{ItemId, ItemProposalId, ItemVersionId};
use jicai_domain::time::{Day, Timestamp};
use jicai_store::catalog::flags::{self, Flagged};
use jicai_store::catalog::identifiers::{self, ItemCode};
use jicai_store::catalog::items::{self, Item, Wanted};
use jicai_store::catalog::proposals::{self, Side};
use jicai_store::catalog::versions::{self, ItemVersion};
use jicai_store::catalog::{self, comparable, names, relations};
use jicai_store::{Page, Part, Tx};

use crate::app::App;
use crate::errors::Error;

/// Items that a code may name in one answer.
const NAMED_MAX: i64 = 50;

/// As of when something is asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct AsOf {
    /// What was true on that day; today where it is not said.
    pub valid_on: Option<Day>,
    /// As it was known at that instant; now where it is not said.
    pub known_at: Option<Timestamp>,
    /// As that release said.
    pub release: Option<i32>,
}

/// An item as of some moment.
#[derive(Clone, Debug)]
pub struct Seen {
    /// It.
    pub item: Item,
    /// The day.
    pub on: Day,
    /// The instant.
    pub known_at: Timestamp,
    /// What was true of it; nothing where it was not yet, or nothing is known of that day.
    pub version: Option<ItemVersion>,
    /// Its codes of all days.
    pub codes: Vec<ItemCode>,
    /// Its names, each with how it sounds.
    pub names: Vec<(NameGiven, Option<(String, String)>)>,
    /// What lists say of it, on all days.
    pub flags: Vec<Flagged>,
    /// The relations that it is at either end of.
    pub relations: Vec<Relation>,
    /// The steps to what stood for it on that day.
    pub path: Vec<Relation>,
    /// What stood for it on that day: it, or others.
    pub stands: Vec<ItemId>,
}

/// What a code names.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// What it may be.
    pub systems: Vec<CodeKind>,
    /// Its canonical form.
    pub value: String,
    /// The items that it names on that day, or named last before.
    pub items: Vec<Seen>,
}

/// An item, as of a moment. Errors: `FORBIDDEN`, `NOT_FOUND`, also for a release that is not published.
pub async fn item(app: &App, caller: &Caller, id: ItemId, as_of: AsOf) -> Result<Seen, Error> {
    caller.require(Permission::ViewItems)?;
    let mut tx = app.store.read().await?;
    let moment = moment(&mut tx, as_of).await?;
    let found = items::find(&mut tx, id).await?;
    if found.created_at > moment.1 {
        return Err(Refusal::of(Code::NotFound).into());
    }
    seen(&mut tx, vec![found], moment).await?.pop().ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// A part of the items as of a moment, the newest first. Errors: `FORBIDDEN`, `NOT_FOUND` for a release that is not published.
pub async fn items(
    app: &App,
    caller: &Caller,
    (wanted, as_of): (&Wanted, AsOf),
    page: &Page<ItemId>,
) -> Result<Part<Seen>, Error> {
    caller.require(Permission::ViewItems)?;
    let mut tx = app.store.read().await?;
    let moment = moment(&mut tx, as_of).await?;
    let part = items::list(&mut tx, wanted, moment, page).await?;
    Ok(Part { rows: seen(&mut tx, part.rows, moment).await?, more: part.more })
}

/// Items as they stand today, those of them that there are. Errors: `FORBIDDEN`.
pub async fn items_now(app: &App, caller: &Caller, wanted: &[ItemId]) -> Result<Vec<Seen>, Error> {
    caller.require(Permission::ViewItems)?;
    let mut tx = app.store.read().await?;
    let moment = moment(&mut tx, AsOf::default()).await?;
    let found = items::find_some(&mut tx, wanted).await?;
    seen(&mut tx, found, moment).await
}

/// A part of the items that are compared with one in that way, as of the moment that it was found at. Errors: `FORBIDDEN`.
pub async fn comparable_items(
    app: &App,
    caller: &Caller,
    (of, grouping): (&Seen, Grouping),
    page: &Page<ItemId>,
) -> Result<Part<Seen>, Error> {
    caller.require(Permission::ViewItems)?;
    let mut tx = app.store.read().await?;
    let moment = (of.on, of.known_at);
    let part = comparable::comparable(&mut tx, (of.item.id, grouping), moment, page).await?;
    let found = items::find_some(&mut tx, &part.rows).await?;
    Ok(Part { rows: seen(&mut tx, found, moment).await?, more: part.more })
}

/// A part of what was ever said of an item, in the order in which it was. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn item_history(
    app: &App,
    caller: &Caller,
    id: ItemId,
    page: &Page<ItemVersionId>,
) -> Result<Part<ItemVersion>, Error> {
    caller.require(Permission::ViewItems)?;
    let mut tx = app.store.read().await?;
    let known = catalog::horizon(&mut tx).await?;
    if items::find(&mut tx, id).await?.created_at > known {
        return Err(Refusal::of(Code::NotFound).into());
    }
    Ok(versions::history(&mut tx, (id, known), page).await?)
}

/// The items that a code names on a day, as it is known, and what stands for them. A code that ended names what it named last. Errors: `FORBIDDEN`,
/// `ITEM_CODE_INVALID`, `NOT_FOUND` where it names nothing.
pub async fn resolve_code(
    app: &App,
    caller: &Caller,
    (code, system): (&str, Option<CodeKind>),
    as_of: AsOf,
) -> Result<Resolved, Error> {
    caller.require(Permission::ViewItems)?;
    let mut tx = app.store.read().await?;
    let moment = moment(&mut tx, as_of).await?;
    let read = well_formed(code, system)?;
    let value = read.to_string();
    let (systems, named) = if let AnyCode::Own(own) = &read {
        (vec![read.kind()], items::with_own_code(&mut tx, own).await?.into_iter().collect())
    } else {
        let there = identifiers::of_value(&mut tx, std::slice::from_ref(&value), moment.1, NAMED_MAX).await?;
        let there =
            there.into_iter().filter(|one| system.is_none_or(|system| one.system == system)).collect();
        let there: Vec<ItemCode> = on_day(there, moment.0);
        let mut systems: Vec<CodeKind> = there.iter().map(|code| code.system).collect();
        systems.dedup();
        let named: Vec<ItemId> = there.iter().map(|code| code.item).collect();
        (if systems.is_empty() { vec![read.kind()] } else { systems }, named)
    };
    let found = items::find_some(&mut tx, &named).await?;
    let found: Vec<Item> = found.into_iter().filter(|item| item.created_at <= moment.1).collect();
    if found.is_empty() {
        return Err(Refusal::of(Code::NotFound).at("code").into());
    }
    Ok(Resolved { systems, value, items: seen(&mut tx, found, moment).await? })
}

fn well_formed(code: &str, system: Option<CodeKind>) -> Result<AnyCode, Refusal> {
    let checked = system.map_or_else(|| check(code), |system| check_as(system, code));
    let told = checked
        .errors
        .first()
        .map(|one| format!("{} {}: {}", one.code.name(), one.position, one.expected.english));
    checked
        .code
        .ok_or_else(|| Refusal::of(Code::ItemCodeInvalid).at("code").allowing(told.unwrap_or_default()))
}

/// The ties that hold on a day; where none does, those that ended last before it.
fn on_day(codes: Vec<ItemCode>, day: Day) -> Vec<ItemCode> {
    let held: Vec<ItemCode> =
        codes.into_iter().filter(|code| code.status != IdentifierStatus::EnteredInError).collect();
    let (holding, others): (Vec<_>, Vec<_>) = held.into_iter().partition(|code| code.span.holds(day));
    if !holding.is_empty() {
        return holding;
    }
    let last = others.iter().filter_map(|code| code.span.to).filter(|to| *to <= day).max();
    others.into_iter().filter(|code| last.is_some() && code.span.to == last).collect()
}

/// The day and the instant that are asked for. Nobody is told what a release says before it is published.
async fn moment(tx: &mut Tx, as_of: AsOf) -> Result<(Day, Timestamp), Error> {
    let horizon = catalog::horizon(tx).await?;
    if let Some(number) = as_of.release {
        let (recorded, counts) = catalog::released(tx, number).await?;
        return Ok((as_of.valid_on.unwrap_or(counts), recorded));
    }
    let known = as_of.known_at.map_or(horizon, |known| known.min(horizon));
    Ok((as_of.valid_on.unwrap_or_else(|| horizon.day_in_china()), known))
}

/// All that is shown of items, in as many queries whatever their number.
async fn seen(tx: &mut Tx, found: Vec<Item>, (on, known_at): (Day, Timestamp)) -> Result<Vec<Seen>, Error> {
    let ids: Vec<ItemId> = found.iter().map(|item| item.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut versions = by_item(versions::as_of(tx, &ids, on, known_at).await?, |one| one.item);
    let mut codes = by_item(identifiers::of_items(tx, &ids, known_at).await?, |one| one.item);
    let mut names = by_item(names::of_items(tx, &ids).await?, |(item, _)| *item);
    let mut flags = by_item(flags::of_items(tx, &ids, known_at).await?, |one| one.item);
    let around = relations::around(tx, &ids, known_at).await?;
    let onwards = relations::successions(tx, &ids, known_at).await?;
    let shown = found.into_iter().map(|item| {
        let id = item.id;
        let (path, stands) = path(&onwards, id, on);
        Seen {
            on,
            known_at,
            version: versions.remove(&id).unwrap_or_default().pop(),
            codes: codes.remove(&id).unwrap_or_default(),
            names: names.remove(&id).unwrap_or_default().into_iter().map(|(_, named)| named).collect(),
            flags: flags.remove(&id).unwrap_or_default(),
            relations: around.iter().filter(|one| one.from == id || one.to == id).copied().collect(),
            path,
            stands,
            item,
        }
    });
    Ok(shown.collect())
}

fn by_item<T>(rows: Vec<T>, item: impl Fn(&T) -> ItemId) -> BTreeMap<ItemId, Vec<T>> {
    let mut sorted: BTreeMap<ItemId, Vec<T>> = BTreeMap::new();
    for row in rows {
        sorted.entry(item(&row)).or_default().push(row);
    }
    sorted
}

/// Whoever reviews sees every proposal, others see their organization's.
fn side(caller: &Caller) -> Result<Side, Refusal> {
    match caller.require(Permission::ReviewItems) {
        Ok(_) => Ok(Side::Reviewer),
        Err(_) => Ok(Side::Own(caller.require(Permission::ProposeItems)?)),
    }
}

/// A proposal that the caller may see. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn item_proposal(app: &App, caller: &Caller, id: ItemProposalId) -> Result<Proposal, Error> {
    let side = side(caller)?;
    let mut tx = app.store.read().await?;
    Ok(proposals::find(&mut tx, &side, id).await?)
}

/// A part of the proposals that the caller may see, the newest first. Errors: `FORBIDDEN`.
pub async fn item_proposals(
    app: &App,
    caller: &Caller,
    wanted: &proposals::Wanted,
    page: &Page<ItemProposalId>,
) -> Result<Part<Proposal>, Error> {
    let side = side(caller)?;
    let mut tx = app.store.read().await?;
    Ok(proposals::list(&mut tx, &side, wanted, page).await?)
}
