//! The result of a round: who may see what of it, and how a tie is settled by two persons.
use std::collections::BTreeSet;

use super::decision::{LotStatus, Period};
use super::round::Disclosure;
use crate::errors::{Code, Refusal};
use crate::identity::Reason;
use crate::ids::{DocumentId, LotId, OrganizationId, RoundId, RoundProductId, TieResolutionId, UserId};

/// What somebody may see of bids that are not their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sight {
    /// Which products are selected.
    SelectedNames,
    /// Which are selected, at what price and for what volume.
    SelectedPrices,
    /// Every bid with its price and its reasons.
    Everything,
}

/// What everybody may see, by the round's disclosure rule.
pub const fn public_sight(disclosure: Disclosure) -> Sight {
    match disclosure {
        Disclosure::Everything => Sight::Everything,
        Disclosure::SelectedWithPrices => Sight::SelectedPrices,
        Disclosure::SelectedNames => Sight::SelectedNames,
    }
}

/// Which bids of a round somebody gets to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Viewer {
    /// How much of all bids.
    pub sight: Sight,
    /// Whose own bids are seen whole.
    pub own: Option<OrganizationId>,
}

impl Viewer {
    /// How much of a bid of that organization.
    pub fn of(&self, bidder: OrganizationId) -> Sight {
        if self.own == Some(bidder) { Sight::Everything } else { self.sight }
    }
}

/// A lot's decision, as it is kept and shown. Prices are printed: exact ratios to six places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotOutcome {
    /// The lot.
    pub lot: LotId,
    /// Its place in the round, from 1.
    pub place: i32,
    /// Whether it is decided.
    pub status: LotStatus,
    /// Groups with a valid bid.
    pub qualified_bidders: u64,
    /// How many may be shortlisted.
    pub cap: Option<u64>,
    /// Lowest comparable price that competes for a place.
    pub lowest: Option<String>,
    /// The anchor of the fuse.
    pub anchor: Option<String>,
    /// How long the contracts run.
    pub period: Option<Period>,
}

/// A bid's decision, as it is kept and shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BidOutcome {
    /// The lot.
    pub lot: LotId,
    /// The product.
    pub product: RoundProductId,
    /// Whose it is.
    pub bidder: OrganizationId,
    /// Its place in the lot's result, from 1.
    pub place: i32,
    /// 1 + the competing units ahead; none for a void bid.
    pub rank: Option<u64>,
    /// Not above its ceiling.
    pub valid: bool,
    /// Within the cap.
    pub shortlisted: bool,
    /// Selected.
    pub selected: bool,
    /// In a tie that has to be settled.
    pub tied: bool,
    /// Pack price over units.
    pub unit_price: String,
    /// At the representative content.
    pub comparable_price: String,
    /// The selected price per unit of its own content.
    pub final_price: Option<String>,
    /// The fraction of the reported volume that is agreed.
    pub share: Option<String>,
    /// Agreed volume.
    pub agreed_volume: Option<u64>,
    /// Its reasons as JSON, as in the result as a file.
    pub reasons: String,
}

/// How the tied bids of a round are put in order (抽签或现场确认), by two persons of the office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TieResolution {
    /// Its id.
    pub id: TieResolutionId,
    /// The round.
    pub round: RoundId,
    /// The products of the tied bids, the first one first.
    pub order: Vec<RoundProductId>,
    /// What proves the order: the record of the draw or of what was confirmed on site.
    pub evidence: DocumentId,
    /// How it came about.
    pub explanation: Reason,
    /// Who proposed it.
    pub proposed_by: UserId,
    /// How far it is.
    pub status: TieStatus,
}

/// How far a resolution is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TieStatus {
    /// It waits for a second person.
    Proposed,
    /// A second person confirmed it: the lots are decided with it.
    Confirmed {
        /// Who.
        by: UserId,
    },
    /// A second person rejected it.
    Rejected {
        /// Who.
        by: UserId,
        /// Why.
        reason: Reason,
    },
}

/// What the second person does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TieCommand {
    /// It is so.
    Confirm,
    /// It is not so.
    Reject {
        /// Why.
        reason: Reason,
    },
}

impl TieCommand {
    /// Its name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Reject { .. } => "reject",
        }
    }
}

