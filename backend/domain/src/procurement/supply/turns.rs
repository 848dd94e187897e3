//! Whose turn it is: one small machine for whoever plays a selection as it happens and for whoever decides it afterwards.
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Phase;

/// Firms that take slots in turns. The first one takes `first_pick` slots before the turns begin; it ends when everybody has passed one
/// after the other.
#[derive(Clone, Debug)]
pub struct Turns {
    order: Vec<usize>,
    first_pick: u64,
    at: usize,
    passed: usize,
    taken: Vec<Option<usize>>,
}

impl Turns {
    /// Before the first turn of so many slots.
    pub fn begin(order: Vec<usize>, slots: usize, first_pick: u64) -> Turns {
        Turns { order, first_pick, at: 0, passed: 0, taken: vec![None; slots] }
    }

    /// The firm whose turn it is; none at the end.
    pub fn whose(&self) -> Option<usize> {
        let at = if self.first_pick > 0 { 0 } else { self.at };
        self.order.get(at).copied().filter(|_firm| self.passed < self.order.len())
    }

    /// Whether nobody has the slot.
    pub fn is_free(&self, slot: usize) -> bool {
        self.taken.get(slot).is_some_and(Option::is_none)
    }

    /// Gives a free slot to the firm whose turn it is. False, and nothing changes, where there is none.
    pub fn take(&mut self, slot: usize) -> bool {
        let firm = self.whose();
        let Some(free @ None) = self.taken.get_mut(slot) else { return false };
        *free = firm;
        self.passed = 0;
        if self.first_pick > 0 {
            self.first_pick = self.first_pick.saturating_sub(1);
        } else {
            self.step();
        }
        firm.is_some()
    }

    /// The firm whose turn it is takes nothing: it cannot.
    pub fn pass(&mut self) {
        if self.first_pick > 0 {
            self.first_pick = 0;
        } else {
            self.passed = self.passed.saturating_add(1);
            self.step();
        }
    }

    fn step(&mut self) {
        let next = self.at.saturating_add(1);
        self.at = if next < self.order.len() { next } else { 0 };
    }
}

/// What is given out in turns: so many regions, to firms, both by their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// How many regions there are.
    pub regions: usize,
    /// How many firms take part; their numbers are the order of their turns.
    pub firms: usize,
    /// Regions that the first firm takes before the turns begin.
    pub first_pick: u64,
    /// Whether backup suppliers are chosen.
    pub backup: bool,
    /// The regions by volume, largest first, then by name.
    pub by_volume: Vec<usize>,
    /// The contents that some but not all firms quote, ascending.
    pub contents: Vec<ContentField>,
}

/// A content that some but not all firms quote (按规格).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentField {
    /// The content.
    pub content: Decimal,
    /// Who quotes it.
    pub quoting: Vec<usize>,
    /// The regions that want it, by their volume of it, largest first, then by name.
    pub by_volume: Vec<usize>,
}

/// Who has what at the end: firms by region, and by content where the main supplier does not quote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Main suppliers.
    pub main: Vec<Option<usize>>,
    /// Backup suppliers.
    pub backup: Vec<Option<usize>>,
    /// Suppliers of a content in a region.
    pub by_content: BTreeMap<(Decimal, usize), usize>,
}

/// A selection that is being played: main suppliers, then backup suppliers, then content by content.
#[derive(Clone, Debug)]
pub struct Play<'f> {
    field: &'f Field,
    order: Vec<usize>,
    /// 0 for main, 1 for backup, then the contents.
    stage: usize,
    turns: Turns,
    taken: Taken,
}

impl<'f> Play<'f> {
    /// Before the first turn, in that order of firms.
    pub fn begin(field: &'f Field, order: Vec<usize>) -> Play<'f> {
        let turns = Turns::begin(order.clone(), field.regions, field.first_pick);
        let mut play = Play { field, order, stage: 0, turns, taken: Taken::default() };
        play.settle();
        play
    }

    /// The firm whose turn it is, and for what; none at the end.
    pub fn whose(&self) -> Option<(usize, Phase)> {
        self.turns.whose().zip(self.phase())
    }

    /// Whether the firm whose turn it is may take the region now.
    pub fn may_take(&self, region: usize) -> bool {
        let free = self.turns.is_free(region);
        free && match self.stage {
            0 => true,
            1 => self.taken.main.get(region).copied().flatten() != self.turns.whose(),
            _ => self.content().is_some_and(|content| self.lacks(content, region)),
        }
    }

    /// The order in which regions are given to whoever names none that is free.
    pub fn default_order(&self) -> &'f [usize] {
        match self.stage {
            0 | 1 => &self.field.by_volume,
            _ => self.content().map_or(&[], |content| &content.by_volume),
        }
    }

