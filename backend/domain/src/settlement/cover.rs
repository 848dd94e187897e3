//! What a hospital's approved claims are used for (抵扣次序), and how much may be paid on its commission.
use super::money::Money;
use crate::errors::{Code, Refusal};

/// What was paid for a hospital in a month and is not offset yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owed {
    /// The month, as its number in order: the older comes first.
    pub month: u32,
    /// How much.
    pub amount: Money,
}

/// What an agency has agreed with a hospital. Shares are of the month's claims, in ten-thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoverRule {
    /// The most that is offset against what was paid for it, so that the hospital keeps money for its staff.
    pub offset_at_most: u16,
    /// The most that is taken of the prepayment.
    pub recover_at_most: u16,
}

/// What the claims of a month are used for: the three parts add up to the claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// Offset, the oldest month first.
    pub offsets: Vec<Owed>,
    /// Taken of the prepayment.
    pub recovered: Money,
    /// Paid to the hospital.
    pub disbursed: Money,
    /// What stays owed, the oldest month first.
    pub open: Vec<Owed>,
}

/// Uses a month's claims: first against what was paid for the hospital, the oldest month first; then against its prepayment; the rest is paid
/// to it. Shares of the claims are rounded down to the fen. Errors: `AMOUNT_INVALID` below zero or for a share above one.
pub fn cover(claims: Money, owed: &[Owed], prepaid: Money, rule: CoverRule) -> Result<Cover, Refusal> {
    let below =
        [claims, prepaid].into_iter().chain(owed.iter().map(|owed| owed.amount)).any(|it| it < Money::ZERO);
    if below {
        return Err(invalid());
    }
    let mut oldest: Vec<Owed> = owed.to_vec();
    oldest.sort_by_key(|owed| owed.month);
    let (offsets, open) = used(part(claims, rule.offset_at_most)?, oldest)?;
    let left = claims.minus(Money::sum(offsets.iter().map(|offset| offset.amount))?)?;
    let recovered = left.min(prepaid).min(part(claims, rule.recover_at_most)?);
    Ok(Cover { offsets, recovered, disbursed: left.minus(recovered)?, open })
}

/// What an amount covers of what is owed, in its order, and what stays.
fn used(amount: Money, owed: Vec<Owed>) -> Result<(Vec<Owed>, Vec<Owed>), Refusal> {
    let (mut left, mut covered, mut open) = (amount, Vec::new(), Vec::new());
    for Owed { month, amount } in owed {
        let now = amount.min(left);
        left = left.minus(now)?;
        covered.push(Owed { month, amount: now });
        open.push(Owed { month, amount: amount.minus(now)? });
    }
    covered.retain(|owed| owed.amount.is_positive());
    open.retain(|owed| owed.amount.is_positive());
    Ok((covered, open))
}

/// How much of what statements ask for may be paid on a hospital's commission while it owes the fund already (垫付上限): up to the limit in whole,
/// above it the older statements first, and those of one month in proportion, to the fen. Returns what is paid of each, in the order given.
/// Errors: `AMOUNT_INVALID` where something is below zero.
pub fn payable_within(limit: Money, outstanding: Money, asked: &[Owed]) -> Result<Vec<Money>, Refusal> {
    let mut left = limit.minus(outstanding)?.max(Money::ZERO);
    let mut paid = vec![Money::ZERO; asked.len()];
    let mut months: Vec<u32> = asked.iter().map(|owed| owed.month).collect();
    months.sort_unstable();
    months.dedup();
    for month in months {
        let of_month = || asked.iter().enumerate().filter(move |(_, owed)| owed.month == month);
        let amounts: Vec<Money> = of_month().map(|(_, owed)| owed.amount).collect();
        let total = Money::sum(amounts.iter().copied())?;
        let now = total.min(left);
        let shares = if total == Money::ZERO { amounts.clone() } else { now.shared(&amounts)? };
        for ((at, _), share) in of_month().zip(shares) {
            paid.iter_mut().skip(at).take(1).for_each(|paid| *paid = share);
        }
        left = left.minus(now)?;
    }
    Ok(paid)
}

fn part(amount: Money, ten_thousandths: u16) -> Result<Money, Refusal> {
    if ten_thousandths > 10_000 {
        return Err(invalid());
    }
    let fen = i128::from(amount.fen()).saturating_mul(ten_thousandths.into()).checked_div(10_000);
    Money::of_fen(fen.and_then(|fen| i64::try_from(fen).ok()).ok_or_else(invalid)?)
}

