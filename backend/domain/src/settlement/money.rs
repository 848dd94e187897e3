//! Amounts of yuan as whole fen.
use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};

use crate::division::in_proportion;
use crate::errors::{Code, Refusal};

/// The largest amount, in fen: what NUMERIC(18, 2) holds.
const LARGEST: i64 = 999_999_999_999_999_999;

/// An amount (金额) in whole fen. Below zero where money is owed back. At most 16 digits of yuan, so that sums do not overflow unseen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many fen. Errors: `AMOUNT_INVALID` beyond 16 digits of yuan.
    pub const fn of_fen(fen: i64) -> Result<Self, Refusal> {
        if fen.unsigned_abs() > LARGEST.unsigned_abs() {
            return Err(Refusal::of(Code::AmountInvalid));
        }
        Ok(Self(fen))
    }

    /// Fen.
    pub const fn fen(self) -> i64 {
        self.0
    }

    /// Reads yuan with at most two decimal places, as `1800000` or `-0.01`; nothing is rounded. Errors: `AMOUNT_INVALID`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-');
        let yuan: Option<Decimal> = text.parse().ok().filter(|_| plain);
        Self::exactly(yuan.ok_or_else(invalid)?)
    }

    /// Yuan that are whole fen. Errors: `AMOUNT_INVALID` where they are not.
    pub fn exactly(yuan: Decimal) -> Result<Self, Refusal> {
        let rounded = Self::round_half_up(yuan)?;
        if rounded.yuan() == yuan { Ok(rounded) } else { Err(invalid()) }
    }

    /// Yuan rounded half-up (away from zero) to the fen, as amounts of a line are. Errors: `AMOUNT_INVALID` where they are too large.
    pub fn round_half_up(yuan: Decimal) -> Result<Self, Refusal> {
        let fen = yuan.checked_mul(Decimal::ONE_HUNDRED).ok_or_else(invalid)?;
        let fen = fen.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        Self::of_fen(i64::try_from(fen).map_err(|_out_of_range| invalid())?)
    }

    /// Yuan, with two decimal places.
    pub fn yuan(self) -> Decimal {
        Decimal::new(self.0, 2)
    }

    /// The sum. Errors: `AMOUNT_INVALID` where it is too large.
    pub fn plus(self, other: Self) -> Result<Self, Refusal> {
        Self::of_fen(self.0.checked_add(other.0).ok_or_else(invalid)?)
    }

    /// The difference. Errors: `AMOUNT_INVALID` where it is too large.
    pub fn minus(self, other: Self) -> Result<Self, Refusal> {
        self.plus(other.negative())
    }

    /// The same amount, owed the other way.
    #[must_use]
    pub const fn negative(self) -> Self {
        Self(self.0.saturating_neg())
    }

    /// The sum of amounts. Errors: `AMOUNT_INVALID` where it is too large.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, Refusal> {
        amounts.into_iter().try_fold(Self::ZERO, Self::plus)
    }

    /// Whether there is something to pay.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// This amount over weights in proportion, nothing lost: the missing fen to the largest fractions, the earlier first. Errors: `AMOUNT_INVALID`
    /// where something is below zero, or nothing has weight.
    pub fn shared(self, weights: &[Self]) -> Result<Vec<Self>, Refusal> {
        let whole = |amount: &Self| u64::try_from(amount.0).map_err(|_out_of_range| invalid());
        let weights: Vec<u64> = weights.iter().map(whole).collect::<Result<_, _>>()?;
        let parts = in_proportion(whole(&self)?, &weights).ok_or_else(invalid)?;
        parts
            .into_iter()
            .map(|fen| Self::of_fen(i64::try_from(fen).map_err(|_out_of_range| invalid())?))
            .collect()
    }
}

fn invalid() -> Refusal {
    Refusal::of(Code::AmountInvalid)
}

/// Yuan with two decimal places.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.yuan().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written_to_the_fen() {
        for (text, fen) in [("1800000", 180_000_000), ("0.01", 1), ("-0.50", -50), ("12.3", 1_230)] {
            assert_eq!(Money::parse(text).unwrap().fen(), fen, "{text}");
        }
        assert_eq!(Money::parse("12.3").unwrap().to_string(), "12.30");
        for bad in ["", "0.001", "1,000", "1e3", "+1", "９", "99999999999999999"] {
            assert_eq!(Money::parse(bad).unwrap_err().code, Code::AmountInvalid, "{bad}");
        }
    }

    #[test]
    fn half_a_fen_is_rounded_away_from_zero() {
        for (yuan, fen) in [("0.005", 1), ("0.0049", 0), ("-0.005", -1), ("2.345", 235)] {
            assert_eq!(Money::round_half_up(yuan.parse().unwrap()).unwrap().fen(), fen, "{yuan}");
        }
    }

    #[test]
    fn no_fen_is_lost_in_sharing() {
        let fen = |numbers: &[i64]| numbers.iter().map(|n| Money::of_fen(*n).unwrap()).collect::<Vec<_>>();
        let share = |total, weights: &[i64]| Money::of_fen(total).unwrap().shared(&fen(weights));
        assert_eq!(share(100, &[1, 1, 1]), Ok(fen(&[34, 33, 33])));
        assert!(share(-1, &[1]).is_err() && share(1, &[0]).is_err() && share(1, &[-1, 2]).is_err());
    }

    #[test]
    fn a_sum_beyond_the_largest_amount_is_refused() {
        let largest = Money::of_fen(LARGEST).unwrap();
        assert!(largest.plus(Money::of_fen(1).unwrap()).is_err());
        assert!(Money::of_fen(i64::MIN).is_err());
    }
}