    /// Gives the region to the firm whose turn it is. False, and nothing changes, where it may not take it.
    pub fn take(&mut self, region: usize) -> bool {
        let took = self.may_take(region) && self.turns.take(region);
        self.settle();
        took
    }

    /// The firm whose turn it is has nothing that it may take.
    pub fn pass(&mut self) {
        self.turns.pass();
        self.settle();
    }

    /// Who has what by now.
    pub fn taken(mut self) -> Taken {
        self.harvest();
        self.taken
    }

    fn phase(&self) -> Option<Phase> {
        match self.stage {
            0 => Some(Phase::Main),
            1 => Some(Phase::Backup),
            _ => self.content().map(|content| Phase::Content(content.content)),
        }
    }

    fn content(&self) -> Option<&'f ContentField> {
        self.field.contents.get(self.stage.checked_sub(2)?)
    }

    /// Whether a region wants a content that its main supplier does not quote.
    fn lacks(&self, content: &ContentField, region: usize) -> bool {
        let main = self.taken.main.get(region).copied().flatten();
        content.by_volume.contains(&region) && main.is_none_or(|main| !content.quoting.contains(&main))
    }

    /// Goes on to the stage where somebody has a turn, or to the end.
    fn settle(&mut self) {
        while self.turns.whose().is_none() && self.phase().is_some() {
            self.harvest();
            self.stage = self.stage.saturating_add(1);
            let order = match (self.stage, self.content()) {
                (1, _) if self.field.backup => self.order.clone(),
                (_, Some(content)) => {
                    self.order.iter().copied().filter(|firm| content.quoting.contains(firm)).collect()
                }
                (_, None) => Vec::new(),
            };
            self.turns = Turns::begin(order, self.field.regions, 0);
        }
    }

    fn harvest(&mut self) {
        let slots = self.turns.taken.clone();
        match self.phase() {
            Some(Phase::Main) => self.taken.main = slots,
            Some(Phase::Backup) => self.taken.backup = slots,
            Some(Phase::Content(content)) => {
                let given = slots.into_iter().enumerate();
                self.taken
                    .by_content
                    .extend(given.filter_map(|(region, firm)| Some(((content, region), firm?))));
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lets each firm take the first free slot of its wishes.
    fn played(wishes: &[Vec<usize>], slots: usize, first_pick: u64) -> Vec<Option<usize>> {
        let mut turns = Turns::begin((0..wishes.len()).collect(), slots, first_pick);
        while let Some(firm) = turns.whose() {
            match wishes[firm].iter().find(|slot| turns.is_free(**slot)) {
                Some(slot) => assert!(turns.take(*slot)),
                None => turns.pass(),
            }
        }
        turns.taken
    }

    #[test]
    fn the_first_takes_its_extra_region_and_the_rest_go_in_turns() {
        let wishes = vec![(0..7).collect::<Vec<usize>>(); 3];
        let taken = played(&wishes, 7, 1);
        assert_eq!(taken, [Some(0), Some(0), Some(1), Some(2), Some(0), Some(1), Some(2)]);
    }

    #[test]
    fn a_firm_that_can_take_nothing_is_passed_over() {
        assert_eq!(played(&[vec![2], vec![0, 1]], 3, 0), [Some(1), Some(1), Some(0)]);
        assert_eq!(played(&[vec![], vec![]], 1, 1), [None]);
        assert_eq!(played(&[], 1, 1), [None]);
    }

    #[test]
    fn what_is_taken_stays_with_whoever_took_it() {
        let mut turns = Turns::begin(vec![0, 1], 2, 0);
        assert!(turns.take(1) && !turns.take(1) && !turns.take(2));
        assert_eq!((turns.whose(), turns.is_free(0)), (Some(1), true));
    }
}
