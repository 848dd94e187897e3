//! What hospitals pay enterprises themselves, outside direct settlement (渠道外支付): told by the hospital, answered by the enterprise.
use super::money::Money;
use crate::errors::{Code, Refusal};
use crate::identity::Reason;
use crate::ids::UserId;

/// Acceptances that one payment may be for.
pub const OUTSIDE_LINES_MAX: usize = 500;

/// Where such a payment stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutsideState {
    /// The hospital says that it paid.
    Reported,
    /// The enterprise has it.
    Confirmed {
        /// Who says so.
        by: UserId,
    },
    /// The enterprise does not have it.
    Denied {
        /// Who says so.
        by: UserId,
        /// Why.
        reason: Reason,
    },
}

/// What the enterprise answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutsideCommand {
    /// The money came.
    Confirm,
    /// It did not.
    Deny(Reason),
}

impl OutsideState {
    /// The stable label, in rows and on the wire.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Reported => "REPORTED",
            Self::Confirmed { .. } => "CONFIRMED",
            Self::Denied { .. } => "DENIED",
        }
    }

    /// The state as rows keep it.
    pub fn from_row(label: &str, by: Option<UserId>, reason: Option<Reason>) -> Option<Self> {
        match (label, by, reason) {
            ("REPORTED", None, None) => Some(Self::Reported),
            ("CONFIRMED", Some(by), None) => Some(Self::Confirmed { by }),
            ("DENIED", Some(by), Some(reason)) => Some(Self::Denied { by, reason }),
            _ => None,
        }
    }

    /// The state after the enterprise has answered. Errors: `OUTSIDE_PAYMENT_STATE` once it has.
    pub fn next(self, command: OutsideCommand, by: UserId) -> Result<Self, Refusal> {
        match (self, command) {
            (Self::Reported, OutsideCommand::Confirm) => Ok(Self::Confirmed { by }),
            (Self::Reported, OutsideCommand::Deny(reason)) => Ok(Self::Denied { by, reason }),
            (
                state @ (Self::Confirmed { .. } | Self::Denied { .. }),
                OutsideCommand::Confirm | OutsideCommand::Deny(_),
            ) => Err(Refusal::of(Code::OutsidePaymentState).allowing(format!("not while {}", state.label()))),
        }
    }
}

/// What can still be paid of an acceptance outside direct settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    /// What was accepted and kept, less what was paid outside already.
    pub amount: Money,
    /// Whether a statement asks the fund for it.
    pub asked_directly: bool,
}

impl Open {
    /// Holds a payment against it. Errors: `SETTLED_DIRECTLY`, `AMOUNT_INVALID` for nothing or more than is open.
    pub fn take(self, amount: Money) -> Result<(), Refusal> {
        if self.asked_directly {
            return Err(Refusal::of(Code::SettledDirectly).at("acceptance"));
        }
        if amount.is_positive() && amount <= self.amount {
            return Ok(());
        }
        let most = self.amount.max(Money::ZERO);
        Err(Refusal::of(Code::AmountInvalid).at("amount").allowing(format!("0.01 to {most}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    #[test]
    fn a_payment_is_answered_once() {
        let by = UserId::from_number(1);
        let deny = || OutsideCommand::Deny(Reason::parse("未到账").unwrap());
        for first in [OutsideCommand::Confirm, deny()] {
            let answered = OutsideState::Reported.next(first, by).unwrap();
            for second in [OutsideCommand::Confirm, deny()] {
                let refused = answered.clone().next(second, by).unwrap_err();
                assert_eq!(refused.code, Code::OutsidePaymentState);
            }
        }
    }

    #[test]
    fn no_more_is_paid_than_is_open_and_nothing_that_the_fund_is_asked_for() {
        let yuan = |text: &str| Money::parse(text).unwrap();
        let take = |open: &str, asked_directly, amount: &str| {
            let taken = Open { amount: yuan(open), asked_directly }.take(yuan(amount));
            taken.err().map(|refusal| refusal.code)
        };
        assert_eq!(take("10.00", false, "10.00"), None);
        assert_eq!(take("10.00", false, "10.01"), Some(Code::AmountInvalid));
        assert_eq!(take("10.00", false, "0.00"), Some(Code::AmountInvalid));
        assert_eq!(take("-1.00", false, "0.01"), Some(Code::AmountInvalid));
        assert_eq!(take("10.00", true, "1.00"), Some(Code::SettledDirectly));
    }
}
