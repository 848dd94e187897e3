//! Labels of a listing (红黄标) and what stops its orders (召回、暂停采购、处罚): effective from the second on which they are set.
use super::rules::ListingRules;
use super::state::ListingState;
use crate::errors::{Code, Refusal};
use crate::identity::Reason;
use crate::ids::{ListingId, ListingMarkId, UserId};
use crate::time::Timestamp;

/// What a mark is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkKind {
    /// 黄标: the price is high.
    Yellow,
    /// 红标: the price is a risk.
    Red,
    /// 召回.
    Recall,
    /// 暂停采购.
    Suspension,
    /// 处罚.
    Sanction,
}

impl MarkKind {
    /// Every kind.
    pub const ALL: &[MarkKind] = &[Self::Yellow, Self::Red, Self::Recall, Self::Suspension, Self::Sanction];

    /// The stable label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Yellow => "YELLOW",
            Self::Red => "RED",
            Self::Recall => "RECALL",
            Self::Suspension => "SUSPENSION",
            Self::Sanction => "SANCTION",
        }
    }

    /// The kind with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.label() == label)
    }

    /// Whether no new order goes in.
    pub fn stops_orders(self, rules: &ListingRules) -> bool {
        match self {
            Self::Yellow => rules.yellow_stops,
            Self::Red => rules.red_stops,
            Self::Recall | Self::Suspension | Self::Sanction => true,
        }
    }
}

/// Who set a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkSource {
    /// A price rule, with a decision about a price.
    Rules,
    /// The office of the region.
    Office,
    /// The regulator.
    Regulator,
}

impl MarkSource {
    /// The stable label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Rules => "RULES",
            Self::Office => "OFFICE",
            Self::Regulator => "REGULATOR",
        }
    }

    /// The source with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        [Self::Rules, Self::Office, Self::Regulator].into_iter().find(|source| source.label() == label)
    }

    /// Whether a side may lift what this one set: the regulator its own, the office its own and what a rule set.
    pub const fn may_be_lifted_by(self, side: MarkSource) -> bool {
        match self {
            Self::Rules | Self::Office => matches!(side, Self::Office),
            Self::Regulator => matches!(side, Self::Regulator),
        }
    }
}

/// A mark of something: of a listing, or a block of a selected product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark<I, O> {
    /// Its id.
    pub id: I,
    /// What it is of.
    pub of: O,
    /// What.
    pub kind: MarkKind,
    /// Who set it.
    pub source: MarkSource,
    /// Why.
    pub reason: Reason,
    /// The person.
    pub set_by: UserId,
    /// From which instant on it is effective.
    pub set_at: Timestamp,
    /// Who lifted it, from when on, and why.
    pub lifted: Option<(UserId, Timestamp, Reason)>,
}

/// A mark of a listing.
pub type ListingMark = Mark<ListingMarkId, ListingId>;

impl<I, O> Mark<I, O> {
    /// Whether it is effective at an instant.
    pub fn stands(&self, at: Timestamp) -> bool {
        self.set_at <= at && self.lifted.as_ref().is_none_or(|(_, lifted, _)| at < *lifted)
    }
}

/// Refuses a new order at an instant, with the reason. Errors: `LISTING_NOT_ORDERABLE`.
pub fn may_order(
    rules: &ListingRules,
    state: &ListingState,
    marks: &[ListingMark],
    at: Timestamp,
) -> Result<(), Refusal> {
    let refusal = |why: String| Err(Refusal::of(Code::ListingNotOrderable).at("listing").allowing(why));
    if !matches!(state, ListingState::Listed { .. }) {
        let reason = state.reason().map(|reason| format!(": {}", reason.as_str())).unwrap_or_default();
        return refusal(format!("{}{reason}", state.label()));
    }
    let stops = marks.iter().filter(|mark| mark.stands(at) && mark.kind.stops_orders(rules));
    // The gravest one is told.
    match stops.max_by_key(|mark| mark.kind) {
        Some(mark) => refusal(format!("{}: {}", mark.kind.label(), mark.reason.as_str())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;
    use crate::listing::rules::listing_preset;

    fn mark(kind: MarkKind, from: i64, to: Option<i64>) -> ListingMark {
        let (by, reason) = (UserId::from_number(1), Reason::parse("批号A可能混入异物").unwrap());
        Mark {
            id: ListingMarkId::from_number(1),
            of: ListingId::from_number(2),
            kind,
            source: MarkSource::Office,
            reason: reason.clone(),
            set_by: by,
            set_at: Timestamp::from_micros(from),
            lifted: to.map(|to| (by, Timestamp::from_micros(to), reason)),
        }
    }

    #[test]
    fn a_stop_is_effective_from_its_instant_to_the_one_before_it_was_lifted() {
        let (rules, listed) = (listing_preset(), ListingState::Listed { at: Timestamp::from_micros(0) });
        let stopped = |marks: &[ListingMark]| -> Vec<i64> {
            let refused = |at: &i64| may_order(&rules, &listed, marks, Timestamp::from_micros(*at)).is_err();
            (9..16).filter(refused).collect()
        };
        for kind in [MarkKind::Recall, MarkKind::Suspension, MarkKind::Sanction, MarkKind::Red] {
            assert_eq!(stopped(&[mark(kind, 11, Some(14))]), [11, 12, 13], "{kind:?}");
        }
        assert!(stopped(&[mark(MarkKind::Yellow, 11, None)]).is_empty());
        assert_eq!(
            stopped(&[mark(MarkKind::Recall, 15, None), mark(MarkKind::Sanction, 9, Some(10))]),
            [9, 15]
        );
    }

    #[test]
    fn the_reason_is_told_and_the_gravest_mark_first() {
        let (rules, at) = (listing_preset(), Timestamp::from_micros(5));
        let told = |state: &ListingState, marks: &[ListingMark]| {
            let refusal = may_order(&rules, state, marks, at).unwrap_err();
            assert_eq!(refusal.code, Code::ListingNotOrderable);
            refusal.allowed.unwrap()
        };
        let listed = ListingState::Listed { at };
        let marks = [mark(MarkKind::Red, 1, None), mark(MarkKind::Recall, 1, None)];
        assert_eq!(told(&listed, &marks), "RECALL: 批号A可能混入异物");
        let reason = Reason::parse("厂家停产").unwrap();
        assert_eq!(told(&ListingState::Delisted { at, reason }, &[]), "DELISTED: 厂家停产");
        assert_eq!(told(&ListingState::Applied, &[]), "APPLIED");
    }

    #[test]
    fn a_side_lifts_what_it_set() {
        use MarkSource::{Office, Regulator, Rules};
        let lifts = |set: MarkSource| [Rules, Office, Regulator].map(|side| set.may_be_lifted_by(side));
        assert_eq!(lifts(Office), [false, true, false]);
        assert_eq!(lifts(Rules), [false, true, false]);
        assert_eq!(lifts(Regulator), [false, false, true]);
    }
}
