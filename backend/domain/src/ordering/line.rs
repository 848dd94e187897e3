//! 采购明细, a line of an order: how far it is, and how many packs are where. One function moves it.
use rust_decimal::Decimal;

use super::counts::in_representative;
use super::quantity::within;
use crate::errors::{Code, Refusal};
use crate::identity::Reason;

/// Packs of a line. Each that was ordered is cancelled or still wanted; what is wanted is confirmed, shipped, taken or rejected in turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantities {
    /// What the hospital ordered.
    pub ordered: u64,
    /// What the seller promised.
    pub confirmed: u64,
    /// What will not come: refused, not confirmed, cancelled, or given up by the seller.
    pub cancelled: u64,
    /// What was sent.
    pub shipped: u64,
    /// What the hospital took.
    pub accepted: u64,
    /// What it sent back at the door.
    pub rejected: u64,
    /// What it took and gave back later.
    pub returned: u64,
}

impl Quantities {
    /// What the hospital gets or still waits for; what of a ration the line holds.
    pub const fn wanted(&self) -> u64 {
        self.ordered.saturating_sub(self.cancelled).saturating_sub(self.rejected)
    }

    /// What may still be sent.
    pub const fn to_ship(&self) -> u64 {
        let promised = self.confirmed;
        let alive = self.ordered.saturating_sub(self.cancelled);
        let most = if promised < alive { promised } else { alive };
        most.saturating_sub(self.shipped)
    }

    /// What is on its way, or at the door.
    pub const fn to_decide(&self) -> u64 {
        self.shipped.saturating_sub(self.accepted).saturating_sub(self.rejected)
    }

    /// What the hospital took and still has.
    pub const fn kept(&self) -> u64 {
        self.accepted.saturating_sub(self.returned)
    }

    /// Whether nothing more will happen but returns.
    const fn settled(&self) -> bool {
        self.to_ship() == 0 && self.to_decide() == 0
    }
}

/// How far a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// It is being written.
    Draft,
    /// 待确认: the seller has to answer.
    Placed,
    /// 已确认.
    Confirmed,
    /// 已拒绝: the seller does not deliver it.
    Refused,
    /// 配送中: something was sent.
    Shipped,
    /// 已送达: something arrived and waits for acceptance.
    Delivered,
    /// 部分验收: something was taken, and something was rejected or is still to come.
    AcceptedInPart,
    /// 已验收: all that comes was taken.
    Accepted,
    /// 已退货: all that was taken went back.
    Returned,
    /// 已关闭: nothing came, or all of it was rejected.
    Closed,
    /// 已撤销: the hospital cancelled it before anything was sent.
    Cancelled,
}

impl Status {
    /// Every status.
    pub const ALL: &[Status] = &[
        Self::Draft,
        Self::Placed,
        Self::Confirmed,
        Self::Refused,
        Self::Shipped,
        Self::Delivered,
        Self::AcceptedInPart,
        Self::Accepted,
        Self::Returned,
        Self::Closed,
        Self::Cancelled,
    ];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Placed => "PLACED",
            Self::Confirmed => "CONFIRMED",
            Self::Refused => "REFUSED",
            Self::Shipped => "SHIPPED",
            Self::Delivered => "DELIVERED",
            Self::AcceptedInPart => "ACCEPTED_IN_PART",
            Self::Accepted => "ACCEPTED",
            Self::Returned => "RETURNED",
            Self::Closed => "CLOSED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// The status with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.label() == label)
    }
}

/// What can happen to a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// The hospital places it.
    Place,
    /// The seller promises so many packs; for fewer than ordered, with the reason.
    Confirm {
        /// How many.
        packs: u64,
        /// Why no more.
        reason: Option<Reason>,
    },
    /// The seller does not deliver.
    Refuse {
        /// Why.
        reason: Reason,
    },
    /// The hospital does without it.
    Cancel {
        /// Why.
        reason: Reason,
    },
    /// The seller sends so many packs.
    Ship {
        /// How many.
        packs: u64,
    },
    /// Something that was sent arrived.
    Arrive,
    /// The hospital takes some of what was sent, and rejects some.
    Accept {
        /// How many packs it takes.
        accepted: u64,
        /// How many it rejects.
        rejected: u64,
    },
    /// The seller sends no more.
    Close {
        /// Why.
        reason: Reason,
    },
    /// The hospital gives so many packs back that it took.
    Return {
        /// How many.
        packs: u64,
    },
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// How far it is.
    pub status: Status,
    /// How many packs are where.
    pub packs: Quantities,
    /// Smallest units in a pack, when it was ordered.
    pub pack_units: u64,
    /// Of an added pack, the content of its unit and that of the selected product's, which volumes are told in.
    pub content: Option<(Decimal, Decimal)>,
    /// Why it was refused or cancelled, or why less comes.
    pub reason: Option<Reason>,
}

