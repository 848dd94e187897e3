//! 备案采购: an institution files an item that is not listed; the office approves so many packs until a day, within the share that the rules let.
use rust_decimal::Decimal;

use super::price::amount;
use super::rules::OrderingRules;
use crate::errors::{Code, Refusal};
use crate::identity::{Reason, Version};
use crate::ids::{FilingId, UserId};
use crate::settlement::money::Money;
use crate::time::{Day, Timestamp};

/// A filing, as far as it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filing {
    /// Its id.
    pub id: FilingId,
    /// The price of a pack.
    pub price: Decimal,
    /// The packs that were asked for.
    pub asked: u64,
    /// What was approved.
    pub granted: Option<Granted>,
    /// How it stands.
    pub status: FilingStatus,
    /// Why it was refused or ended.
    pub decision: Option<Reason>,
    /// Who decided, and when.
    pub decided: Option<(UserId, Timestamp)>,
    /// Counts its changes.
    pub version: Version,
}

/// What an office approves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Granted {
    /// How many packs.
    pub packs: u64,
    /// The last day on which they may be ordered.
    pub until: Day,
}

/// How a filing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilingStatus {
    /// The office has it.
    Applied,
    /// It may be ordered.
    Approved,
    /// The office refused it.
    Refused,
    /// The office ended it before its day.
    Ended,
}

impl FilingStatus {
    /// Every status.
    pub const ALL: &[Self] = &[Self::Applied, Self::Approved, Self::Refused, Self::Ended];

    /// The stable label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Applied => "APPLIED",
            Self::Approved => "APPROVED",
            Self::Refused => "REFUSED",
            Self::Ended => "ENDED",
        }
    }

    /// The status with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.label() == label)
    }
}

/// What an office decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilingDecision {
    /// So many packs until a day.
    Approve(Granted),
    /// None.
    Refuse(Reason),
    /// No more than was ordered.
    End(Reason),
}

impl Filing {
    /// The filing after a decision. Errors: `FILING_STATE`, `FILING_LIMIT` for more packs than were asked for.
    pub fn apply(self, decision: FilingDecision, by: UserId, at: Timestamp) -> Result<Self, Refusal> {
        use FilingDecision as D;
        use FilingStatus as S;
        let (decided, version) = (Some((by, at)), self.version.next());
        match (self.status, decision) {
            (S::Applied, D::Approve(granted)) => {
                if granted.packs == 0 || granted.packs > self.asked {
                    let most = format!("1 to {} packs", self.asked);
                    return Err(Refusal::of(Code::FilingLimit).at("packs").allowing(most));
                }
                Ok(Self { status: S::Approved, granted: Some(granted), decided, version, ..self })
            }
            (S::Applied, D::Refuse(reason)) => {
                Ok(Self { status: S::Refused, decision: Some(reason), decided, version, ..self })
            }
            (S::Approved, D::End(reason)) => {
                Ok(Self { status: S::Ended, decision: Some(reason), decided, version, ..self })
            }
            (S::Applied, D::End(_))
            | (S::Approved, D::Approve(_) | D::Refuse(_))
            | (S::Refused | S::Ended, _) => {
                let not = format!("not while {}", self.status.label());
                Err(Refusal::of(Code::FilingState).allowing(not))
            }
        }
    }
}

/// What an institution bought and may file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bought {
    /// What it took and kept in the twelve months before, in fen.
    pub all_fen: i64,
    /// What was approved for it in the twelve months before, in fen.
    pub filed_fen: i64,
}

