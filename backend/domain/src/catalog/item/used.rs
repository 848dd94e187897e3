//! What procurement, listing and everything after name of the registry: the item, with the code and the release that were used then. What the registry says
//! later changes none of it.
use std::collections::BTreeSet;

use super::identifier::tied;
use super::{ItemStatus, exclusive, national};
use crate::catalog::code::{CodeKind, check};
use crate::catalog::search::keys;
use crate::errors::{Code, Refusal};
use crate::ids::ItemId;
use crate::time::{Day, Timestamp};

/// An item as something named it at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemUse {
    /// The item; none where the registry did not know the code.
    pub item: Option<ItemId>,
    /// The kind of the code.
    pub system: CodeKind,
    /// The code that was used.
    pub code: String,
    /// The newest release then of the list that gave the item the code; none where no list did.
    pub release: Option<i32>,
    /// When it was looked up: what the registry said then is found by asking as of then.
    pub at: Timestamp,
}

/// What somebody names an item by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemNamed {
    /// Its id.
    Item(ItemId),
    /// A code; with what it is about, the most precise first.
    Code(Vec<(CodeKind, String)>),
}

/// That a code names an item on the day that is asked about, or named it before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// The kind of the code.
    pub system: CodeKind,
    /// The code.
    pub value: String,
    /// The item.
    pub item: ItemId,
    /// How it stands on the day; none where nothing is known of the day.
    pub status: Option<ItemStatus>,
    /// The day on which the code stopped to name it.
    pub ended: Option<Day>,
    /// The newest release of the list that gave it the code.
    pub release: Option<i32>,
}

/// Whether something new may name an item by some ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usable<'t> {
    /// It may.
    Yes(&'t Tie),
    /// The item is suspended or retired, or the code ended.
    Gone(&'t Tie),
    /// The code names several items.
    Several,
    /// Nothing is known of the code.
    Unknown,
}

impl ItemNamed {
    /// Reads a code of any kind that names items, or a scanned string. Errors: `ITEM_CODE_INVALID` with the first place that is wrong.
    pub fn code(text: &str) -> Result<Self, Refusal> {
        let invalid = |allowed: String| Refusal::of(Code::ItemCodeInvalid).at("itemCode").allowing(allowed);
        let checked = check(text);
        let told = checked
            .errors
            .first()
            .map(|one| format!("{} {}: {}", one.code.name(), one.position, one.expected.english));
        let code = checked.code.ok_or_else(|| invalid(told.unwrap_or_default()))?;
        let names = |(kind, _): &(CodeKind, String)| tied(*kind) || *kind == CodeKind::Own;
        let keys: Vec<(CodeKind, String)> = keys(&code).into_iter().filter(names).collect();
        if keys.is_empty() {
            return Err(invalid(format!("a code of an item, not {}", code.kind().name())));
        }
        Ok(Self::Code(keys))
    }

    /// The codes that it is looked up by.
    pub fn keys(&self) -> &[(CodeKind, String)] {
        match self {
            Self::Item(_) => &[],
            Self::Code(keys) => keys,
        }
    }

    /// Whether what is held was named by this.
    pub fn names(&self, held: &ItemUse) -> bool {
        match self {
            Self::Item(item) => held.item == Some(*item),
            Self::Code(keys) => {
                keys.iter().any(|(system, code)| *system == held.system && *code == held.code)
            }
        }
    }
}

/// The ties that count of what some codes name: those of the first code that names anything, and of these the ones that hold, else those that ended last.
pub fn choose<'t>(keys: &[(CodeKind, String)], ties: &'t [Tie]) -> Vec<&'t Tie> {
    let of = |(system, value): &(CodeKind, String)| -> Vec<&'t Tie> {
        ties.iter().filter(|tie| tie.system == *system && tie.value == *value).collect()
    };
    let named = keys.iter().map(of).find(|found| !found.is_empty()).unwrap_or_default();
    let holds = named.iter().any(|tie| tie.ended.is_none());
    let last = named.iter().filter_map(|tie| tie.ended).max();
    named.into_iter().filter(|tie| if holds { tie.ended.is_none() } else { tie.ended == last }).collect()
}