impl Line {
    /// A line that is being written.
    pub fn draft(ordered: u64, pack_units: u64) -> Line {
        let packs = Quantities { ordered, ..Quantities::default() };
        Line { status: Status::Draft, packs, pack_units, content: None, reason: None }
    }

    /// So many of its packs in smallest units of the selected product: whole ones of all of them together, so that what packs add one after
    /// the other is what they come to.
    pub fn units(&self, packs: u64) -> u64 {
        in_representative(packs.saturating_mul(self.pack_units), self.content)
    }

    /// The line after the command. Errors: `ORDER_LINE_STATE`, `CONFIRMATION_EXCEEDS`, `SHIPMENT_EXCEEDS`, `ACCEPTANCE_EXCEEDS`,
    /// `RETURN_EXCEEDS`, `PACK_UNIT_SLIP`, `REASON_MISSING` where less is confirmed without one.
    pub fn next(&self, command: Command) -> Result<Line, Refusal> {
        use Command as C;
        use Status as S;
        let now = self.packs;
        match (self.status, command) {
            (S::Draft, C::Place) => Ok(Line { status: S::Placed, ..self.clone() }),
            (S::Placed, C::Confirm { packs, reason }) => self.confirmed(packs, reason),
            (S::Placed, C::Refuse { reason }) => Ok(self.ended(S::Refused, reason)),
            (S::Placed | S::Confirmed, C::Cancel { reason }) => Ok(self.ended(S::Cancelled, reason)),
            (S::Confirmed | S::Shipped | S::Delivered | S::AcceptedInPart, C::Ship { packs }) => {
                within(packs, now.to_ship(), self.pack_units, Code::ShipmentExceeds)?;
                let packs = Quantities { shipped: now.shipped.saturating_add(packs), ..now };
                Ok(Line { status: S::Shipped, packs, ..self.clone() })
            }
            (S::Shipped | S::Delivered | S::AcceptedInPart, C::Arrive) if now.to_decide() > 0 => {
                Ok(Line { status: S::Delivered, ..self.clone() })
            }
            (S::Shipped | S::Delivered | S::AcceptedInPart, C::Accept { accepted, rejected }) => {
                let decided = accepted.saturating_add(rejected);
                within(decided, now.to_decide(), self.pack_units, Code::AcceptanceExceeds)?;
                let accepted = now.accepted.saturating_add(accepted);
                let rejected = now.rejected.saturating_add(rejected);
                Ok(self.come_to(Quantities { accepted, rejected, ..now }))
            }
            (S::Confirmed | S::Shipped | S::Delivered | S::AcceptedInPart, C::Close { reason })
                if now.to_ship() > 0 =>
            {
                let cancelled = now.cancelled.saturating_add(now.to_ship());
                let closed = Line { reason: Some(reason), ..self.clone() };
                Ok(closed.come_to(Quantities { cancelled, ..now }))
            }
            (S::Shipped | S::Delivered | S::AcceptedInPart | S::Accepted, C::Return { packs }) => {
                within(packs, now.kept(), self.pack_units, Code::ReturnExceeds)?;
                let returned = now.returned.saturating_add(packs);
                Ok(self.come_to(Quantities { returned, ..now }))
            }
            (
                S::Draft
                | S::Placed
                | S::Confirmed
                | S::Refused
                | S::Shipped
                | S::Delivered
                | S::AcceptedInPart
                | S::Accepted
                | S::Returned
                | S::Closed
                | S::Cancelled,
                C::Place
                | C::Confirm { .. }
                | C::Refuse { .. }
                | C::Cancel { .. }
                | C::Ship { .. }
                | C::Arrive
                | C::Accept { .. }
                | C::Close { .. }
                | C::Return { .. },
            ) => {
                Err(Refusal::of(Code::OrderLineState).allowing(format!("not while {}", self.status.label())))
            }
        }
    }

    fn confirmed(&self, packs: u64, reason: Option<Reason>) -> Result<Line, Refusal> {
        let now = self.packs;
        within(packs, now.ordered, self.pack_units, Code::ConfirmationExceeds)?;
        if packs == 0 || (packs < now.ordered && reason.is_none()) {
            return Err(Refusal::of(Code::ReasonMissing).at("reason").allowing("why not all of it comes"));
        }
        let cancelled = now.ordered.saturating_sub(packs);
        let packs = Quantities { confirmed: packs, cancelled, ..now };
        Ok(Line { status: Status::Confirmed, packs, reason, ..self.clone() })
    }

    fn ended(&self, status: Status, reason: Reason) -> Line {
        let packs = Quantities { cancelled: self.packs.ordered, ..self.packs };
        Line { status, packs, reason: Some(reason), ..self.clone() }
    }

