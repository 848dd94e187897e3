//! Items as procurement names them: what a code or an id means today, and whether something new may name it.
use std::collections::BTreeMap;

use jicai_domain::catalog::code::CodeKind;
use jicai_domain::catalog::item::{
    IdentifierStatus, ItemNamed, ItemStatus, ItemUse, Tie, Usable, choose, path, usable, usual,
};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{ItemId, SelectedProductId};
use jicai_domain::time::{Day, Timestamp};
use jicai_store::Tx;
use jicai_store::catalog::identifiers::{self, ItemCode};
use jicai_store::catalog::versions::{self, ItemVersion};
use jicai_store::catalog::{self, items, relations, uses};

use crate::app::App;
use crate::errors::Error;

/// What something named, and what may be wrong with it.
pub(crate) struct Found {
    /// With the item, where the registry knows it.
    pub(crate) used: ItemUse,
    /// `ITEM_CODE_UNKNOWN`, `ITEM_CODE_AMBIGUOUS`, `ITEM_REPLACED` with the codes of what stands for it, or `ITEM_RETIRED`.
    pub(crate) doubt: Option<Refusal>,
}

type Codes = Vec<(CodeKind, String)>;
type Moment = (Day, Timestamp);

/// Looks up what somebody names, for something new: what cannot be used is refused, an unknown code is kept. Errors: `NOT_FOUND` for an item that is not there,
/// `ITEM_CODE_AMBIGUOUS`, `ITEM_REPLACED`, `ITEM_RETIRED`.
pub(crate) async fn find_to_use(tx: &mut Tx, named: &[ItemNamed]) -> Result<Vec<Found>, Error> {
    let found = find_uses(tx, named).await?;
    for (named, found) in named.iter().zip(&found) {
        let field = if matches!(named, ItemNamed::Item(_)) { "item" } else { "itemCode" };
        if let Some(doubt) = found.doubt.clone().filter(|doubt| doubt.code != Code::ItemCodeUnknown) {
            return Err(doubt.at(field).into());
        }
    }
    Ok(found)
}

/// Looks up what somebody names, and says what may be wrong with it. Nobody changes the registry until the transaction ends. Errors: `NOT_FOUND` for an item
/// that is not there.
pub(crate) async fn find_uses(tx: &mut Tx, named: &[ItemNamed]) -> Result<Vec<Found>, Error> {
    if named.is_empty() {
        return Ok(Vec::new());
    }
    catalog::hold_still(tx).await?;
    let known_at = catalog::horizon(tx).await?;
    let moment = (known_at.day_in_china(), known_at);
    let ids: Vec<ItemId> = named.iter().filter_map(by_id).collect();
    let usual_of = usual_codes(tx, &ids, moment).await?;
    let keys: Vec<Codes> = named.iter().map(|one| keys_of(one, &usual_of)).collect::<Result<_, _>>()?;
    let ties = uses::ties(tx, &keys.concat(), moment).await?;
    let mut found = Vec::with_capacity(named.len());
    let mut gone = Vec::new();
    for (named, keys) in named.iter().zip(&keys) {
        let mut chosen = choose(keys, &ties);
        if let Some(item) = by_id(named) {
            chosen = ties.iter().filter(|tie| tie.item == item && keys.contains(&code_of(tie))).collect();
        }
        let (one, left) = judged(keys, &chosen, known_at)?;
        gone.extend(left.map(|item| (found.len(), item)));
        found.push(one);
    }
    point(tx, &mut found, &gone, moment).await?;
    Ok(found)
}

fn by_id(named: &ItemNamed) -> Option<ItemId> {
    match named {
        ItemNamed::Item(item) => Some(*item),
        ItemNamed::Code(_) => None,
    }
}

fn code_of(tie: &Tie) -> (CodeKind, String) {
    (tie.system, tie.value.clone())
}

fn keys_of(named: &ItemNamed, usual_of: &BTreeMap<ItemId, (CodeKind, String)>) -> Result<Codes, Refusal> {
    match named {
        ItemNamed::Code(keys) => Ok(keys.clone()),
        ItemNamed::Item(item) => {
            let code = usual_of.get(item).cloned().ok_or(Refusal::of(Code::NotFound).at("item"))?;
            Ok(vec![code])
        }
    }
}

