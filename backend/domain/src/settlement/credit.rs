//! What goods that went back take off the next statement (退货冲减): only what was asked for beyond what stayed.
use super::money::Money;
use crate::errors::Refusal;

/// An acceptance with what went back of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled<K> {
    /// What the hospital accepted came to.
    pub accepted: Money,
    /// What of it stands in statements, this one included.
    pub asked: Money,
    /// What was taken off for it already.
    pub credited: Money,
    /// All that went back came to.
    pub returned: Money,
    /// Returns that no statement has, the older first.
    pub open: Vec<(K, Money)>,
}

/// What each open return takes off: together no more than was asked for beyond what the hospital kept, so that goods which went back before
/// they were invoiced are not taken off twice. Errors: `AMOUNT_INVALID`.
pub fn credits<K: Copy>(of: &Settled<K>) -> Result<Vec<(K, Money)>, Refusal> {
    let kept = of.accepted.minus(of.returned)?;
    let mut left = of.asked.minus(of.credited)?.minus(kept)?.max(Money::ZERO);
    let mut credits = Vec::new();
    for (key, amount) in &of.open {
        let now = left.min(*amount);
        left = left.minus(now)?;
        if now.is_positive() {
            credits.push((*key, now));
        }
    }
    Ok(credits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_back_is_taken_off_once() {
        let fen = |fen| Money::of_fen(fen).unwrap();
        let case = |asked, credited, returned, open: &[i64]| {
            let open = (1..).zip(open.iter().copied().map(fen)).collect();
            let of = Settled {
                accepted: fen(100),
                asked: fen(asked),
                credited: fen(credited),
                returned: fen(returned),
                open,
            };
            credits::<u8>(&of).unwrap().into_iter().map(|(_, amount)| amount.fen()).collect::<Vec<_>>()
        };
        assert_eq!(case(100, 0, 30, &[10, 20]), [10, 20]);
        assert_eq!(case(90, 0, 10, &[10]), []);
        assert_eq!(case(95, 0, 30, &[10, 20]), [10, 15]);
        assert_eq!(case(100, 10, 30, &[20]), [20]);
        assert_eq!(case(0, 0, 30, &[30]), []);
    }
}
