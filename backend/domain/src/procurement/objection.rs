//! 公示与异议: how long the results of a round lie open, and what participants say against them.
use std::collections::BTreeSet;

use crate::errors::{Code, Refusal};
use crate::identity::{Reason, Version};
use crate::ids::{DocumentId, LotId, ObjectionId, OrganizationId, RoundId, RoundProductId, UserId};
use crate::time::Timestamp;

/// Documents that an objection may name.
pub const DOCUMENTS_MAX: usize = 20;

/// Until when the results may be objected to, and until when no contract is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The end of the time for objections.
    pub objections_until: Timestamp,
    /// The end of the standstill, which is common to the whole round.
    pub standstill_until: Timestamp,
}

impl Terms {
    /// Terms that lie ahead, in order. Errors: `DATE_INVALID`.
    pub fn ahead(self, now: Timestamp) -> Result<Terms, Refusal> {
        let at = |field| Refusal::of(Code::DateInvalid).at(field);
        if self.objections_until <= now {
            return Err(at("objectionsUntil"));
        }
        if self.standstill_until < self.objections_until {
            return Err(at("standstillUntil"));
        }
        Ok(self)
    }
}

/// A published notice of results, of all lots or of those that were decided again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The round.
    pub round: RoundId,
    /// Which notice of the round, from 1.
    pub edition: i32,
    /// Its lots.
    pub lots: Vec<LotId>,
    /// How long it runs.
    pub terms: Terms,
    /// Who published it.
    pub published_by: UserId,
    /// When.
    pub published_at: Timestamp,
}

/// The newest of the notices of a round that has the lot.
pub fn notice_of(notices: &[Notice], lot: LotId) -> Option<&Notice> {
    let of_lot = notices.iter().filter(|notice| notice.lots.contains(&lot));
    of_lot.max_by_key(|notice| notice.edition)
}

/// Whether those lots may be objected to. Errors: `OBJECTION_INVALID` where one has no notice, `OBJECTION_LATE`.
pub fn may_object(notices: &[Notice], lots: &[LotId], now: Timestamp) -> Result<(), Refusal> {
    let distinct: BTreeSet<LotId> = lots.iter().copied().collect();
    let invalid = || Refusal::of(Code::ObjectionInvalid).at("lots");
    if lots.is_empty() || distinct.len() != lots.len() {
        return Err(invalid());
    }
    for lot in lots {
        let notice = notice_of(notices, *lot).ok_or_else(invalid)?;
        if now >= notice.terms.objections_until {
            return Err(Refusal::of(Code::ObjectionLate).at("lots"));
        }
    }
    Ok(())
}

/// How far the lots of a round are on their way to its official result.
#[derive(Clone, Copy, Debug)]
pub struct Way<'a> {
    /// The lots that no part of the official result has yet, in the order of the round.
    pub left: &'a [LotId],
    /// Those that were decided after their newest notice.
    pub redecided: &'a [LotId],
    /// Those that an undecided objection is about.
    pub objected: &'a [LotId],
    /// Whether a rule of the round goes over all its lots, so that what is decided of one may change any other.
    pub joined: bool,
}

/// The lots whose official result may be announced: those whose notice has ended and shows them as they stand, and which no undecided
/// objection is about. Where a rule goes over all lots, it is all of them or none. Errors: `NOTICE_RUNS`, `OBJECTIONS_OPEN` where there is none.
pub fn to_announce(notices: &[Notice], way: &Way<'_>, now: Timestamp) -> Result<Vec<LotId>, Refusal> {
    let ended =
        |lot: &LotId| notice_of(notices, *lot).is_some_and(|notice| notice.terms.objections_until <= now);
    let is_free = |lot: &LotId| ended(lot) && !way.redecided.contains(lot) && !way.objected.contains(lot);
    let free: Vec<LotId> = way.left.iter().copied().filter(is_free).collect();
    if !free.is_empty() && (free.len() == way.left.len() || !way.joined) {
        return Ok(free);
    }
    let objected = way.left.iter().any(|lot| way.objected.contains(lot));
    Err(Refusal::of(if objected { Code::ObjectionsOpen } else { Code::NoticeRuns }))
}

/// The end of the standstill of a round: the latest of its notices'.
pub fn standstill_until(notices: &[Notice]) -> Option<Timestamp> {
    notices.iter().map(|notice| notice.terms.standstill_until).max()
}

/// What a participant says against results (质疑/异议).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// Its id.
    pub id: ObjectionId,
    /// The round.
    pub round: RoundId,
    /// Who objects.
    pub objector: OrganizationId,
    /// The lots that it is about.
    pub lots: Vec<LotId>,
    /// Why.
    pub grounds: Reason,
    /// What supports it.
    pub documents: Vec<DocumentId>,
    /// How far it is.
    pub status: ObjectionStatus,
    /// How often it changed.
    pub version: Version,
}