/// What some ties come to, and the item that cannot be used, where it is one.
fn judged(keys: &Codes, chosen: &[&Tie], at: Timestamp) -> Result<(Found, Option<ItemId>), Error> {
    let (system, code) =
        keys.last().cloned().ok_or_else(|| Error::broken("an item was named by nothing".to_owned()))?;
    let unnamed = ItemUse { item: None, system, code, release: None, at };
    let of = |tie: &Tie| ItemUse {
        item: Some(tie.item),
        system: tie.system,
        code: tie.value.clone(),
        release: tie.release,
        at,
    };
    let doubt = |code| Some(Refusal::of(code));
    Ok(match usable(chosen) {
        Usable::Yes(tie) => (Found { used: of(tie), doubt: None }, None),
        Usable::Unknown => (Found { used: unnamed, doubt: doubt(Code::ItemCodeUnknown) }, None),
        Usable::Several => (Found { used: unnamed, doubt: doubt(Code::ItemCodeAmbiguous) }, None),
        Usable::Gone(tie) => {
            let found = Found { used: of(tie), doubt: doubt(Code::ItemRetired) };
            (found, Some(tie.item))
        }
    })
}

/// Says what stands for items that cannot be used.
async fn point(
    tx: &mut Tx,
    found: &mut [Found],
    gone: &[(usize, ItemId)],
    (on, known_at): Moment,
) -> Result<(), Error> {
    if gone.is_empty() {
        return Ok(());
    }
    let left: Vec<ItemId> = gone.iter().map(|(_, item)| *item).collect();
    let successions = relations::successions(tx, &left, known_at).await?;
    let stand: Vec<(usize, Vec<ItemId>)> =
        gone.iter().map(|(place, item)| (*place, path(&successions, *item, on).1)).collect();
    let ends: Vec<ItemId> = stand.iter().flat_map(|(_, ends)| ends.iter().copied()).collect();
    let codes = usual_codes(tx, &ends, (on, known_at)).await?;
    let said: BTreeMap<ItemId, ItemVersion> =
        versions::as_of(tx, &ends, on, known_at).await?.into_iter().map(|one| (one.item, one)).collect();
    for (place, ends) in stand {
        let standing = ends.iter().filter_map(|end| {
            let version = said.get(end).filter(|one| one.said.status == ItemStatus::Active)?;
            let (_, code) = codes.get(end)?;
            Some(format!("{code} {}", version.said.content.generic_name))
        });
        let standing: Vec<String> = standing.collect();
        if let Some(one) = found.get_mut(place).filter(|_| !standing.is_empty()) {
            one.doubt = Some(Refusal::of(Code::ItemReplaced).allowing(standing.join("; ")));
        }
    }
    Ok(())
}

/// The code that each item is usually named by on a day, or was named by last.
async fn usual_codes(
    tx: &mut Tx,
    wanted: &[ItemId],
    (on, known_at): Moment,
) -> Result<BTreeMap<ItemId, (CodeKind, String)>, Error> {
    if wanted.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut codes: BTreeMap<ItemId, Vec<ItemCode>> = BTreeMap::new();
    for code in identifiers::of_items(tx, wanted, known_at).await? {
        codes.entry(code.item).or_default().push(code);
    }
    let mut found = BTreeMap::new();
    for item in items::find_some(tx, wanted).await? {
        let held = codes.remove(&item.id).unwrap_or_default();
        let own = item.own_code.map(|code| (CodeKind::Own, code.to_string()));
        let of = |holds: bool| -> Codes {
            let fits = |code: &&ItemCode| {
                code.status != IdentifierStatus::EnteredInError
                    && code.span.from <= on
                    && (!holds || code.span.holds(on))
            };
            held.iter()
                .filter(fits)
                .map(|code| (code.system, code.value.clone()))
                .chain(own.clone())
                .collect()
        };
        let code = usual(&of(true)).cloned().or_else(|| usual(&of(false)).cloned());
        found.extend(code.map(|code| (item.id, code)));
    }
    Ok(found)
}

/// What was said of items when they were named: as it was known at those instants, of those days. Whoever found what names them may see it.
pub async fn said_at_uses(
    app: &App,
    wanted: &[(ItemId, Timestamp)],
) -> Result<Vec<((ItemId, Timestamp), ItemVersion)>, Error> {
    let mut tx = app.store.read().await?;
    Ok(versions::at_uses(&mut tx, wanted).await?)
}

/// What selected products name. Whoever found the products may see it.
pub async fn uses_of_selected(
    app: &App,
    products: &[SelectedProductId],
) -> Result<Vec<(SelectedProductId, ItemUse)>, Error> {
    let mut tx = app.store.read().await?;
    Ok(uses::of_selected(&mut tx, products).await?)
}
