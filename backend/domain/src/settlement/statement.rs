//! The settlement statement (结算单) of a month, a hospital, an enterprise, a pooling area and a scheme: what it comes to, and its states.
use super::money::Money;
use crate::errors::{Code, Refusal};
use crate::ids::UserId;
use crate::time::Day;

/// Where a line stands with the hospital.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Not answered: it does not enter the statement.
    Open,
    /// Confirmed in whole.
    Confirmed,
    /// So much of it is disputed (争议); the rest is confirmed.
    Disputed(Money),
}

/// A line: an invoice line against one acceptance, or what an earlier dispute left to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// What is asked for.
    pub asked: Money,
    /// The hospital's answer.
    pub answer: Answer,
}

/// What a month comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Net {
    /// To be paid now; never below zero.
    pub payable: Money,
    /// Disputed or not answered: it comes back in the month in which it is resolved.
    pub held: Money,
    /// Credit of the enterprise's that is carried into the next month, above zero where returns were more than deliveries.
    pub carried: Money,
    /// Confirmed, and put off to a later statement, because the hospital owes the fund as much as it may.
    pub deferred: Money,
}

/// What a month comes to: what is confirmed, less credit for returns and lower prices (红字、差价) and less what was carried in. A month below
/// zero pays nothing and is carried. Errors: `AMOUNT_INVALID` where something is below zero, a dispute is above its line, or a sum is too large.
pub fn net(lines: &[Line], credit: Money, carried_in: Money) -> Result<Net, Refusal> {
    if credit < Money::ZERO || carried_in < Money::ZERO {
        return Err(invalid());
    }
    let asked = Money::sum(lines.iter().map(|line| line.asked))?;
    let confirmed = lines.iter().map(Line::confirmed).collect::<Result<Vec<_>, _>>()?;
    let confirmed = Money::sum(confirmed)?;
    let left = confirmed.minus(credit)?.minus(carried_in)?;
    let carried = left.negative().max(Money::ZERO);
    let (payable, held) = (left.max(Money::ZERO), asked.minus(confirmed)?);
    Ok(Net { payable, held, carried, deferred: Money::ZERO })
}

impl Net {
    /// As much of it as there is room for; the rest is put off. Errors: `AMOUNT_INVALID`.
    pub fn within(self, room: Money) -> Result<Self, Refusal> {
        let whole = self.payable.plus(self.deferred)?;
        let payable = whole.min(room.max(Money::ZERO));
        Ok(Self { payable, deferred: whole.minus(payable)?, ..self })
    }
}

impl Line {
    /// What of it is confirmed.
    fn confirmed(&self) -> Result<Money, Refusal> {
        let disputed = match self.answer {
            Answer::Open => self.asked,
            Answer::Confirmed => Money::ZERO,
            Answer::Disputed(amount) => amount,
        };
        let sound = self.asked >= Money::ZERO && (Money::ZERO..=self.asked).contains(&disputed);
        if sound { self.asked.minus(disputed) } else { Err(invalid()) }
    }
}

/// Where a statement stands, with what each state needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementState {
    /// The enterprise applied (已申请).
    Applied,
    /// The hospital answered every line (已确认).
    Confirmed,
    /// The agency's clerk reviewed it (已审核).
    Reviewed {
        /// Who.
        by: UserId,
    },
    /// A second person approved it: it is owed (已复核).
    Approved,
    /// The bank has paid it (已支付).
    Paid,
    /// It is offset against the hospital's claims (已抵扣).
    Offset,
    /// Nothing is left to do (已办结).
    Closed,
    /// Sent back to the enterprise with a reason (已退回).
    Returned,
}

/// What is done to a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementCommand {
    /// The hospital has answered every line.
    Confirm,
    /// A clerk of the agency reviews.
    Review(UserId),
    /// Another one approves.
    Approve(UserId),
    /// The agency sends it back.
    Return,
    /// The enterprise applies again.
    Apply,
    /// The bank has paid.
    Pay,
    /// The money of a payment came back: it is owed again.
    PaymentReturned,
    /// Claims cover it.
    Offset,
    /// Nothing is left.
    Close,
}