fn invalid() -> Refusal {
    Refusal::of(Code::AmountInvalid)
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "the numbers of a test are small")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WHOLE: CoverRule = CoverRule { offset_at_most: 10_000, recover_at_most: 10_000 };

    fn fen(fen: i64) -> Money {
        Money::of_fen(fen).unwrap()
    }

    fn owed(amounts: &[(u32, i64)]) -> Vec<Owed> {
        amounts.iter().map(|(month, amount)| Owed { month: *month, amount: fen(*amount) }).collect()
    }

    #[test]
    fn claims_cover_the_oldest_month_first_then_the_prepayment_then_the_hospital() {
        let got = cover(fen(1_000), &owed(&[(3, 300), (1, 500)]), fen(150), WHOLE).unwrap();
        assert_eq!(got.offsets, owed(&[(1, 500), (3, 300)]));
        assert_eq!((got.recovered, got.disbursed, got.open), (fen(150), fen(50), vec![]));
        let short = cover(fen(600), &owed(&[(3, 300), (1, 500)]), fen(150), WHOLE).unwrap();
        assert_eq!((short.offsets, short.open), (owed(&[(1, 500), (3, 100)]), owed(&[(3, 200)])));
        assert_eq!((short.recovered, short.disbursed), (Money::ZERO, Money::ZERO));
    }

    #[test]
    fn a_hospital_keeps_the_share_that_was_agreed() {
        let rule = CoverRule { offset_at_most: 7_000, recover_at_most: 1_000 };
        let got = cover(fen(1_001), &owed(&[(1, 5_000)]), fen(900), rule).unwrap();
        assert_eq!(got.offsets, owed(&[(1, 700)]));
        assert_eq!((got.recovered, got.disbursed), (fen(100), fen(201)));
        assert!(cover(fen(1), &[], fen(0), CoverRule { offset_at_most: 10_001, ..rule }).is_err());
        assert!(cover(fen(-1), &[], fen(0), rule).is_err());
    }

    #[test]
    fn within_the_limit_the_older_are_paid_first_and_a_month_in_proportion() {
        let asked = owed(&[(2, 300), (1, 400), (2, 100)]);
        for (limit, paid) in
            [(900, [300, 400, 100]), (500, [75, 400, 25]), (399, [0, 399, 0]), (0, [0, 0, 0])]
        {
            assert_eq!(
                payable_within(fen(limit + 50), fen(50), &asked),
                Ok(paid.map(fen).to_vec()),
                "{limit}"
            );
        }
        assert_eq!(payable_within(fen(10), fen(20), &asked), Ok(vec![Money::ZERO; 3]));
    }

    proptest! {
        #[test]
        fn no_fen_is_lost(
            claims in 0i64..10_000, prepaid in 0i64..5_000, offset_at_most in 0u16..=10_000, recover_at_most in 0u16..=10_000,
            amounts in prop::collection::vec((0u32..5, 0i64..3_000), 0..6),
        ) {
            let rule = CoverRule { offset_at_most, recover_at_most };
            let got = cover(fen(claims), &owed(&amounts), fen(prepaid), rule).unwrap();
            let sum = |owed: &[Owed]| owed.iter().map(|owed| owed.amount.fen()).sum::<i64>();
            prop_assert_eq!(sum(&got.offsets) + got.recovered.fen() + got.disbursed.fen(), claims);
            prop_assert_eq!(sum(&got.offsets) + sum(&got.open), sum(&owed(&amounts)));
            prop_assert!(got.recovered <= fen(prepaid) && got.disbursed >= Money::ZERO);
            prop_assert!(sum(&got.offsets) * 10_000 <= claims * i64::from(offset_at_most));
            let paid = payable_within(fen(claims), fen(prepaid), &owed(&amounts)).unwrap();
            let total: i64 = paid.iter().map(|paid| paid.fen()).sum();
            prop_assert_eq!(total, sum(&owed(&amounts)).min((claims - prepaid).max(0)));
            prop_assert!(paid.iter().zip(owed(&amounts)).all(|(paid, owed)| *paid <= owed.amount));
        }
    }
}
