//! Random histories of a line and a ration, played on the state machine and on a list of single packs that knows nothing of it.
#![expect(clippy::arithmetic_side_effects, reason = "small numbers of packs")]

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::counts::Counts;
use super::line::{Command, Line, Quantities, Status};
use crate::identity::Reason;

/// Where a pack is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pack {
    Ordered,
    Confirmed,
    Cancelled,
    Shipped,
    Accepted,
    Rejected,
    Returned,
}

/// A line as single packs.
#[derive(Clone, Debug)]
struct Packs(Vec<Pack>);

impl Packs {
    fn count(&self, pack: Pack) -> u64 {
        u64::try_from(self.0.iter().filter(|one| **one == pack).count()).unwrap()
    }

    /// Moves so many packs; false, and nothing moves, where there are fewer.
    fn moves(&mut self, from: Pack, to: Pack, packs: u64) -> bool {
        if self.count(from) < packs {
            return false;
        }
        let packs = usize::try_from(packs).unwrap();
        self.0.iter_mut().filter(|one| **one == from).take(packs).for_each(|one| *one = to);
        true
    }

    fn all(&mut self, from: Pack, to: Pack) {
        self.0.iter_mut().filter(|one| **one == from).for_each(|one| *one = to);
    }

    fn seen(&self) -> Quantities {
        let n = |pack| self.count(pack);
        let taken = n(Pack::Accepted) + n(Pack::Returned);
        Quantities {
            ordered: u64::try_from(self.0.len()).unwrap(),
            // What was promised and given up later stays promised: told apart below.
            confirmed: 0,
            cancelled: n(Pack::Cancelled),
            shipped: n(Pack::Shipped) + taken + n(Pack::Rejected),
            accepted: taken,
            rejected: n(Pack::Rejected),
            returned: n(Pack::Returned),
        }
    }
}

fn plays(packs: &mut Packs, command: &Command) -> bool {
    let (ordered, promised) = (packs.count(Pack::Ordered), packs.count(Pack::Confirmed));
    let untouched =
        packs.0.iter().all(|pack| matches!(pack, Pack::Ordered | Pack::Confirmed | Pack::Cancelled));
    match command {
        Command::Place => false,
        Command::Confirm { packs: some, .. } => {
            *some > 0 && ordered > 0 && packs.moves(Pack::Ordered, Pack::Confirmed, *some) && {
                packs.all(Pack::Ordered, Pack::Cancelled);
                true
            }
        }
        Command::Refuse { .. } => {
            ordered > 0 && {
                packs.all(Pack::Ordered, Pack::Cancelled);
                true
            }
        }
        Command::Cancel { .. } => {
            untouched && ordered + promised > 0 && {
                packs.all(Pack::Ordered, Pack::Cancelled);
                packs.all(Pack::Confirmed, Pack::Cancelled);
                true
            }
        }
        Command::Ship { packs: some } => packs.moves(Pack::Confirmed, Pack::Shipped, *some),
        Command::Arrive => packs.count(Pack::Shipped) > 0,
        Command::Accept { accepted, rejected } => {
            packs.count(Pack::Shipped) >= accepted + rejected
                && packs.moves(Pack::Shipped, Pack::Accepted, *accepted)
                && packs.moves(Pack::Shipped, Pack::Rejected, *rejected)
        }
        Command::Close { .. } => {
            promised > 0 && {
                packs.all(Pack::Confirmed, Pack::Cancelled);
                true
            }
        }
        Command::Return { packs: some } => packs.moves(Pack::Accepted, Pack::Returned, *some),
    }
}

fn command() -> impl Strategy<Value = Command> {
    let reason = || Reason::parse("缺货").unwrap();
    let some = 1..12_u64;
    prop_oneof![
        some.clone().prop_map(move |packs| Command::Confirm { packs, reason: Some(reason()) }),
        Just(Command::Refuse { reason: reason() }),
        Just(Command::Cancel { reason: reason() }),
        some.clone().prop_map(|packs| Command::Ship { packs }),
        some.clone().prop_map(|packs| Command::Ship { packs }),
        Just(Command::Arrive),
        (0..8_u64, 0..3_u64)
            .prop_filter("something", |(accepted, rejected)| accepted + rejected > 0)
            .prop_map(|(accepted, rejected)| Command::Accept { accepted, rejected }),
        Just(Command::Close { reason: reason() }),
        some.prop_map(|packs| Command::Return { packs }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_line_is_its_packs_and_a_ration_what_its_lines_want(
        ordered in 1..12_u64,
        (own, selected) in (1..5_u32, 1..5_u32),
        commands in proptest::collection::vec(command(), 0..30),
    ) {
        // An added pack: ten of its units are as many of the selected product's as their content makes, whole ones.
        let content = (own != selected).then(|| (Decimal::from(own), Decimal::from(selected)));
        let units = |packs: u64| packs * 10 * u64::from(own) / u64::from(selected);
        let draft = Line { content, ..Line::draft(ordered, 10) };
        let mut line = draft.next(Command::Place).unwrap();
        let mut packs = Packs(vec![Pack::Ordered; usize::try_from(ordered).unwrap()]);
        // A ration of 1,000 packs, of which this line took its own.
        let mut left = 1_000 - ordered;
        // The same in units of the selected product, and a filing that is drawn on in packs.
        let mut left_units = 1_000_000 - units(ordered);
        let mut drawn = ordered;
        let mut counts = Counts::placed(&line);
        for command in commands {
            let mut played = packs.clone();
            let may = plays(&mut played, &command);
            match line.next(command.clone()) {
                Ok(next) => {
                    prop_assert!(may, "{command:?} of {line:?}");
                    left += line.packs.wanted() - next.packs.wanted();
                    left_units += line.units(line.packs.wanted()) - next.units(next.packs.wanted());
                    drawn -= line.packs.wanted() - next.packs.wanted();
                    counts = counts.and(Counts::between(&line, &next));
                    (line, packs) = (next, played);
                }
                Err(refusal) => prop_assert!(!may, "{command:?} of {line:?}: {refusal:?}"),
            }
            let seen = packs.seen();
            prop_assert_eq!(Quantities { confirmed: 0, ..line.packs }, seen);
            let gone = packs.count(Pack::Cancelled) + packs.count(Pack::Rejected);
            prop_assert_eq!(left, 1_000 - ordered + gone, "given back once");
            prop_assert_eq!(left_units, 1_000_000 - units(ordered - gone), "units are given back once, however they are parted");
            prop_assert_eq!(drawn, ordered - gone);
            let taken = packs.count(Pack::Accepted) + packs.count(Pack::Returned);
            prop_assert_eq!(counts.bought(), units(taken) - units(packs.count(Pack::Returned)));
            prop_assert_eq!(line.packs.to_ship(), packs.count(Pack::Confirmed));
            let over = packs.0.iter().all(|pack| matches!(pack, Pack::Cancelled | Pack::Rejected | Pack::Returned));
            let ends = matches!(line.status, Status::Refused | Status::Cancelled | Status::Closed | Status::Returned);
            prop_assert_eq!(over, ends, "{:?}", line);
        }
    }
}