/// Refuses what goes beyond the rules: a day after the months that an approval lasts, and an amount above the share of what the institution
/// buys, or above what is free of it. Errors: `FILING_LIMIT`, `AMOUNT_INVALID`.
pub fn within_rules(
    rules: &OrderingRules,
    bought: Bought,
    (price, granted): (Decimal, Granted),
    today: Day,
) -> Result<(), Refusal> {
    let last = today.plus_days(i32::try_from(rules.filed_days).unwrap_or(i32::MAX));
    if granted.until < today || granted.until > last {
        let days = format!("{today} to {last} ({})", rules.name());
        return Err(Refusal::of(Code::FilingLimit).at("until").allowing(days));
    }
    let asked = amount(price, granted.packs)?;
    let all = Money::of_fen(bought.all_fen.max(0)).unwrap_or_default();
    let share = rules.filed_share.checked_mul(Decimal::from(all.fen())).map(|fen| fen.floor());
    let share = share.and_then(|fen| i64::try_from(fen).ok()).unwrap_or(0);
    let free = i64::from(rules.filed_free_yuan).saturating_mul(100);
    let left = share.max(free).saturating_sub(bought.filed_fen).max(0);
    if asked.fen() > left {
        let most = Money::of_fen(left).unwrap_or_default();
        let most = format!("at most {most} more ({})", rules.name());
        return Err(Refusal::of(Code::FilingLimit).at("packs").allowing(most));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::RegionCode;
    use crate::ids::Id;
    use crate::ordering::rules::ordering_rules;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn granted(packs: u64) -> Granted {
        Granted { packs, until: day("2026-12-31") }
    }

    #[test]
    fn every_state_takes_what_the_table_says_and_nothing_else() {
        let reason = Reason::parse("已有挂网品种").unwrap();
        let decisions = [
            FilingDecision::Approve(granted(10)),
            FilingDecision::Approve(granted(11)),
            FilingDecision::Refuse(reason.clone()),
            FilingDecision::End(reason),
        ];
        let table = ["APPROVED FILING_LIMIT REFUSED -", "- - - ENDED", "- - - -", "- - - -"];
        for (status, expected) in FilingStatus::ALL.iter().zip(table) {
            let filing = Filing {
                id: FilingId::from_number(1),
                price: Decimal::TEN,
                asked: 10,
                granted: None,
                status: *status,
                decision: None,
                decided: None,
                version: Version::FIRST,
            };
            let outcome = |decision: &FilingDecision| {
                let (by, at) = (UserId::from_number(2), Timestamp::from_micros(1));
                match filing.clone().apply(decision.clone(), by, at) {
                    Ok(next) => next.status.label(),
                    Err(refusal) if refusal.code == Code::FilingState => "-",
                    Err(refusal) => refusal.code.spec().name,
                }
            };
            assert_eq!(decisions.iter().map(outcome).collect::<Vec<_>>().join(" "), expected, "{status:?}");
            assert_eq!(FilingStatus::from_label(status.label()), Some(*status));
        }
    }

    #[test]
    fn what_is_filed_is_a_share_of_what_is_bought_or_the_little_that_is_free() {
        let rules = ordering_rules(RegionCode::parse("310000").unwrap()).unwrap();
        let today = day("2026-11-23");
        let code = |all_fen, filed_fen, packs| {
            let bought = Bought { all_fen, filed_fen };
            within_rules(rules, bought, (Decimal::from(100), granted(packs)), today).err().map(|no| no.code)
        };
        // 50,000 yuan are free, in packs of 100; of ten million, a twentieth may be filed.
        assert_eq!((code(0, 0, 500), code(0, 0, 501)), (None, Some(Code::FilingLimit)));
        assert_eq!((code(0, 10_000, 499), code(0, 10_000, 500)), (None, Some(Code::FilingLimit)));
        assert_eq!(
            (code(1_000_000_000, 0, 5_000), code(1_000_000_000, 0, 5_001)),
            (None, Some(Code::FilingLimit))
        );
        let late = Granted { packs: 1, until: day("2027-11-24") };
        let refused = within_rules(rules, Bought::default(), (Decimal::ONE, late), today).unwrap_err();
        assert_eq!((refused.code, refused.field), (Code::FilingLimit, Some("until")));
    }
}
