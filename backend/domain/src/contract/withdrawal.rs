//! 退出: a product leaves what it was selected for. Its firm files it, or the authority finds it; the authority decides what follows.
use super::cascade::Ground;
use crate::errors::{Code, Refusal};
use crate::identity::Reason;
use crate::ids::{SelectedProductId, UserId, WithdrawalId};
use crate::time::Timestamp;

/// A product that leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// Its id.
    pub id: WithdrawalId,
    /// The product.
    pub product: SelectedProductId,
    /// Why, by kind.
    pub ground: Ground,
    /// Why, in words.
    pub reason: Reason,
    /// Who filed it: somebody of the firm, or of the authority.
    pub filed_by: UserId,
    /// When.
    pub filed_at: Timestamp,
    /// Who decided what follows, and when; none while it waits.
    pub decided: Option<(UserId, Timestamp)>,
}

impl Withdrawal {
    /// The withdrawal once the authority has decided what follows. Errors: `WITHDRAWAL_STATE` where it has.
    pub fn decide(self, by: UserId, at: Timestamp) -> Result<Self, Refusal> {
        match self.decided {
            Some(_) => Err(Refusal::of(Code::WithdrawalState)),
            None => Ok(Self { decided: Some((by, at)), ..self }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    #[test]
    fn what_follows_is_decided_once() {
        let at = Timestamp::from_micros(1);
        let filed = Withdrawal {
            id: WithdrawalId::from_number(1),
            product: SelectedProductId::from_number(2),
            ground: Ground::Withdrawn,
            reason: Reason::parse("停产").unwrap(),
            filed_by: UserId::from_number(3),
            filed_at: at,
            decided: None,
        };
        let decided = filed.decide(UserId::from_number(4), at).unwrap();
        assert_eq!(decided.decided, Some((UserId::from_number(4), at)));
        assert_eq!(decided.decide(UserId::from_number(4), at).unwrap_err().code, Code::WithdrawalState);
    }
}