impl TieStatus {
    /// The stable label, in rows and on the wire.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Proposed => "PROPOSED",
            Self::Confirmed { .. } => "CONFIRMED",
            Self::Rejected { .. } => "REJECTED",
        }
    }

    /// The status of a row. None where the columns are no status.
    pub fn from_row(label: &str, by: Option<UserId>, reason: Option<Reason>) -> Option<Self> {
        match (label, by, reason) {
            ("PROPOSED", None, None) => Some(Self::Proposed),
            ("CONFIRMED", Some(by), None) => Some(Self::Confirmed { by }),
            ("REJECTED", Some(by), Some(reason)) => Some(Self::Rejected { by, reason }),
            _other => None,
        }
    }

    /// Who decided it, and why it was rejected.
    pub const fn decision(&self) -> (Option<UserId>, Option<&Reason>) {
        match self {
            Self::Proposed => (None, None),
            Self::Confirmed { by } => (Some(*by), None),
            Self::Rejected { by, reason } => (Some(*by), Some(reason)),
        }
    }
}

impl TieResolution {
    /// The resolution after the second person's word. Errors: `TIE_STATE`, `SECOND_PERSON_NEEDED` for whoever proposed it.
    pub fn apply(self, command: TieCommand, by: UserId) -> Result<TieResolution, Refusal> {
        if self.status != TieStatus::Proposed {
            return Err(Refusal::of(Code::TieState));
        }
        if self.proposed_by == by {
            return Err(Refusal::of(Code::SecondPersonNeeded));
        }
        let status = match command {
            TieCommand::Confirm => TieStatus::Confirmed { by },
            TieCommand::Reject { reason } => TieStatus::Rejected { by, reason },
        };
        Ok(TieResolution { status, ..self })
    }
}

/// Whether an order names tied products, each once, and of each lot that it names all that are tied.
/// `tied` has the tied products of the round with the number of their lot. Errors: `TIE_ORDER_INVALID`.
pub fn check_order(order: &[RoundProductId], tied: &[(i32, RoundProductId)]) -> Result<(), Refusal> {
    let wrong = || Refusal::of(Code::TieOrderInvalid).at("products");
    let named: BTreeSet<RoundProductId> = order.iter().copied().collect();
    let known = |product: &RoundProductId| tied.iter().any(|(_lot, other)| other == product);
    if named.is_empty() || named.len() != order.len() || !named.iter().all(known) {
        return Err(wrong());
    }
    let lots: BTreeSet<i32> =
        tied.iter().filter(|(_lot, product)| named.contains(product)).map(|(lot, _product)| *lot).collect();
    let left_out = tied.iter().any(|(lot, product)| lots.contains(lot) && !named.contains(product));
    if left_out { Err(wrong()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    fn product(number: u128) -> RoundProductId {
        RoundProductId::from_number(number)
    }

    fn resolution() -> TieResolution {
        TieResolution {
            id: TieResolutionId::from_number(1),
            round: RoundId::from_number(2),
            order: vec![product(1), product(2)],
            evidence: DocumentId::from_number(3),
            explanation: Reason::parse("抽签").unwrap(),
            proposed_by: UserId::from_number(4),
            status: TieStatus::Proposed,
        }
    }

    #[test]
    fn a_tie_is_settled_by_two_persons_once() {
        let (one, other) = (UserId::from_number(4), UserId::from_number(5));
        let refused = resolution().apply(TieCommand::Confirm, one).unwrap_err();
        assert_eq!(refused.code, Code::SecondPersonNeeded);
        let reason = Reason::parse("记录不清").unwrap();
        assert!(resolution().apply(TieCommand::Reject { reason: reason.clone() }, one).is_err());
        let confirmed = resolution().apply(TieCommand::Confirm, other).unwrap();
        assert_eq!(confirmed.status, TieStatus::Confirmed { by: other });
        let again = confirmed.apply(TieCommand::Reject { reason }, other).unwrap_err();
        assert_eq!(again.code, Code::TieState);
    }

    #[test]
    fn an_order_names_all_that_are_tied_in_its_lots_and_nothing_else() {
        let tied = [(1, product(1)), (1, product(2)), (2, product(3)), (2, product(4))];
        let check = |order: &[u128]| {
            let order: Vec<RoundProductId> = order.iter().copied().map(product).collect();
            check_order(&order, &tied).map_err(|refusal| refusal.code)
        };
        assert_eq!(check(&[2, 1]), Ok(()));
        assert_eq!(check(&[4, 1, 3, 2]), Ok(()));
        for order in [&[][..], &[1], &[1, 1], &[1, 2, 3], &[1, 2, 9]] {
            assert_eq!(check(order), Err(Code::TieOrderInvalid), "{order:?}");
        }
    }
}