/// Whether something new may name an item by those ties.
pub fn usable<'t>(ties: &[&'t Tie]) -> Usable<'t> {
    let items: BTreeSet<ItemId> = ties.iter().map(|tie| tie.item).collect();
    match ties.first() {
        None => Usable::Unknown,
        Some(_) if items.len() > 1 => Usable::Several,
        Some(tie) if tie.ended.is_none() && tie.status == Some(ItemStatus::Active) => Usable::Yes(tie),
        Some(tie) => Usable::Gone(tie),
    }
}

/// The code that an item is usually named by, of those that it has: its national code, else ours, else one that names it alone.
pub fn usual(codes: &[(CodeKind, String)]) -> Option<&(CodeKind, String)> {
    let place = |(kind, _): &&(CodeKind, String)| {
        let alone = exclusive(*kind);
        (national(*kind).is_none(), *kind != CodeKind::Own, *kind != CodeKind::Gtin, !alone)
    };
    codes.iter().min_by_key(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    fn tie(value: &str, item: u128, ended: Option<i32>) -> Tie {
        Tie {
            system: CodeKind::Gtin,
            value: value.to_owned(),
            item: ItemId::from_number(item),
            status: Some(ItemStatus::Active),
            ended: ended.map(Day::from_epoch_days),
            release: None,
        }
    }

    #[test]
    fn what_holds_counts_else_what_ended_last_of_the_first_code_that_names_anything() {
        let ties = [tie("a", 1, Some(5)), tie("a", 2, Some(9)), tie("b", 3, None), tie("b", 4, Some(99))];
        let key = |value: &str| (CodeKind::Gtin, value.to_owned());
        let items = |keys: &[(CodeKind, String)]| {
            choose(keys, &ties).into_iter().map(|tie| tie.item.number()).collect::<Vec<_>>()
        };
        assert_eq!(items(&[key("a"), key("b")]), [2]);
        assert_eq!(items(&[key("c"), key("b")]), [3]);
        assert_eq!(items(&[key("c")]), Vec::<u128>::new());
    }

    #[test]
    fn only_one_item_that_is_active_may_be_named() {
        let (active, ended, other) = (tie("a", 1, None), tie("a", 1, Some(1)), tie("a", 2, None));
        let suspended = Tie { status: Some(ItemStatus::Suspended), ..active.clone() };
        assert_eq!(usable(&[&active]), Usable::Yes(&active));
        assert_eq!(usable(&[&active, &other]), Usable::Several);
        assert_eq!(usable(&[&ended]), Usable::Gone(&ended));
        assert_eq!(usable(&[&suspended]), Usable::Gone(&suspended));
        assert_eq!(usable(&[]), Usable::Unknown);
    }

    #[test]
    fn a_code_is_read_once_and_is_of_an_item() {
        let read = |text: &str| ItemNamed::code(text).map(|named| named.keys().len());
        assert_eq!(read("xl02bba326a001010102180"), Ok(1));
        assert_eq!(read("C02010105200001012340000001"), Ok(2));
        assert_eq!(read("(01)06901234567892(21)1"), Ok(1), "a scanned string names its trade item");
        for wrong in ["XL02BBA326A00101010218", "000123456000012343", "003105120040000", "?"] {
            assert_eq!(read(wrong).unwrap_err().code, Code::ItemCodeInvalid, "{wrong}");
        }
        let codes = ["nmpa-approval", "gtin", "jicai", "nhsa-western", "atc"];
        let mut codes: Vec<(CodeKind, String)> =
            codes.iter().map(|name| (CodeKind::from_name(name).unwrap(), (*name).to_owned())).collect();
        for expected in ["nhsa-western", "jicai", "gtin"] {
            let found = usual(&codes).unwrap().1.clone();
            assert_eq!(found, expected);
            codes.retain(|(_, name)| *name != found);
        }
    }
}