    /// With those quantities: where nothing more is to come, what it came to; while something is, what it is now.
    fn come_to(&self, packs: Quantities) -> Line {
        let on_its_way = matches!(self.status, Status::Shipped | Status::Delivered)
            && packs.accepted == self.packs.accepted;
        let status = if !packs.settled() {
            if on_its_way { self.status } else { Status::AcceptedInPart }
        } else if packs.accepted == 0 {
            Status::Closed
        } else if packs.kept() == 0 {
            Status::Returned
        } else if packs.rejected > 0 {
            Status::AcceptedInPart
        } else {
            Status::Accepted
        };
        Line { status, packs, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason() -> Reason {
        Reason::parse("缺货").unwrap()
    }

    fn commands() -> Vec<Command> {
        vec![
            Command::Place,
            Command::Confirm { packs: 10, reason: None },
            Command::Refuse { reason: reason() },
            Command::Cancel { reason: reason() },
            Command::Ship { packs: 4 },
            Command::Arrive,
            Command::Accept { accepted: 3, rejected: 1 },
            Command::Close { reason: reason() },
            Command::Return { packs: 3 },
        ]
    }

    fn told(line: &Line) -> Vec<&'static str> {
        let next = |command| match line.next(command) {
            Ok(next) => next.status.label(),
            Err(refusal) => refusal.code.spec().name,
        };
        commands().into_iter().map(next).collect()
    }

    #[test]
    fn every_state_answers_every_command() {
        const NO: &str = "ORDER_LINE_STATE";
        const MANY: &str = "SHIPMENT_EXCEEDS";
        const TAKEN: &str = "ACCEPTANCE_EXCEEDS";
        const BACK: &str = "RETURN_EXCEEDS";
        let draft = Line::draft(10, 24);
        let after = |line: &Line, command: usize| line.next(commands().swap_remove(command)).unwrap();
        let placed = after(&draft, 0);
        let confirmed = after(&placed, 1);
        let shipped = after(&confirmed, 4);
        let delivered = after(&shipped, 5);
        let in_part = after(&delivered, 6);
        let part = "ACCEPTED_IN_PART";
        assert_eq!(told(&draft), ["PLACED", NO, NO, NO, NO, NO, NO, NO, NO]);
        assert_eq!(told(&placed), [NO, "CONFIRMED", "REFUSED", "CANCELLED", NO, NO, NO, NO, NO]);
        assert_eq!(told(&confirmed), [NO, NO, NO, "CANCELLED", "SHIPPED", NO, NO, "CLOSED", NO]);
        assert_eq!(told(&shipped), [NO, NO, NO, NO, "SHIPPED", "DELIVERED", part, "SHIPPED", BACK]);
        assert_eq!(told(&delivered), [NO, NO, NO, NO, "SHIPPED", "DELIVERED", part, "DELIVERED", BACK]);
        assert_eq!(told(&in_part), [NO, NO, NO, NO, "SHIPPED", NO, TAKEN, part, part]);
        let closed = after(&in_part, 7);
        assert_eq!(told(&closed), [NO, NO, NO, NO, MANY, NO, TAKEN, NO, "RETURNED"]);
        let whole = confirmed.next(Command::Ship { packs: 10 }).unwrap();
        let whole = whole.next(Command::Accept { accepted: 10, rejected: 0 }).unwrap();
        assert_eq!(told(&whole), [NO, NO, NO, NO, NO, NO, NO, NO, "ACCEPTED"]);
        for end in [after(&placed, 2), after(&placed, 3), after(&confirmed, 7), after(&closed, 8)] {
            assert_eq!(told(&end), [NO; 9], "{:?}", end.status);
        }
    }

    #[test]
    fn fewer_packs_are_confirmed_with_a_reason_and_more_never() {
        let placed = Line::draft(10, 24).next(Command::Place).unwrap();
        let code = |packs, reason| placed.next(Command::Confirm { packs, reason }).unwrap_err().code;
        assert_eq!(code(11, None), Code::ConfirmationExceeds);
        assert_eq!(code(240, None), Code::PackUnitSlip);
        assert_eq!(code(9, None), Code::ReasonMissing);
        assert_eq!(code(0, Some(reason())), Code::ReasonMissing);
        let fewer = placed.next(Command::Confirm { packs: 9, reason: Some(reason()) }).unwrap();
        assert_eq!((fewer.packs.confirmed, fewer.packs.cancelled, fewer.packs.wanted()), (9, 1, 9));
        assert_eq!(fewer.next(Command::Ship { packs: 10 }).unwrap_err().code, Code::ShipmentExceeds);
    }

    #[test]
    fn labels_are_read_back() {
        for status in Status::ALL {
            assert_eq!(Status::from_label(status.label()), Some(*status));
        }
    }
}