/// How far an objection is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectionStatus {
    /// It waits for the office, and holds its lots back.
    Submitted,
    /// The objector took it back.
    Withdrawn,
    /// It is right: products lose their selection, and their lots are decided again.
    Upheld {
        /// Who decided.
        by: UserId,
        /// What the objector is told.
        answer: Reason,
        /// The products that no longer count.
        excluded: Vec<RoundProductId>,
    },
    /// It is not right.
    Rejected {
        /// Who decided.
        by: UserId,
        /// What the objector is told.
        answer: Reason,
    },
}

/// What can happen to an objection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectionCommand {
    /// The objector takes it back.
    Withdraw,
    /// The office finds it right.
    Uphold {
        /// Who.
        by: UserId,
        /// The answer.
        answer: Reason,
        /// The products that no longer count.
        excluded: Vec<RoundProductId>,
    },
    /// The office finds it not right.
    Reject {
        /// Who.
        by: UserId,
        /// The answer.
        answer: Reason,
    },
}

impl ObjectionStatus {
    /// The stable label, in rows and on the wire.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Submitted => "SUBMITTED",
            Self::Withdrawn => "WITHDRAWN",
            Self::Upheld { .. } => "UPHELD",
            Self::Rejected { .. } => "REJECTED",
        }
    }

    /// The status of a row. None where the columns are no status.
    pub fn from_row(
        label: &str,
        decided: (Option<UserId>, Option<Reason>),
        excluded: Vec<RoundProductId>,
    ) -> Option<Self> {
        match (label, decided) {
            ("SUBMITTED", (None, None)) => Some(Self::Submitted),
            ("WITHDRAWN", (None, None)) => Some(Self::Withdrawn),
            ("UPHELD", (Some(by), Some(answer))) => Some(Self::Upheld { by, answer, excluded }),
            ("REJECTED", (Some(by), Some(answer))) => Some(Self::Rejected { by, answer }),
            _other => None,
        }
    }

    /// Who decided it, with which answer.
    pub const fn decision(&self) -> Option<(UserId, &Reason)> {
        match self {
            Self::Submitted | Self::Withdrawn => None,
            Self::Upheld { by, answer, .. } | Self::Rejected { by, answer } => Some((*by, answer)),
        }
    }

    /// The products that no longer count.
    pub fn excluded(&self) -> &[RoundProductId] {
        match self {
            Self::Upheld { excluded, .. } => excluded,
            Self::Submitted | Self::Withdrawn | Self::Rejected { .. } => &[],
        }
    }
}

impl Objection {
    /// The objection after the command. Errors: `OBJECTION_STATE` where it is withdrawn or decided already.
    pub fn apply(self, command: ObjectionCommand) -> Result<Objection, Refusal> {
        let status = match (&self.status, command) {
            (ObjectionStatus::Submitted, ObjectionCommand::Withdraw) => ObjectionStatus::Withdrawn,
            (ObjectionStatus::Submitted, ObjectionCommand::Uphold { by, answer, excluded }) => {
                ObjectionStatus::Upheld { by, answer, excluded }
            }
            (ObjectionStatus::Submitted, ObjectionCommand::Reject { by, answer }) => {
                ObjectionStatus::Rejected { by, answer }
            }
            (
                ObjectionStatus::Withdrawn
                | ObjectionStatus::Upheld { .. }
                | ObjectionStatus::Rejected { .. },
                _command,
            ) => return Err(Refusal::of(Code::ObjectionState)),
        };
        Ok(Objection { status, version: self.version.next(), ..self })
    }

    /// Whether those products may be excluded: each once, each one that counts in a lot that the objection is about. `counting` has the
    /// products of the round with their lots. Errors: `OBJECTION_INVALID`.
    pub fn may_exclude(
        &self,
        excluded: &[RoundProductId],
        counting: &[(LotId, RoundProductId)],
    ) -> Result<(), Refusal> {
        let distinct: BTreeSet<RoundProductId> = excluded.iter().copied().collect();
        let of_its_lots = |product: &RoundProductId| {
            counting.iter().any(|(lot, one)| one == product && self.lots.contains(lot))
        };
        let named = !excluded.is_empty() && distinct.len() == excluded.len();
        if named && excluded.iter().all(of_its_lots) {
            return Ok(());
        }
        Err(Refusal::of(Code::ObjectionInvalid).at("products"))
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]
mod tests {
    use super::*;
    use crate::ids::Id;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_micros(hour * 3_600_000_000)
    }

    fn lot(number: u128) -> LotId {
        LotId::from_number(number)
    }

    fn notice(edition: i32, lots: &[u128], hour: i64) -> Notice {
        Notice {
            round: RoundId::from_number(1),
            edition,
            lots: lots.iter().copied().map(lot).collect(),
            terms: Terms { objections_until: at(hour), standstill_until: at(hour + 5) },
            published_by: UserId::from_number(1),
            published_at: at(0),
        }
    }

