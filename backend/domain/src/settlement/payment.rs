//! Payments of statements to enterprises: in a batch that one person prepares and another approves, answered by the bank one by one.
use super::ledger::{Act, PaymentState};
use crate::errors::{Code, Refusal};
use crate::ids::{Id, LedgerEventId, PaymentId, UserId};

/// What the bank says of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It paid.
    Paid,
    /// It could not pay.
    Failed,
    /// The money came back after it was paid (退票).
    Returned,
}

impl Answer {
    /// Every answer.
    pub const ALL: &[Self] = &[Self::Paid, Self::Failed, Self::Returned];

    /// The stable label, in files and rows: also what the payment's status is after it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Paid => "PAID",
            Self::Failed => "FAILED",
            Self::Returned => "RETURNED",
        }
    }

    /// The answer of that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|answer| answer.label() == label)
    }

    /// In which state a payment is that may be answered like this.
    pub const fn answers(self) -> PaymentState {
        match self {
            Self::Paid | Self::Failed => PaymentState::Instructed,
            Self::Returned => PaymentState::Paid,
        }
    }

    /// What it does to the ledger.
    pub const fn act(self, payment: PaymentId) -> Act {
        match self {
            Self::Paid => Act::Paid { payment },
            Self::Failed => Act::Failed { payment },
            Self::Returned => Act::Returned { payment },
        }
    }

    /// The id of the event: that of the payment with other last bits, so that the same answer is the same event.
    pub fn event(self, payment: PaymentId) -> LedgerEventId {
        let place = match self {
            Self::Paid | Self::Failed => 1,
            Self::Returned => 2,
        };
        LedgerEventId::from_number(payment.number() ^ place)
    }
}

/// The id of the event that tells the bank to pay.
pub fn instruction(payment: PaymentId) -> LedgerEventId {
    LedgerEventId::from_number(payment.number())
}

/// Where a batch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchState {
    /// Somebody put it together.
    Prepared,
    /// Another person approved it: its payments are being booked.
    Approved,
    /// Every payment is booked, and the file may go to the bank.
    Sent,
    /// It was given up before it was approved.
    Voided,
}

impl BatchState {
    /// Every state.
    pub const ALL: &[Self] = &[Self::Prepared, Self::Approved, Self::Sent, Self::Voided];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Prepared => "PREPARED",
            Self::Approved => "APPROVED",
            Self::Sent => "SENT",
            Self::Voided => "VOIDED",
        }
    }

    /// The state of that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.label() == label)
    }

    /// The state once somebody has approved a batch or given it up. Errors: `PAYMENT_BATCH_STATE`, `SECOND_PERSON_NEEDED`.
    pub fn decided(self, prepared_by: UserId, approve: bool, by: UserId) -> Result<Self, Refusal> {
        match self {
            Self::Prepared if approve && by == prepared_by => Err(Refusal::of(Code::SecondPersonNeeded)),
            Self::Prepared => Ok(if approve { Self::Approved } else { Self::Voided }),
            Self::Approved | Self::Sent | Self::Voided => Err(Refusal::of(Code::PaymentBatchState)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_needs_two_and_an_answer_is_one_event() {
        let user = UserId::from_number;
        let prepared = BatchState::Prepared;
        assert_eq!(prepared.decided(user(1), true, user(2)), Ok(BatchState::Approved));
        assert_eq!(prepared.decided(user(1), false, user(1)), Ok(BatchState::Voided));
        assert_eq!(prepared.decided(user(1), true, user(1)).unwrap_err().code, Code::SecondPersonNeeded);
        let again = BatchState::Sent.decided(user(1), true, user(2)).unwrap_err();
        assert_eq!(again.code, Code::PaymentBatchState);
        let payment = PaymentId::from_number(8);
        let ids = [instruction(payment), Answer::Paid.event(payment), Answer::Returned.event(payment)];
        assert_eq!(ids.map(LedgerEventId::number), [8, 9, 10]);
    }
}
