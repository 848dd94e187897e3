//! A lot's board: the choices so far and the turn that they lead to.
use super::turns::{Field, Play};
use super::{Phase, Taken};

/// A region that a firm took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The firm's number.
    pub firm: usize,
    /// For what.
    pub phase: Phase,
    /// The region's number.
    pub region: usize,
}

/// A turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Its number, from 1: one more than there are choices.
    pub number: usize,
    /// The firm's number.
    pub firm: usize,
    /// For what it chooses.
    pub phase: Phase,
}

/// Why a choice is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Everything is given out.
    Over,
    /// Somebody has the region, by the choice of that number.
    Taken {
        /// The number, from 1.
        choice: usize,
    },
    /// It is another turn.
    NotYourTurn,
    /// The firm whose turn it is may not take the region.
    Invalid,
}

/// The choices of a lot. Firms that can take nothing are passed over by themselves.
#[derive(Clone, Debug)]
pub struct Board<'f> {
    play: Play<'f>,
    choices: Vec<Choice>,
}

impl<'f> Board<'f> {
    /// A board after those choices; none where they are no choices of this field.
    pub fn after(field: &'f Field, choices: &[Choice]) -> Option<Board<'f>> {
        let play = Play::begin(field, (0..field.firms).collect());
        let mut board = Board { play, choices: Vec::new() };
        board.pass_over();
        for choice in choices {
            let turn = board.turn()?;
            let alike = (turn.firm, turn.phase) == (choice.firm, choice.phase);
            (alike && board.take(choice.region)).then_some(())?;
        }
        Some(board)
    }

    /// The turn; none at the end.
    pub fn turn(&self) -> Option<Turn> {
        let (firm, phase) = self.play.whose()?;
        Some(Turn { number: self.choices.len().saturating_add(1), firm, phase })
    }

    /// What may be taken in this turn, in the order in which it is given to whoever lets the time pass.
    pub fn free(&self) -> Vec<usize> {
        let order = self.play.default_order().iter().copied();
        order.filter(|region| self.play.may_take(*region)).collect()
    }

    /// Takes a region for a firm in the turn that it saw. Errors: why not; whoever comes too late for a region learns who has it.
    pub fn choose(&mut self, firm: usize, seen: usize, region: usize) -> Result<Choice, Fault> {
        let turn = self.turn();
        let phase = turn.map(|turn| turn.phase);
        let known = self.choices.get(seen.saturating_sub(1)).map(|choice| choice.phase);
        let wanted_for = known.or(phase).or(self.choices.last().map(|choice| choice.phase));
        let taken = self
            .choices
            .iter()
            .position(|choice| choice.region == region && Some(choice.phase) == wanted_for);
        if let Some(place) = taken {
            return Err(Fault::Taken { choice: place.saturating_add(1) });
        }
        let turn = turn.ok_or(Fault::Over)?;
        if turn.firm != firm || turn.number != seen {
            return Err(Fault::NotYourTurn);
        }
        let choice = Choice { firm, phase: turn.phase, region };
        if self.take(region) { Ok(choice) } else { Err(Fault::Invalid) }
    }

    /// Takes for the firm whose turn it is the first region of its list that is free, else the first one of the usual order.
    /// None at the end.
    pub fn fall_back(&mut self, list: &[usize]) -> Option<Choice> {
        let turn = self.turn()?;
        let listed = list.iter().copied().find(|region| self.play.may_take(*region));
        let region = listed.or_else(|| self.free().first().copied())?;
        let choice = Choice { firm: turn.firm, phase: turn.phase, region };
        self.take(region).then_some(choice)
    }

    /// The choices.
    pub fn choices(&self) -> &[Choice] {
        &self.choices
    }

    /// Who has what by now.
    pub fn taken(self) -> Taken {
        self.play.taken()
    }

    fn take(&mut self, region: usize) -> bool {
        let Some(turn) = self.turn() else { return false };
        if !self.play.take(region) {
            return false;
        }
        self.choices.push(Choice { firm: turn.firm, phase: turn.phase, region });
        self.pass_over();
        true
    }

    fn pass_over(&mut self) {
        while self.play.whose().is_some() && self.free().is_empty() {
            self.play.pass();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::procurement::supply::ContentField;

    /// Three regions, two firms, the first one picks one before the turns.
    fn field() -> Field {
        Field {
            regions: 3,
            firms: 2,
            first_pick: 1,
            backup: true,
            by_volume: vec![2, 0, 1],
            contents: Vec::new(),
        }
    }

    #[test]
    fn whoever_comes_too_late_learns_which_choice_took_the_region() {
        let field = field();
        let mut board = Board::after(&field, &[]).unwrap();
        assert_eq!(board.choose(1, 1, 0), Err(Fault::NotYourTurn));
        assert_eq!(board.choose(0, 1, 3), Err(Fault::Invalid));
        let first = board.choose(0, 1, 0).unwrap();
        assert_eq!(board.choose(0, 1, 0), Err(Fault::Taken { choice: 1 }), "the other clerk of the firm");
        assert_eq!(board.choose(0, 1, 1), Err(Fault::NotYourTurn), "a turn that is over");
        assert_eq!(board.choose(0, 2, 0), Err(Fault::Taken { choice: 1 }));
        let second = board.choose(0, 2, 2).unwrap();
        let again = Board::after(&field, &[first, second]).unwrap();
        assert_eq!(again.turn(), Some(Turn { number: 3, firm: 1, phase: Phase::Main }));
        assert!(
            Board::after(&field, &[second, first]).is_some() && Board::after(&field, &[first; 2]).is_none()
        );
    }

    #[test]
    fn a_backup_is_not_the_main_supplier_and_who_can_take_nothing_is_passed_over() {
        let field = field();
        let mut board = Board::after(&field, &[]).unwrap();
        for (firm, region) in [(0, 0), (0, 1), (1, 2)] {
            board.choose(firm, board.turn().unwrap().number, region).unwrap();
        }
        assert_eq!(board.turn(), Some(Turn { number: 4, firm: 0, phase: Phase::Backup }));
        assert_eq!(board.free(), [2], "not the own regions");
        assert_eq!(board.choose(0, 4, 0), Err(Fault::Invalid));
        board.choose(0, 4, 2).unwrap();
        board.choose(1, 5, 0).unwrap();
        assert_eq!(board.turn().unwrap().firm, 1, "the other one has nothing left to take");
        board.choose(1, 6, 1).unwrap();
        assert_eq!((board.turn(), board.choose(1, 7, 1)), (None, Err(Fault::Taken { choice: 6 })));
    }

    #[test]
    fn a_firm_that_lets_its_time_pass_gets_the_first_free_one_of_its_list_or_of_the_usual_order() {
        let field = field();
        let mut board = Board::after(&field, &[]).unwrap();
        assert_eq!(board.fall_back(&[1, 0]).unwrap().region, 1);
        assert_eq!(board.fall_back(&[1]).unwrap().region, 2);
        assert_eq!(board.fall_back(&[]).unwrap().region, 0);
    }

    fn permutation(count: usize) -> impl Strategy<Value = Vec<usize>> {
        Just((0..count).collect::<Vec<usize>>()).prop_shuffle()
    }

    fn a_field() -> impl Strategy<Value = (Field, Vec<Vec<usize>>)> {
        (1..8_usize, 1..6_usize, 0..3_u64, any::<bool>()).prop_flat_map(
            |(regions, firms, first_pick, backup)| {
                let content = (
                    proptest::sample::subsequence((0..firms).collect::<Vec<usize>>(), 0..firms),
                    permutation(regions),
                );
                let wishes = proptest::collection::vec(permutation(regions), firms);
                (permutation(regions), proptest::collection::vec(content, 0..3), wishes).prop_map(
                    move |(by_volume, contents, wishes)| {
                        let contents =
                            (1_u32..).zip(contents).filter(|(_, (quoting, _))| !quoting.is_empty());
                        let contents = contents.map(|(content, (quoting, by_volume))| ContentField {
                            content: content.into(),
                            quoting,
                            by_volume,
                        });
                        let contents = contents.collect();
                        (Field { regions, firms, first_pick, backup, by_volume, contents }, wishes)
                    },
                )
            },
        )
    }

    proptest! {
        #[test]
        fn everything_that_somebody_may_take_is_taken_once((field, wishes) in a_field()) {
            let mut board = Board::after(&field, &[]).unwrap();
            while let Some(turn) = board.turn() {
                let free = board.free();
                let choice = board.fall_back(&wishes[turn.firm]).unwrap();
                prop_assert!(free.contains(&choice.region));
            }
            let again = Board::after(&field, board.choices()).unwrap();
            prop_assert!(again.turn().is_none());
            let taken = again.taken();
            prop_assert!(taken.main.iter().all(Option::is_some), "every region has a main supplier");
            for (main, backup) in taken.main.iter().zip(&taken.backup) {
                prop_assert!(backup.is_none() || main != backup);
            }
            prop_assert_eq!(taken.backup.iter().flatten().count() > 0, field.backup && field.firms > 1);
            for ((content, region), firm) in &taken.by_content {
                let of_content = field.contents.iter().find(|known| known.content == *content).unwrap();
                prop_assert!(of_content.quoting.contains(firm));
                prop_assert!(!of_content.quoting.contains(&taken.main[*region].unwrap()));
            }
        }
    }
}
