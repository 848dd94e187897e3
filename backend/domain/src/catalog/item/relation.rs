//! What became of items and what they are made of. Succession runs in one direction: nothing is replaced, through however many others, by itself.
use std::collections::{BTreeMap, BTreeSet};

use super::content::labels;
use crate::errors::{Code, Refusal};
use crate::ids::ItemId;
use crate::time::Day;

labels! {
    /// How an item is related to another.
    RelationKind {
        /// Another stands for it. 被替代
        ReplacedBy = "REPLACED_BY";
        /// It was one with another all the time. 并入
        MergedInto = "MERGED_INTO";
        /// It was several all the time, or became several. 拆分为
        SplitInto = "SPLIT_INTO";
        /// It is the generic of a reference product. 仿制
        GenericOf = "GENERIC_OF";
        /// It is a pack of the other.
        PackOf = "PACK_OF";
        /// It holds the other, as a kit does. 包含
        Contains = "CONTAINS";
    }
}

impl RelationKind {
    /// Whether what it leads to stands for the item from then on.
    pub const fn succeeds(self) -> bool {
        matches!(self, Self::ReplacedBy | Self::MergedInto | Self::SplitInto)
    }

    /// Which relations must not close a circle together: all successions, and each other kind by itself.
    fn together(self, other: RelationKind) -> bool {
        self == other || self.succeeds() && other.succeeds()
    }
}

/// A relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Relation {
    /// The item that it is said of.
    pub from: ItemId,
    /// How.
    pub kind: RelationKind,
    /// To which.
    pub to: ItemId,
    /// Since when.
    pub since: Day,
}

/// Whether new relations may be added to those that there are: all that can be reached from the new ones' ends. Errors: `ITEM_RELATION_CYCLE`.
pub fn check_acyclic(there: &[Relation], new: &[Relation]) -> Result<(), Refusal> {
    for added in new {
        let follows: Vec<&Relation> =
            there.iter().chain(new).filter(|one| one.kind.together(added.kind)).collect();
        if reaches(&follows, added.to, added.from) {
            return Err(Refusal::of(Code::ItemRelationCycle).at("items").allowing(added.from.to_string()));
        }
    }
    Ok(())
}

fn reaches(relations: &[&Relation], from: ItemId, wanted: ItemId) -> bool {
    let mut seen = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(item) = waiting.pop() {
        if item == wanted {
            return true;
        }
        if seen.insert(item) {
            waiting.extend(relations.iter().filter(|one| one.from == item).map(|one| one.to));
        }
    }
    false
}

/// A step on the way to what stands for an item.
pub type Step = Relation;

/// What stands for an item on a day: the steps that lead there, each once, and where they end. An item that nothing stands for ends at itself.
pub fn path(relations: &[Relation], item: ItemId, on: Day) -> (Vec<Step>, Vec<ItemId>) {
    let mut by_item: BTreeMap<ItemId, Vec<Step>> = BTreeMap::new();
    for one in relations.iter().filter(|one| one.kind.succeeds() && one.since <= on) {
        by_item.entry(one.from).or_default().push(*one);
    }
    let (mut steps, mut ends, mut seen) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let mut waiting = vec![item];
    while let Some(item) = waiting.pop() {
        if !seen.insert(item) {
            continue;
        }
        match by_item.get(&item) {
            Some(further) => {
                steps.extend(further);
                waiting.extend(further.iter().map(|step| step.to));
            }
            None => {
                ends.insert(item);
            }
        }
    }
    (steps, ends.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;
    use proptest::prelude::*;

    fn relation(from: u128, kind: RelationKind, to: u128, since: i32) -> Relation {
        Relation {
            from: ItemId::from_number(from),
            kind,
            to: ItemId::from_number(to),
            since: Day::from_epoch_days(since),
        }
    }

    #[test]
    fn a_circle_is_refused_across_kinds_of_succession_and_within_others() {
        use RelationKind::{Contains, GenericOf, MergedInto, ReplacedBy, SplitInto};
        let there = [relation(1, ReplacedBy, 2, 0), relation(2, MergedInto, 3, 0)];
        let refused = check_acyclic(&there, &[relation(3, SplitInto, 1, 0)]).unwrap_err();
        assert_eq!(refused.code, Code::ItemRelationCycle);
        assert!(check_acyclic(&there, &[relation(3, GenericOf, 1, 0)]).is_ok());
        assert!(check_acyclic(&there, &[relation(1, SplitInto, 3, 0)]).is_ok(), "two ways are no circle");
        let two = [relation(4, Contains, 5, 0), relation(5, Contains, 4, 0)];
        assert!(check_acyclic(&[], &two).is_err(), "new ones close no circle among themselves");
        assert!(check_acyclic(&[], &[relation(4, Contains, 4, 0)]).is_err());
    }

    #[test]
    fn the_path_ends_where_nothing_stands_for_it() {
        use RelationKind::{MergedInto, SplitInto};
        let there =
            [relation(1, MergedInto, 3, 10), relation(3, SplitInto, 4, 20), relation(3, SplitInto, 5, 20)];
        let ends = |on: i32| {
            let (steps, ends) = path(&there, ItemId::from_number(1), Day::from_epoch_days(on));
            (steps.len(), ends.into_iter().map(Id::number).collect::<Vec<_>>())
        };
        assert_eq!([ends(9), ends(10), ends(20)], [(0, vec![1]), (1, vec![3]), (3, vec![4, 5])]);
    }

    proptest! {
        #[test]
        fn what_is_accepted_has_an_order(pairs in proptest::collection::vec((0..9_u128, 0..9_u128, 0..6_usize), 0..40)) {
            let mut there: Vec<Relation> = Vec::new();
            for (from, to, kind) in pairs {
                let new = relation(from, RelationKind::ALL[kind], to, 0);
                let accepted = check_acyclic(&there, &[new]).is_ok();
                let mut all = there.clone();
                all.push(new);
                prop_assert_eq!(accepted, ordered(&all), "{:?}", all);
                if accepted {
                    there = all;
                }
            }
        }
    }

    /// Kahn: items that nothing leads to are taken away until none is left.
    fn ordered(relations: &[Relation]) -> bool {
        let successions: Vec<Relation> =
            relations.iter().copied().filter(|one| one.kind.succeeds()).collect();
        let others = RelationKind::ALL.iter().filter(|kind| !kind.succeeds());
        let others = others.map(|kind| relations.iter().copied().filter(|one| one.kind == *kind).collect());
        std::iter::once(successions).chain(others).all(|mut left: Vec<Relation>| {
            loop {
                let before = left.len();
                let led_to: BTreeSet<ItemId> = left.iter().map(|one| one.to).collect();
                left.retain(|one| led_to.contains(&one.from));
                if left.len() == before {
                    return left.is_empty();
                }
            }
        })
    }
}