impl StatementState {
    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Applied => "APPLIED",
            Self::Confirmed => "CONFIRMED",
            Self::Reviewed { .. } => "REVIEWED",
            Self::Approved => "APPROVED",
            Self::Paid => "PAID",
            Self::Offset => "OFFSET",
            Self::Closed => "CLOSED",
            Self::Returned => "RETURNED",
        }
    }

    /// The state as rows keep it, with who reviewed it last.
    pub fn from_row(label: &str, reviewed_by: Option<UserId>) -> Option<Self> {
        let plain = [
            Self::Applied,
            Self::Confirmed,
            Self::Approved,
            Self::Paid,
            Self::Offset,
            Self::Closed,
            Self::Returned,
        ];
        match (label, reviewed_by) {
            ("REVIEWED", Some(by)) => Some(Self::Reviewed { by }),
            _ => plain.into_iter().find(|state| state.label() == label),
        }
    }

    /// By when the next step is due: the hospital's answer, then the payment; nothing once it is paid.
    pub const fn due(self, confirm_by: Option<Day>, pay_by: Option<Day>) -> Option<Day> {
        match self {
            Self::Applied => confirm_by,
            Self::Confirmed | Self::Reviewed { .. } | Self::Approved | Self::Returned => pay_by,
            Self::Paid | Self::Offset | Self::Closed => None,
        }
    }

    /// The state once a second person has approved: where nothing is to be paid, nothing is left to do. Errors: as `next`.
    pub fn approved(self, by: UserId, payable: Money) -> Result<Self, Refusal> {
        let approved = self.next(StatementCommand::Approve(by))?;
        Ok(if payable.is_positive() { approved } else { Self::Closed })
    }

    /// The state after a command. Errors: `STATEMENT_STATE` where it is not allowed, `SECOND_PERSON_NEEDED` where who reviewed approves.
    pub fn next(self, command: StatementCommand) -> Result<Self, Refusal> {
        use StatementCommand as C;
        match (self, command) {
            (Self::Applied, C::Confirm) => Ok(Self::Confirmed),
            (Self::Confirmed, C::Review(by)) => Ok(Self::Reviewed { by }),
            (Self::Reviewed { by }, C::Approve(second)) if by == second => {
                Err(Refusal::of(Code::SecondPersonNeeded))
            }
            (Self::Reviewed { .. }, C::Approve(_)) | (Self::Paid, C::PaymentReturned) => Ok(Self::Approved),
            (Self::Applied | Self::Confirmed | Self::Reviewed { .. }, C::Return) => Ok(Self::Returned),
            (Self::Returned, C::Apply) => Ok(Self::Applied),
            (Self::Approved, C::Pay) => Ok(Self::Paid),
            (Self::Paid, C::Offset) => Ok(Self::Offset),
            (Self::Offset, C::Close) => Ok(Self::Closed),
            (
                Self::Applied
                | Self::Confirmed
                | Self::Reviewed { .. }
                | Self::Approved
                | Self::Paid
                | Self::Offset
                | Self::Closed
                | Self::Returned,
                _,
            ) => Err(Refusal::of(Code::StatementState)),
        }
    }
}

fn invalid() -> Refusal {
    Refusal::of(Code::AmountInvalid)
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "the numbers of a test are small")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::Id;

    fn fen(fen: i64) -> Money {
        Money::of_fen(fen).unwrap()
    }

    fn line(asked: i64, answer: Answer) -> Line {
        Line { asked: fen(asked), answer }
    }

    #[test]
    fn a_dispute_stays_out_and_a_return_reduces_what_is_paid() {
        let yuan = |yuan| Money::parse(yuan).unwrap();
        let january = [Line { asked: yuan("640000"), answer: Answer::Disputed(yuan("40000")) }];
        let got = net(&january, Money::ZERO, Money::ZERO).unwrap();
        assert_eq!((got.payable, got.held), (yuan("600000"), yuan("40000")));
        let february = [Line { asked: yuan("900000"), answer: Answer::Confirmed }];
        assert_eq!(net(&february, yuan("20000"), Money::ZERO).unwrap().payable, yuan("880000"));
    }

    #[test]
    fn a_month_below_zero_pays_nothing_and_is_carried() {
        let lines = [line(100, Answer::Confirmed), line(50, Answer::Open)];
        let got = net(&lines, fen(130), fen(20)).unwrap();
        assert_eq!(got, Net { payable: Money::ZERO, held: fen(50), carried: fen(50), deferred: Money::ZERO });
        let owed = Net { payable: fen(70), ..got };
        let part = owed.within(fen(30)).unwrap();
        assert_eq!((part.payable, part.deferred), (fen(30), fen(40)));
        assert_eq!(part.within(fen(100)), Ok(owed));
        assert_eq!(owed.within(fen(-1)).unwrap().deferred, fen(70));
        for bad in [
            line(-1, Answer::Confirmed),
            line(10, Answer::Disputed(fen(11))),
            line(10, Answer::Disputed(fen(-1))),
        ] {
            assert_eq!(net(&[bad], Money::ZERO, Money::ZERO).unwrap_err().code, Code::AmountInvalid);
        }
    }

    proptest! {
        #[test]
        fn over_many_months_what_is_paid_is_what_was_confirmed_less_credit(
            months in prop::collection::vec((prop::collection::vec(0i64..500, 0..4), 0i64..900), 1..24),
        ) {
            let (mut carried, mut paid, mut due) = (Money::ZERO, 0, 0);
            for (asked, credit) in months {
                let lines: Vec<Line> = asked.iter().map(|asked| line(*asked, Answer::Confirmed)).collect();
                let got = net(&lines, fen(credit), carried).unwrap();
                prop_assert!(got.payable >= Money::ZERO && (got.payable == Money::ZERO || got.carried == Money::ZERO));
                due += asked.iter().sum::<i64>() - credit;
                paid += got.payable.fen();
                carried = got.carried;
            }
            prop_assert_eq!(paid - carried.fen(), due);
        }
    }

    #[test]
    fn a_statement_goes_its_way_and_two_persons_approve_it() {
        use StatementCommand as C;
        let user = |number: u128| UserId::from_number(number);
        let way = [
            C::Confirm,
            C::Return,
            C::Apply,
            C::Confirm,
            C::Review(user(1)),
            C::Approve(user(2)),
            C::Pay,
            C::PaymentReturned,
            C::Pay,
            C::Offset,
            C::Close,
        ];
        let end = way.into_iter().try_fold(StatementState::Applied, StatementState::next);
        assert_eq!(end, Ok(StatementState::Closed));
        let reviewed = StatementState::Reviewed { by: user(1) };
        assert_eq!(reviewed.next(C::Approve(user(1))).unwrap_err().code, Code::SecondPersonNeeded);
        assert_eq!(StatementState::Approved.next(C::Return).unwrap_err().code, Code::StatementState);
        assert_eq!(StatementState::Applied.next(C::Pay).unwrap_err().code, Code::StatementState);
    }
}