    fn objection() -> Objection {
        Objection {
            id: ObjectionId::from_number(1),
            round: RoundId::from_number(1),
            objector: OrganizationId::from_number(1),
            lots: vec![lot(1)],
            grounds: Reason::parse("不符").unwrap(),
            documents: Vec::new(),
            status: ObjectionStatus::Submitted,
            version: Version::FIRST,
        }
    }

    #[test]
    fn terms_lie_ahead_in_order() {
        let terms = |objections, standstill| {
            Terms { objections_until: at(objections), standstill_until: at(standstill) }.ahead(at(1)).is_ok()
        };
        assert_eq!([terms(2, 2), terms(1, 2), terms(3, 2)], [true, false, false]);
    }

    #[test]
    fn a_lot_may_be_objected_to_as_long_as_its_newest_notice_runs() {
        let notices = [notice(1, &[1, 2], 5), notice(2, &[2], 9)];
        let objecting = |lots: &[u128], hour| {
            let lots: Vec<LotId> = lots.iter().copied().map(lot).collect();
            may_object(&notices, &lots, at(hour)).map_err(|refusal| refusal.code)
        };
        assert_eq!(objecting(&[1, 2], 4), Ok(()));
        assert_eq!(objecting(&[1], 5), Err(Code::ObjectionLate));
        assert_eq!(objecting(&[2], 8), Ok(()));
        for none in [&[][..], &[3], &[1, 1]] {
            assert_eq!(objecting(none, 4), Err(Code::ObjectionInvalid));
        }
        assert_eq!(standstill_until(&notices), Some(at(14)));
    }

    #[test]
    fn a_lot_is_announced_when_its_notice_has_ended_and_no_objection_holds_it_up() {
        let notices = [notice(1, &[1, 2], 5), notice(2, &[2], 9)];
        let lots = |numbers: &[u128]| numbers.iter().copied().map(lot).collect::<Vec<LotId>>();
        let announcing = |(left, redecided, objected): (&[u128], &[u128], &[u128]), joined, hour| {
            let (left, redecided, objected) = (lots(left), lots(redecided), lots(objected));
            let way = Way { left: &left, redecided: &redecided, objected: &objected, joined };
            to_announce(&notices, &way, at(hour)).map_err(|refusal| refusal.code)
        };
        let (none, both): (&[u128], &[u128]) = (&[], &[1, 2]);
        for (way, hour, apart, joined) in [
            ((both, none, none), 9, Ok(both), Ok(both)),
            ((both, none, none), 8, Ok(&[1][..]), Err(Code::NoticeRuns)),
            ((both, none, none), 4, Err(Code::NoticeRuns), Err(Code::NoticeRuns)),
            ((both, &[1][..], none), 9, Ok(&[2]), Err(Code::NoticeRuns)),
            ((both, none, &[1][..]), 9, Ok(&[2]), Err(Code::ObjectionsOpen)),
            ((both, none, both), 9, Err(Code::ObjectionsOpen), Err(Code::ObjectionsOpen)),
            ((&[2], none, none), 9, Ok(&[2]), Ok(&[2])),
            ((&[2], none, none), 8, Err(Code::NoticeRuns), Err(Code::NoticeRuns)),
            ((&[1, 2, 3], none, none), 9, Ok(both), Err(Code::NoticeRuns)),
        ] {
            assert_eq!(announcing(way, false, hour), apart.map(lots), "{way:?} at {hour}");
            assert_eq!(announcing(way, true, hour), joined.map(lots), "{way:?} at {hour}, joined");
        }
    }

    #[test]
    fn an_objection_is_decided_or_withdrawn_once() {
        let (by, answer) = (UserId::from_number(2), Reason::parse("属实").unwrap());
        let excluded = vec![RoundProductId::from_number(1)];
        let commands = [
            ObjectionCommand::Withdraw,
            ObjectionCommand::Uphold { by, answer: answer.clone(), excluded: excluded.clone() },
            ObjectionCommand::Reject { by, answer: answer.clone() },
        ];
        for command in &commands {
            let after = objection().apply(command.clone()).unwrap();
            let read = ObjectionStatus::from_row(
                after.status.label(),
                (
                    after.status.decision().map(|(by, _)| by),
                    after.status.decision().map(|(_, answer)| answer.clone()),
                ),
                after.status.excluded().to_vec(),
            );
            assert_eq!(read.as_ref(), Some(&after.status));
            for again in &commands {
                assert_eq!(after.clone().apply(again.clone()).unwrap_err().code, Code::ObjectionState);
            }
        }
    }

    #[test]
    fn what_is_excluded_counts_in_a_lot_of_the_objection() {
        let product = RoundProductId::from_number;
        let counting = [(lot(1), product(1)), (lot(2), product(2))];
        let may = |excluded: &[u128]| {
            let excluded: Vec<RoundProductId> = excluded.iter().copied().map(product).collect();
            objection().may_exclude(&excluded, &counting).is_ok()
        };
        assert_eq!(
            [may(&[1]), may(&[2]), may(&[]), may(&[1, 1]), may(&[3])],
            [true, false, false, false, false]
        );
    }
}
